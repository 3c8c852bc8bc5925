"""What a schedule, an absence or a journey must look like before it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from booking.availability.hours import WEEKDAYS, parse_overrides, parse_weekly
from booking.core import intake
from booking.core.errors import InvalidInput
from booking.core.intake import Field

LONGEST_RANGE_DAYS = 5 * 366
_RULES = 100
_OVERRIDES = 1000
_INTERVALS = 50

_WALL = intake.line(5)
_INTERVAL = {
    "start": Field(read=_WALL, required=True),
    "end": Field(read=_WALL, required=True),
}
_RULE = {
    "days": Field(read=intake.items(intake.choice(*WEEKDAYS), least=1, most=7), required=True),
    **_INTERVAL,
}
_OVERRIDE = {
    "date": Field(read=intake.line(10), required=True),
    "intervals": Field(read=intake.items(intake.record(_INTERVAL), most=_INTERVALS), required=True),
}


def _meaningful(
    read: intake.Reader, parse: Callable[[object, str], object]
) -> Callable[[object, str], list[Any]]:
    """Read the shape, then have the meaning checked by the room's own parser."""

    def reader(value: object, pointer: str) -> list[Any]:
        checked: list[Any] = read(value, pointer)
        parse(checked, pointer)
        return checked

    return reader


SCHEDULE: Mapping[str, Field] = {
    "name": Field(read=intake.line(200, least=1), required=True),
    "time_zone": Field(read=intake.zone_name, required=True),
    "weekly": Field(
        read=_meaningful(intake.items(intake.record(_RULE), most=_RULES), parse_weekly)
    ),
    "overrides": Field(
        read=_meaningful(intake.items(intake.record(_OVERRIDE), most=_OVERRIDES), parse_overrides)
    ),
}
_DATES = {
    "start_date": Field(read=intake.day, required=True),
    "end_date": Field(read=intake.day, required=True),
}
ABSENCE: Mapping[str, Field] = {
    **_DATES,
    "reason": Field(read=intake.line(200)),
    "redirect_to": Field(read=intake.line(64, least=1), nullable=True),
}
TRAVEL: Mapping[str, Field] = {
    **_DATES,
    "time_zone": Field(read=intake.zone_name, required=True),
}


def check_dates(start_date: date, end_date: date) -> None:
    """Refuse a range that ends before it starts, or that lasts for years.

    Errors: InvalidInput at `/end_date`.
    """
    if end_date < start_date:
        raise InvalidInput.at("/end_date", "The last date is before the first.")
    if (end_date - start_date).days >= LONGEST_RANGE_DAYS:
        raise InvalidInput.at("/end_date", "A range may last at most five years.")
