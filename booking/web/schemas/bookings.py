"""The wire form of bookings and holds; guests see what hosts see, less the calendar's errors."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields

from booking.availability.hosts_choice import ChoiceReason
from booking.bookings.deciding import ChangeKind
from booking.bookings.inviting import InvitesFrom
from booking.bookings.lifecycle import EventKind
from booking.bookings.listing import Listed
from booking.core.zones import is_zone
from booking.mail.models import MailState
from booking.mail.values import Kind, Part
from booking.web.schemas.event_types import PlaceSchema
from booking.web.schemas.fields import At, Id, Moment, Text, Whole, choice, minutes

STATUSES = ("pending", "confirmed", "declined", "cancelled")
CALENDAR_STATES = ("none", "pending", "written", "failing", "dead")
_DAY = 1440


def _is_zone(name: str) -> None:
    if not is_zone(name):
        raise ValidationError("Must be a time zone like Europe/Berlin.")


class GuestSchema(Schema):
    """Who books."""

    name = Text(required=True, metadata={"maxLength": 200})
    email = Text(required=True, metadata={"format": "email"})
    phone = Text(allow_none=True)
    locale = Text(allow_none=True, metadata={"example": "en"})


class BookedHostSchema(Schema):
    """What a guest may know of a host."""

    user_id = Id()
    name = Text()
    username = Text()
    time_zone = Text()
    reason = Text(
        metadata={
            "enum": list(ChoiceReason),
            "description": "Why it is this one; for hosts alone.",
        }
    )


class OccurrenceSchema(Schema):
    """One of the bookings that were made together."""

    uid = Text()
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    status = choice(*STATUSES)


class NewBookingSchema(Schema):
    """A wish for one slot of an event type: by id, or by `username` or `team`, and `slug`."""

    event_type_id = Id()
    username = Text()
    slug = Text()
    team = Text()
    start = At(required=True)
    duration_minutes = minutes(1, _DAY, allow_none=True)
    time_zone = Text(required=True, metadata={"example": "Europe/Berlin"})
    guest = fields.Nested(GuestSchema, required=True)
    additional_guests = fields.List(Text(metadata={"format": "email"}))
    answers = fields.Dict(keys=fields.String())
    location = fields.Nested(PlaceSchema, allow_none=True)
    hold_id = Id(allow_none=True)
    private_link = fields.String(
        allow_none=True, metadata={"description": "The token of a private link."}
    )
    recurrence_count = Whole(
        allow_none=True, metadata={"minimum": 1, "description": "Where the event type recurs."}
    )


class CalendarChangeSchema(Schema):
    """What a host did by hand to a booking's event, until the booking follows or it is put back."""

    kind = choice(*ChangeKind)
    state = choice("asking", "following", "putting_back")
    start = fields.AwareDateTime(allow_none=True)
    end = fields.AwareDateTime(
        allow_none=True,
        metadata={"description": "Where a moved event stands; null where it lasts whole days."},
    )
    reason = Text(
        allow_none=True,
        metadata={"description": "Why you are asked, or what stands against accepting it."},
    )
    noticed_at = Moment()
    decide_by = Moment(
        allow_none=True,
        metadata={"description": "When a change that is followed is accepted, unless undone."},
    )


class BookingSchema(Schema):
    """A booking; times are in UTC, or in the zone that was asked for."""

    uid = Text()
    event_type_id = Id(allow_none=True)
    title = Text()
    status = choice(*STATUSES)
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    hosts = fields.List(fields.Nested(BookedHostSchema))
    series = fields.List(fields.Nested(OccurrenceSchema))
    guest = fields.Nested(GuestSchema)
    time_zone = Text(metadata={"description": "The guest's time zone."})
    additional_guests = fields.List(Text())
    answers = fields.Dict(keys=fields.String())
    location = fields.Nested(PlaceSchema, allow_none=True)
    meeting_url = Text(
        allow_none=True,
        metadata={"description": "Where to meet by video; it may be made after the booking."},
    )
    meeting_error = Text(
        allow_none=True,
        metadata={"description": "Why there is no video link; for hosts alone."},
    )
    reason = Text(allow_none=True)
    changed_by = choice("guest", "host", "system")
    manage_url = Text()
    invites_from = Text(
        metadata={
            "enum": list(InvitesFrom),
            "description": "Who sends the invitations: our mails, the provider, or nobody.",
        }
    )
    calendar_state = choice(*CALENDAR_STATES)
    calendar_error = Text(allow_none=True)
    calendar_change = fields.Nested(
        CalendarChangeSchema, allow_none=True, metadata={"description": "For hosts alone."}
    )
    guest_can_cancel = fields.Boolean()
    guest_can_reschedule = fields.Boolean()
    guest_cancel_until = fields.AwareDateTime()
    guest_reschedule_until = fields.AwareDateTime()
    no_show_at = Moment(
        allow_none=True,
        metadata={"description": "When a host noted that the guest did not come; for hosts alone."},
    )
    created_at = Moment()


class BookingMailSchema(Schema):
    """A mail about a booking and how far it got; its words are not told."""

    id = Id()
    kind = choice(*(kind for kind in Kind if kind is not Kind.ATTENTION))
    part = choice(*Part)
    recipient = Text()
    message_id = Text(metadata={"description": "The same through every repetition."})
    state = choice(*MailState)
    tries = fields.Integer()
    error = Text(allow_none=True)
    created_at = Moment()
    sent_at = Moment(allow_none=True)
    can_be_sent_again = fields.Boolean()


class BookingMailsSchema(Schema):
    """All mails about a booking, the oldest first."""

    data = fields.List(fields.Nested(BookingMailSchema))


class ZoneSchema(Schema):
    """The zone in which times are told."""

    time_zone = fields.String(load_default="UTC", validate=_is_zone)


class BookingsQuerySchema(ZoneSchema):
    """Which bookings to list."""

    status = fields.Enum(Listed, by_value=True, load_default=Listed.ALL)


class ReasonSchema(Schema):
    """Why, in the words of who acts."""

    reason = Text(allow_none=True, metadata={"maxLength": 1000})


class RescheduleSchema(ReasonSchema):
    """The new start; the length stays."""

    start = At(required=True)


class ReassignSchema(ReasonSchema):
    """The new host, one of the event type's; whoever is next where none is named."""

    user_id = Id(allow_none=True)


class PersonSchema(Schema):
    """A user by name."""

    user_id = Id()
    name = Text()


class PreviousSchema(Schema):
    """What a change replaced; what stayed is null or empty."""

    start = fields.AwareDateTime(allow_none=True)
    end = fields.AwareDateTime(allow_none=True)
    hosts = fields.List(fields.Nested(PersonSchema))


class BookingEventSchema(Schema):
    """One change of a booking: what, by whom, when and why."""

    kind = choice(*EventKind)
    status = choice(*STATUSES)
    actor = choice("guest", "host", "system")
    user = fields.Nested(
        PersonSchema, allow_none=True, metadata={"description": "Null for guest and system."}
    )
    at = Moment()
    reason = Text(allow_none=True)
    in_calendar = fields.Boolean(
        metadata={"description": "Done by hand in the host's calendar, and taken over."}
    )
    sequence = Whole()
    previous = fields.Nested(PreviousSchema, allow_none=True)


class NewHoldSchema(Schema):
    """The slot to be kept for a few minutes."""

    event_type_id = Id(required=True)
    start = At(required=True)
    duration_minutes = minutes(1, _DAY, allow_none=True)
    private_link = fields.String(allow_none=True)


class WishSchema(Schema):
    """A booking that its guest has to confirm by the link that was mailed."""

    status = choice("email_confirmation")
    expires_at = Moment()


class HoldSchema(Schema):
    """A live hold."""

    id = Id(attribute="hold_id")
    start = At()
    end = At()
    expires_at = Moment()
