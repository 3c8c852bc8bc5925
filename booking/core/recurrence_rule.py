"""An RRULE as a value: read strictly, refused where it is a bomb, written in one canonical form.

Leaves to others: which dates a rule gives (`recurrence_dates`) and what they mean together with
exceptions (`recurrence`). Source: RFC 5545, 3.3.10 and 3.8.5.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Final

from booking.core.event_parts import FIRST_YEAR, LAST_YEAR, Timed, When
from booking.core.zones import zone

DAILY, WEEKLY, MONTHLY, YEARLY = "DAILY", "WEEKLY", "MONTHLY", "YEARLY"
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

LONGEST_RULE = 1_000
LARGEST_INTERVAL = 1_000
MOST_TIMES_A_DAY = 24

_FREQUENCIES = (DAILY, WEEKLY, MONTHLY, YEARLY)
_ORDER = (
    "FREQ",
    "INTERVAL",
    "UNTIL",
    "COUNT",
    "BYMONTH",
    "BYWEEKNO",
    "BYYEARDAY",
    "BYMONTHDAY",
    "BYDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
    "BYSETPOS",
    "WKST",
)
_RANGES = {
    "BYMONTH": (1, 12),
    "BYWEEKNO": (-53, 53),
    "BYYEARDAY": (-366, 366),
    "BYMONTHDAY": (-31, 31),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSECOND": (0, 59),
    "BYSETPOS": (-366, 366),
}
_MAY_BE_ZERO = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_NUMBER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)


class TooComplex(ValueError):
    """A series that cannot be expanded within our bounds; the message says which one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule, its numbers sorted and distinct.

    `until`: the last wall time (in the master's zone) that may still be an instance.
    `by_day`: (ordinal, weekday) with Monday 0; ordinal 0 means every such weekday.
    """

    frequency: str
    interval: int = 1
    until: datetime | None = None
    count: int | None = None
    by_month: tuple[int, ...] = ()
    by_week: tuple[int, ...] = ()
    by_year_day: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[tuple[int, int], ...] = ()
    by_hour: tuple[int, ...] = ()
    by_minute: tuple[int, ...] = ()
    by_second: tuple[int, ...] = ()
    by_position: tuple[int, ...] = ()
    week_start: int = 0


def canonical_rule(text: str, when: When) -> str:
    """Return the rule `text` of a series at `when` in its one canonical form.

    Parts come in one order, numbers sorted, defaults left out, UNTIL in the form the start asks
    for: a date for all-day series, local time for floating ones, else UTC. An UNTIL that is only
    a date includes that whole local date; a negative COUNT, as some exporters write for "for
    ever", is left out.
    Errors: TooComplex for a rule finer than daily or beyond our bounds, ValueError for no rule.
    """
    parts = _parts(text)
    _refuse_bombs(parts)
    if "UNTIL" in parts:
        parts["UNTIL"] = _canonical_until(parts["UNTIL"], when)
    for name in _RANGES.keys() & parts.keys():
        parts[name] = ",".join(str(number) for number in _numbers(name, parts[name]))
    if "BYDAY" in parts:
        parts["BYDAY"] = ",".join(f"{n or ''}{WEEKDAYS[day]}" for n, day in _days(parts["BYDAY"]))
    _drop_defaults(parts)
    return ";".join(f"{name}={parts[name]}" for name in _ORDER if name in parts)


@lru_cache(maxsize=512)
def rule_of(text: str, zone_name: str | None) -> Rule:
    """Return the value of a canonical rule, its UNTIL as wall time in the zone of that name.

    Errors: as `canonical_rule`.
    """
    parts = _parts(text)
    _refuse_bombs(parts)
    rule = Rule(
        frequency=parts["FREQ"],
        interval=int(parts.get("INTERVAL", "1")),
        until=_wall_until(parts["UNTIL"], zone_name) if "UNTIL" in parts else None,
        count=int(parts["COUNT"]) if "COUNT" in parts else None,
        by_month=_numbers("BYMONTH", parts.get("BYMONTH")),
        by_week=_numbers("BYWEEKNO", parts.get("BYWEEKNO")),
        by_year_day=_numbers("BYYEARDAY", parts.get("BYYEARDAY")),
        by_month_day=_numbers("BYMONTHDAY", parts.get("BYMONTHDAY")),
        by_day=_days(parts["BYDAY"]) if "BYDAY" in parts else (),
        by_hour=_numbers("BYHOUR", parts.get("BYHOUR")),
        by_minute=_numbers("BYMINUTE", parts.get("BYMINUTE")),
        by_second=_numbers("BYSECOND", parts.get("BYSECOND")),
        by_position=_numbers("BYSETPOS", parts.get("BYSETPOS")),
        week_start=WEEKDAYS.index(parts.get("WKST", "MO")),
    )
    _refuse_many_times(rule)
    return rule


def _parts(text: str) -> dict[str, str]:
    if len(text) > LONGEST_RULE:
        raise TooComplex("the rule is longer than any real one")
    parts: dict[str, str] = {}
    for part in filter(None, text.upper().replace(" ", "").split(";")):
        name, equals, value = part.partition("=")
        if not equals or not value or name in parts:
            raise ValueError("the rule has a part that is empty or given twice")
        parts[name] = value
    if parts.pop("RSCALE", "GREGORIAN") != "GREGORIAN" or parts.pop("SKIP", "OMIT") != "OMIT":
        raise ValueError("only rules of the Gregorian calendar are understood")
    if not parts.keys() <= set(_ORDER):
        raise ValueError("the rule has a part that RFC 5545 does not know")
    return parts


def _refuse_bombs(parts: dict[str, str]) -> None:
    frequency = parts.get("FREQ", "")
    if frequency in {"SECONDLY", "MINUTELY", "HOURLY"}:
        raise TooComplex("the rule repeats more often than daily")
    if frequency not in _FREQUENCIES:
        raise ValueError("the rule has no frequency")
    if not 1 <= _number(parts.get("INTERVAL", "1")) <= LARGEST_INTERVAL:
        raise TooComplex(f"the rule's interval is not between 1 and {LARGEST_INTERVAL}")
    if "COUNT" in parts and _number(parts["COUNT"]) < 0:
        del parts["COUNT"]
    if "COUNT" in parts and _number(parts["COUNT"]) == 0:
        raise ValueError("the rule counts to zero")
    if parts.get("WKST", "MO") not in WEEKDAYS:
        raise ValueError("the rule's week starts on no weekday")


def _refuse_many_times(rule: Rule) -> None:
    a_day = max(1, len(rule.by_hour)) * max(1, len(rule.by_minute)) * max(1, len(rule.by_second))
    if a_day > MOST_TIMES_A_DAY:
        raise TooComplex(f"the rule repeats more than {MOST_TIMES_A_DAY} times a day")


def _drop_defaults(parts: dict[str, str]) -> None:
    """Leave out what says nothing; WKST only matters where weeks are counted off."""
    for name in ("INTERVAL", "COUNT"):
        if name in parts:
            parts[name] = str(_number(parts[name]))
    if parts.get("INTERVAL") == "1":
        del parts["INTERVAL"]
    weeks_count = parts["FREQ"] == WEEKLY and ("INTERVAL" in parts or "BYSETPOS" in parts)
    if parts.get("WKST") == "MO" or not (weeks_count or "BYWEEKNO" in parts):
        parts.pop("WKST", None)


def _canonical_until(text: str, when: When) -> str:
    moment, is_utc = _until(text)
    if not isinstance(when, Timed):
        return f"{moment:%Y%m%d}"
    if when.zone is None:
        return f"{_end_of_day_if_date(moment):%Y%m%dT%H%M%S}"
    if is_utc:
        return text
    local = datetime.combine(moment, _time_of(moment), zone(when.zone))
    return f"{local.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _wall_until(text: str, zone_name: str | None) -> datetime:
    moment, is_utc = _until(text)
    if not is_utc or zone_name is None:
        return _end_of_day_if_date(moment)
    utc = datetime.combine(moment, _time_of(moment), UTC)
    return utc.astimezone(zone(zone_name)).replace(tzinfo=None, fold=0)


def _until(text: str) -> tuple[date, bool]:
    """Return the date or the wall time that UNTIL names, and whether it is UTC."""
    match = _UNTIL.fullmatch(text)
    if not match:
        raise ValueError("the rule's end is no date")
    day = date(*(int(group) for group in match.group(1, 2, 3)))
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")
    if match.group(4) is None:
        return day, False
    hour, minute, second = (int(group) for group in match.group(4, 5, 6))
    return datetime.combine(day, time(hour, minute, min(second, 59))), match.group(7) == "Z"


def _time_of(moment: date) -> time:
    return moment.time() if isinstance(moment, datetime) else time(23, 59, 59)


def _end_of_day_if_date(moment: date) -> datetime:
    return datetime.combine(moment, _time_of(moment))


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError("the rule has a number that is none")
    return int(text)


def _numbers(name: str, text: str | None) -> tuple[int, ...]:
    if text is None:
        return ()
    lowest, highest = _RANGES[name]
    numbers = tuple(sorted({_number(number) for number in text.split(",")}))
    if numbers[0] < lowest or numbers[-1] > highest or (0 in numbers and name not in _MAY_BE_ZERO):
        raise ValueError(f"the rule's {name} is out of range")
    return numbers


def _days(text: str) -> tuple[tuple[int, int], ...]:
    matches = [_DAY.fullmatch(day) for day in text.split(",")]
    if None in matches:
        raise ValueError("the rule's BYDAY names no weekday")
    found = {(int(m.group(1) or 0), WEEKDAYS.index(m.group(2))) for m in matches if m}
    if any(abs(ordinal) > 53 for ordinal, _ in found):
        raise ValueError("the rule's BYDAY is out of range")
    return tuple(sorted(found, key=lambda day: (day[1], day[0])))
