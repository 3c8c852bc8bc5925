"""Rules of RFC 5545 as Graph's patterns, and back. What cannot be said is refused, never bent.

Source: https://learn.microsoft.com/en-us/graph/api/resources/recurrencepattern
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from booking.calendars.ports import Step
from booking.calendars.providers.microsoft.errors import PROVIDER
from booking.core.errors import Unsupported
from booking.core.event import Recurrence, Timed, When
from booking.core.recurrence import canonical_rule
from booking.core.recurrence_rule import DAILY, MONTHLY, WEEKDAYS, WEEKLY, Rule, rule_of

_DAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_PLACES: Final = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_BY_NAME: Final = {name: number for number, name in _PLACES.items()}
_LAST_SURE_DAY: Final = 28


def pattern_of(recurrence: Recurrence, when: When, zone: str) -> dict[str, Any]:
    """Return a series as Graph's `recurrence`; `zone` is an IANA name.

    Errors: Unsupported for a rule that Graph's patterns cannot say.
    """
    if len(recurrence.rules) != 1 or recurrence.extra_dates or recurrence.only_exceptions:
        raise _refused()
    rule = rule_of(recurrence.rules[0], when.zone if isinstance(when, Timed) else None)
    if rule.by_week or rule.by_year_day or rule.by_hour or rule.by_minute or rule.by_second:
        raise _refused()
    pattern = {**_pattern(rule, when.start), "interval": rule.interval}
    return {"pattern": pattern, "range": _range(rule, when.start, zone)}


def recurrence_of(found: Mapping[str, Any], when: When) -> Recurrence:
    """Return Graph's `recurrence` as a rule. Errors: ValueError, KeyError for what is none."""
    pattern, span = found["pattern"], found["range"]
    parts = [*_rule(pattern), f"INTERVAL={int(pattern.get('interval', 1))}"]
    if span["type"] == "endDate":
        parts.append(f"UNTIL={date.fromisoformat(span['endDate']):%Y%m%d}")
    elif span["type"] == "numbered":
        parts.append(f"COUNT={int(span['numberOfOccurrences'])}")
    return Recurrence(rules=(canonical_rule(";".join(parts), when),))


def _pattern(rule: Rule, start: date) -> dict[str, Any]:
    if rule.frequency == DAILY and not (rule.by_day or rule.by_month or rule.by_month_day):
        return {"type": "daily"}
    if rule.frequency == WEEKLY and not (rule.by_month or rule.by_month_day or rule.by_position):
        return _weekly(rule, start)
    if rule.frequency in {DAILY, WEEKLY}:
        raise _refused()
    months = _months(rule, start)
    if rule.by_day:
        kind = "relativeMonthly" if rule.frequency == MONTHLY else "relativeYearly"
        return {"type": kind, **_relative(rule), **months}
    if rule.by_position:
        raise _refused()
    kind = "absoluteMonthly" if rule.frequency == MONTHLY else "absoluteYearly"
    return {"type": kind, "dayOfMonth": _day(rule, start), **months}


def _weekly(rule: Rule, start: date) -> dict[str, Any]:
    days = [day for _, day in rule.by_day] or [start.weekday()]
    return {
        "type": "weekly",
        "daysOfWeek": [_DAYS[day] for day in days],
        "firstDayOfWeek": _DAYS[rule.week_start],
    }


def _months(rule: Rule, start: date) -> dict[str, int]:
    """Return the month of a yearly pattern; a monthly one has none."""
    if rule.frequency == MONTHLY:
        if rule.by_month:
            raise _refused()
        return {}
    months = rule.by_month or (start.month,)
    if len(months) != 1:
        raise _refused()
    return {"month": months[0]}


def _relative(rule: Rule) -> dict[str, Any]:
    """Return weekdays and the place of the one that is meant: BYDAY=2TU, or BYDAY and BYSETPOS."""
    places = {place for place, _ in rule.by_day}
    if rule.by_position and places == {0} and len(rule.by_position) == 1:
        place = rule.by_position[0]
    elif not rule.by_position and len(rule.by_day) == 1:
        place = rule.by_day[0][0]
    else:
        raise _refused()
    if place not in _PLACES or rule.by_month_day:
        raise _refused()
    return {"daysOfWeek": [_DAYS[day] for _, day in rule.by_day], "index": _PLACES[place]}


def _day(rule: Rule, start: date) -> int:
    """Return the day of the month. Later ones are moved by Graph where RFC 5545 skips a month."""
    days = rule.by_month_day or (start.day,)
    if len(days) != 1 or not 1 <= days[0] <= _LAST_SURE_DAY:
        raise _refused()
    return days[0]


def _range(rule: Rule, start: date, zone: str) -> dict[str, Any]:
    first = start.date() if isinstance(start, datetime) else start
    span: dict[str, Any] = {"startDate": first.isoformat(), "recurrenceTimeZone": zone}
    if rule.count is not None:
        return {**span, "type": "numbered", "numberOfOccurrences": rule.count}
    if rule.until is None:
        return {**span, "type": "noEnd"}
    return {**span, "type": "endDate", "endDate": _last_date(rule, start).isoformat()}


def _last_date(rule: Rule, start: date) -> date:
    """Return UNTIL as a date: Graph knows no time there, so one before the start is a day less."""
    if rule.until is None:
        raise _refused()
    is_cut = isinstance(start, datetime) and rule.until.time() < start.time()
    return date.fromordinal(rule.until.toordinal() - 1) if is_cut else rule.until.date()


def _rule(pattern: Mapping[str, Any]) -> list[str]:
    kind = pattern["type"]
    days = ",".join(WEEKDAYS[_DAYS.index(name.lower())] for name in pattern.get("daysOfWeek", ()))
    if kind == "daily":
        return ["FREQ=DAILY"]
    if kind == "weekly":
        first = WEEKDAYS[_DAYS.index(str(pattern.get("firstDayOfWeek", "sunday")).lower())]
        return ["FREQ=WEEKLY", f"BYDAY={days}", f"WKST={first}"]
    often = "FREQ=MONTHLY" if kind.endswith("Monthly") else "FREQ=YEARLY"
    month = [] if kind.endswith("Monthly") else [f"BYMONTH={int(pattern['month'])}"]
    if kind.startswith("absolute"):
        return [often, *month, f"BYMONTHDAY={int(pattern['dayOfMonth'])}"]
    if not kind.startswith("relative"):
        raise ValueError("a pattern of a kind that is not known")
    place = _BY_NAME[pattern.get("index", "first")]
    if "," not in days:
        return [often, *month, f"BYDAY={place}{days}"]
    return [often, *month, f"BYDAY={days}", f"BYSETPOS={place}"]


def _refused() -> Unsupported:
    text = "Microsoft cannot repeat an event in this way."
    return Unsupported(text, provider=PROVIDER, step=Step.WRITE, reason="recurrence")
