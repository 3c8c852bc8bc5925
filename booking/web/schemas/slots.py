"""The wire form of the question for slots, and of its answers (written by the view itself)."""

from __future__ import annotations

from marshmallow import Schema, fields

from booking.web.schemas.fields import Id, Moment, Text, Whole, choice


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
    """One thing that stands against a candidate."""

    code = choice(
        "busy_calendar",
        "booking",
        "buffer",
        "notice",
        "window",
        "limit",
        "override",
        "out_of_office",
        "hold",
        "outside_hours",
        "stale",
    )
    calendar_id = Text()
    rule = Text(metadata={"description": "Which limit or which kind of window."})
    from_ = fields.AwareDateTime(data_key="from", allow_none=True)
    to = fields.AwareDateTime(allow_none=True)


class RemovedSchema(Schema):
    """A candidate that is not offered, with every reason."""

    start = fields.AwareDateTime()
    reasons = fields.List(fields.Nested(ReasonAgainstSchema))


class ExplainedDaySchema(Schema):
    """One local date: when the host is open, and what was removed."""

    working_hours = fields.List(fields.Nested(SpanSchema))
    removed = fields.List(fields.Nested(RemovedSchema))


class ExplanationSchema(Schema):
    """Why slots are missing, by local date."""

    time_zone = Text()
    days = fields.Dict(keys=fields.String(), values=fields.Nested(ExplainedDaySchema))
