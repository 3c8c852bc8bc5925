"""The wire form of schedules, days out of office and travel."""

from __future__ import annotations

from marshmallow import Schema, fields

from booking.availability.hours import WEEKDAYS
from booking.web.schemas.fields import Day, Id, Text, change_of, choice

_WALL = {"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", "example": "09:00"}


class IntervalSchema(Schema):
    """Wall times of one day; `24:00` ends it."""

    start = Text(required=True, metadata=_WALL)
    end = Text(required=True, metadata=_WALL)


class WeeklyRuleSchema(IntervalSchema):
    """The same wall times on some days of each week."""

    days = fields.List(choice(*WEEKDAYS), required=True)


class OverrideSchema(Schema):
    """What counts on one date in place of the weekly rules; no interval closes it."""

    date = Text(required=True, metadata={"format": "date"})
    intervals = fields.List(fields.Nested(IntervalSchema), required=True)


class ScheduleSchema(Schema):
    """Opening hours in one time zone."""

    id = Id(dump_only=True)
    name = Text(required=True, metadata={"maxLength": 200})
    time_zone = Text(required=True, metadata={"example": "Europe/Berlin"})
    weekly = fields.List(fields.Nested(WeeklyRuleSchema))
    overrides = fields.List(fields.Nested(OverrideSchema))


class AbsenceSchema(Schema):
    """Dates without bookings, first and last included."""

    id = Id(dump_only=True)
    start_date = Day(required=True)
    end_date = Day(required=True)
    reason = Text(metadata={"maxLength": 200})
    redirect_to = Text(
        allow_none=True,
        metadata={"description": "Username or id of the host whom guests are sent to."},
    )


class TravelSchema(Schema):
    """Dates, first and last included, on which the default schedule keeps another zone."""

    id = Id(dump_only=True)
    start_date = Day(required=True)
    end_date = Day(required=True)
    time_zone = Text(required=True, metadata={"example": "Asia/Tokyo"})


ScheduleChangeSchema = change_of(ScheduleSchema)
