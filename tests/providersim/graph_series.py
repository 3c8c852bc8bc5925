"""Instances of Graph's recurrence patterns, by dateutil."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from dateutil import rrule

from tests.providersim.state import JSON

_DAYS = {
    name: getattr(rrule, name[:2].upper())
    for name in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
}
_PLACES = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
MOST = 999


def starts(master: JSON) -> Iterator[datetime]:
    """Yield the wall times of a series, cancelled ones left in."""
    begin = datetime.fromisoformat(master["start"]["dateTime"][:19])
    pattern, span = master["recurrence"]["pattern"], master["recurrence"]["range"]
    options: dict[str, Any] = {"dtstart": begin, "interval": pattern.get("interval", 1)}
    if span["type"] == "endDate":
        options["until"] = datetime.combine(date.fromisoformat(span["endDate"]), time(23, 59, 59))
    if span["type"] == "numbered":
        options["count"] = span["numberOfOccurrences"]
    kind = pattern["type"]
    days = [_DAYS[name] for name in pattern.get("daysOfWeek", ())]
    if kind == "daily":
        found = rrule.rrule(rrule.DAILY, **options)
    elif kind == "weekly":
        options["wkst"] = _DAYS[pattern.get("firstDayOfWeek", "sunday")]
        found = rrule.rrule(rrule.WEEKLY, byweekday=days, **options)
    elif kind == "absoluteMonthly":
        found = rrule.rrule(rrule.MONTHLY, bymonthday=pattern["dayOfMonth"], **options)
    elif kind == "absoluteYearly":
        month, day = pattern["month"], pattern["dayOfMonth"]
        found = rrule.rrule(rrule.YEARLY, bymonth=month, bymonthday=day, **options)
    else:
        place = _PLACES[pattern.get("index", "first")]
        more = {"bymonth": pattern["month"]} if kind == "relativeYearly" else {}
        options |= {"byweekday": days, "bysetpos": place, **more}
        if kind == "relativeYearly":
            found = rrule.rrule(rrule.YEARLY, **options)
        else:
            found = rrule.rrule(rrule.MONTHLY, **options)
    for number, moment in enumerate(found):
        if number >= MOST or moment > begin + timedelta(days=1500):
            return
        yield moment
