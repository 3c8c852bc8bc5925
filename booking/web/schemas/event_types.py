"""The wire form of event types (docs/api.md)."""

from __future__ import annotations

from marshmallow import Schema, fields

from booking.availability.hosts_facts import Scheduling
from booking.availability.rules import PERIODS, WindowType
from booking.availability.series import Frequency
from booking.eventtypes.values import LocationType, QuestionType
from booking.web.schemas.fields import Flag, Id, Moment, Text, Whole, change_of, choice, minutes

_DAY = 1440
_DATE = {"format": "date"}
_HOSTS = "Where absent, the owner is the one host. In their order."


class WindowSchema(Schema):
    """How far ahead guests may book."""

    type = choice(*WindowType, required=True)
    days = Whole(allow_none=True, metadata={"minimum": 0, "maximum": 3650})
    start_date = Text(allow_none=True, metadata=_DATE)
    end_date = Text(allow_none=True, metadata=_DATE)


PeriodLimitsSchema = Schema.from_dict(
    {period: Whole(allow_none=True, metadata={"minimum": 1}) for period in PERIODS},
    name="PeriodLimitsSchema",
)


class LimitsSchema(Schema):
    """The most bookings and booked minutes per period."""

    bookings = fields.Nested(PeriodLimitsSchema, allow_none=True)
    minutes = fields.Nested(PeriodLimitsSchema, allow_none=True)


class PlaceSchema(Schema):
    """A place to meet: `link` has `url`, `in_person` `address`, `phone` perhaps a number."""

    type = choice(*LocationType, required=True)
    url = Text(metadata={"format": "uri"})
    phone = Text(allow_none=True)
    address = Text()


class LocationSchema(PlaceSchema):
    """Where meetings take place; `guest_choice` has `options`."""

    options = fields.List(fields.Nested(PlaceSchema))


class QuestionSchema(Schema):
    """Something a guest is asked."""

    key = Text(required=True, metadata={"example": "topic"})
    label = Text(required=True, metadata={"maxLength": 200})
    type = choice(*QuestionType, required=True)
    required = Flag()
    options = fields.List(Text(), allow_none=True)


class EventTypeHostSchema(Schema):
    """A user who takes the meetings; in a round robin by turns, unless `fixed`."""

    user_id = Id(required=True)
    fixed = Flag(metadata={"description": "Always takes part; false where absent."})
    group = Whole(
        metadata={
            "minimum": 0,
            "maximum": 99,
            "description": "Of each group one takes part; 0 where absent.",
        }
    )
    weight = Whole(metadata={"minimum": 1, "maximum": 1000, "default": 100})
    priority = Whole(metadata={"minimum": 0, "maximum": 4, "default": 2})
    schedule_id = Id(
        allow_none=True, metadata={"description": "This host's hours for this event type."}
    )


class RecurrenceSchema(Schema):
    """How bookings may recur."""

    frequency = choice(*Frequency, required=True)
    interval = Whole(metadata={"minimum": 1, "maximum": 99, "default": 1})
    max_count = Whole(required=True, metadata={"minimum": 2, "maximum": 50})


class EventTypeSchema(Schema):
    """What a host offers, with every rule that decides its slots."""

    id = Id(dump_only=True)
    slug = Text(metadata={"description": "Made from the title where absent.", "maxLength": 64})
    title = Text(required=True, metadata={"maxLength": 200})
    description = Text(metadata={"maxLength": 10_000})
    color = Text(allow_none=True, metadata={"example": "#3366cc"})
    hidden = Flag()
    duration_minutes = minutes(1, _DAY)
    durations_minutes = fields.List(minutes(1, _DAY), allow_none=True)
    slot_interval_minutes = minutes(1, _DAY, allow_none=True)
    slot_alignment = choice("fit", "clock")
    start_offset_minutes = minutes(0, _DAY)
    buffer_before_minutes = minutes(0, _DAY)
    buffer_after_minutes = minutes(0, _DAY)
    minimum_notice_minutes = minutes(0, 525_600)
    window = fields.Nested(WindowSchema)
    limits = fields.Nested(LimitsSchema)
    first_slot_only = Flag()
    restriction_schedule_id = Id(allow_none=True)
    seats = Whole(
        allow_none=True,
        metadata={"minimum": 1, "maximum": 1000, "description": "Guests who share one slot."},
    )
    show_seats_left = Flag()
    recurrence = fields.Nested(RecurrenceSchema, allow_none=True)
    requires_confirmation = Flag()
    pending_blocks = Flag()
    schedule_id = Id(allow_none=True)
    scheduling = choice(*Scheduling)
    hosts = fields.List(fields.Nested(EventTypeHostSchema), metadata={"description": _HOSTS})
    resources = fields.List(Id(), metadata={"description": "Occupied along with the hosts."})
    team_id = Id(
        allow_none=True, metadata={"description": "The team on whose page it stands, if any."}
    )
    use_event_type_calendars = Flag()
    destination_calendar_id = Id(allow_none=True)
    location = fields.Nested(LocationSchema, allow_none=True)
    questions = fields.List(fields.Nested(QuestionSchema))
    confirmation_redirect_url = Text(allow_none=True, metadata={"format": "uri"})
    guest_can_cancel = Flag()
    guest_can_reschedule = Flag()
    guest_cancel_notice_minutes = minutes(0, 525_600)
    guest_reschedule_notice_minutes = minutes(0, 525_600)
    requires_email_confirmation = Flag(
        metadata={"description": "A booking counts once its guest opened a link sent by mail."}
    )
    private_links_only = Flag(
        metadata={"description": "Found and booked through its private links alone."}
    )
    reminders_minutes = fields.List(minutes(0, 43_200))
    time_zone_locked = Text(allow_none=True, metadata={"example": "Europe/Berlin"})
    visibility = choice("busy", "private")
    on_stale = choice("offer", "request", "hide")
    created_at = Moment(dump_only=True)


EventTypeChangeSchema = change_of(EventTypeSchema)
