"""The wire form of the question for slots, and of its answers (written by the view itself)."""

from __future__ import annotations

from marshmallow import Schema, fields

from booking.availability.reasons import ReasonCode
from booking.bookings.explained import LaneKind
from booking.web.schemas.fields import Id, Moment, Text, Whole, choice

CODES = tuple(str(code) for code in ReasonCode if code is not ReasonCode.OFF_GRID)


class SlotsQuerySchema(Schema):
    """Whose slots, and which: `[start, end)` bounds their starts, at most 92 days."""

    event_type_id = Id()
    username = Text()
    slug = Text()
    team = Text(metadata={"description": "A team's address, in place of `username`."})
    start = Text(required=True, metadata={"description": "A date or a moment (RFC 3339)."})
    end = Text(
        required=True, metadata={"description": "A date or a moment; the first one left out."}
    )
    time_zone = Text(metadata={"description": "Groups the answer; UTC where absent."})
    duration_minutes = fields.Integer(metadata={"minimum": 1, "maximum": 1440})
    reschedule_uid = Text()
    hold_id = Id()
    private_link = Text(metadata={"description": "The token of a private link."})


class SpanSchema(Schema):
    """From a moment to a later one, which does not belong to it."""

    start = fields.AwareDateTime()
    end = fields.AwareDateTime()


class SlotSchema(SpanSchema):
    """A span that can be booked."""

    seats_left = Whole()


class FreshnessSchema(Schema):
    """How well the calendars behind the answer are known."""

    state = choice("fresh", "stale", "unknown")
    as_of = Moment(allow_none=True)


class SlotsSchema(Schema):
    """Slots by the guest's local date."""

    time_zone = Text()
    slots = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(SlotSchema)))
    freshness = fields.Nested(FreshnessSchema)


class ReasonAgainstSchema(Schema):
    """One thing that stands against a candidate; names are told to those whom they concern."""

    code = choice(*CODES)
    calendar_id = Text()
    calendar_name = Text(metadata={"description": "Where the calendar is the asker's."})
    booking_uid = Text(metadata={"description": "Where the asker may see the booking."})
    user_id = Text(metadata={"description": "The one of several hosts whom it concerns."})
    resource_id = Text(metadata={"description": "The resource that it concerns."})
    rule = Text(metadata={"description": "Which limit or which kind of window."})
    from_ = fields.AwareDateTime(data_key="from", allow_none=True)
    to = fields.AwareDateTime(allow_none=True)


class RemovedSchema(SpanSchema):
    """A candidate that is not offered, with every reason."""

    reasons = fields.List(fields.Nested(ReasonAgainstSchema))


class LaneStretchSchema(Schema):
    """A block of a lane. A rule may have no beginning or no end."""

    from_ = fields.AwareDateTime(data_key="from", allow_none=True)
    to = fields.AwareDateTime(allow_none=True)
    buffer_before_minutes = Whole(metadata={"description": "Of bookings and holds."})
    buffer_after_minutes = Whole(metadata={"description": "Of bookings and holds."})
    booking_uid = Text()
    title = Text(metadata={"description": "A booking's; events of calendars have none here."})
    code = choice(*CODES)
    rule = Text()


class LaneSchema(Schema):
    """One row of a day's timeline."""

    kind = choice(*(str(kind) for kind in LaneKind))
    user_id = Text(metadata={"description": "The one of several hosts whose lane it is."})
    resource_id = Text(metadata={"description": "The resource whose lane it is."})
    calendar_id = Text()
    calendar_name = Text()
    stretches = fields.List(fields.Nested(LaneStretchSchema))


class HostHoursSchema(Schema):
    """When one of several hosts is open."""

    user_id = Text()
    working_hours = fields.List(fields.Nested(SpanSchema))


class ExplainedDaySchema(Schema):
    """One local date: when it is open, what was removed, and the lanes of its timeline."""

    working_hours = fields.List(fields.Nested(SpanSchema))
    hosts = fields.List(fields.Nested(HostHoursSchema))
    removed = fields.List(fields.Nested(RemovedSchema))
    offered = fields.List(fields.Nested(SpanSchema))
    lanes = fields.List(fields.Nested(LaneSchema))


class NamedHostSchema(Schema):
    """One of several hosts."""

    user_id = Text()
    name = Text()


class NamedResourceSchema(Schema):
    """A resource that each booking takes."""

    resource_id = Text()
    name = Text()


class ExplanationSchema(Schema):
    """Why slots are missing, by local date; hosts and resources where there are several."""

    time_zone = Text()
    hosts = fields.List(fields.Nested(NamedHostSchema))
    resources = fields.List(fields.Nested(NamedResourceSchema))
    days = fields.Dict(keys=fields.String(), values=fields.Nested(ExplainedDaySchema))
