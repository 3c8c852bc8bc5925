"""The wire form of event types (docs/api.md)."""

from __future__ import annotations

from marshmallow import Schema, fields

from booking.availability.rules import PERIODS, WindowType
from booking.eventtypes.values import LocationType, QuestionType
from booking.web.schemas.fields import Flag, Id, Moment, Text, Whole, change_of, choice, minutes

_DAY = 1440
_DATE = {"format": "date"}
_ONE_HOST = "One host for now: its owner."


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
    """A user who takes the meetings."""

    user_id = Id(required=True)
    fixed = Flag()
    weight = Whole()
    priority = Whole()
    schedule_id = Id(allow_none=True)


class RecurrenceSchema(Schema):
    """How bookings may recur."""

    frequency = Text()
    interval = Whole()
    max_count = Whole()


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
    seats = Whole(allow_none=True, metadata={"description": "Not offered yet."})
    show_seats_left = Flag()
    recurrence = fields.Nested(
        RecurrenceSchema, allow_none=True, metadata={"description": "Not offered yet."}
    )
    requires_confirmation = Flag()
    pending_blocks = Flag()
    schedule_id = Id(allow_none=True)
    scheduling = Text(
        metadata={
            "enum": ["single", "round_robin", "collective"],
            "description": "Only single for now.",
        }
    )
    hosts = fields.List(fields.Nested(EventTypeHostSchema), metadata={"description": _ONE_HOST})
    resources = fields.List(Id(), metadata={"description": "None for now."})
    use_event_type_calendars = Flag()
    destination_calendar_id = Id(allow_none=True)
    location = fields.Nested(LocationSchema, allow_none=True)
    questions = fields.List(fields.Nested(QuestionSchema))
    confirmation_redirect_url = Text(allow_none=True, metadata={"format": "uri"})
    guest_can_cancel = Flag()
    guest_can_reschedule = Flag()
    reminders_minutes = fields.List(minutes(0, 43_200))
    time_zone_locked = Text(allow_none=True, metadata={"example": "Europe/Berlin"})
    visibility = choice("busy", "private")
    on_stale = choice("offer", "request", "hide")
    created_at = Moment(dump_only=True)


EventTypeChangeSchema = change_of(EventTypeSchema)
