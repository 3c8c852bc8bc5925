"""A host's working hours as a pure value, and how it is read from its stored (wire) form.

Wall times stay wall times here; `booking.availability.opening` turns them into instants.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

from booking.core.errors import FieldError, InvalidInput
from booking.core.spans import Spans, join

DAY_MINUTES = 1440
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE_HOURS: Spans = ((9 * 60, 17 * 60),)

_WALL = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Week = tuple[Spans, Spans, Spans, Spans, Spans, Spans, Spans]
"""Monday to Sunday; each the open minutes of that local day, sorted and disjoint."""

OFFICE_WEEK: Week = (*(OFFICE_HOURS,) * 5, (), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """The open minutes of one local date, in place of the weekly ones; none closes the date."""

    date: date
    intervals: Spans = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfOffice:
    """Local dates, first and last included, on which the host takes no bookings."""

    first: date
    last: date

    def __post_init__(self) -> None:
        _check_dates(self.first, self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """Local dates, first and last included, on which another zone's clocks count."""

    first: date
    last: date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        _check_dates(self.first, self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """When a host is open: weekly minutes, overrides of dates, absences, zones of travel.

    `travel` belongs to a host's default schedule only: leave it out for any other.
    Errors: InvalidInput where two overrides name one date or two travels share one.
    """

    zone: ZoneInfo
    weekly: Week = OFFICE_WEEK
    overrides: tuple[Override, ...] = ()
    out_of_office: tuple[OutOfOffice, ...] = ()
    travel: tuple[Travel, ...] = ()

    def __post_init__(self) -> None:
        dates = [override.date for override in self.overrides]
        if len(set(dates)) < len(dates):
            raise InvalidInput.at("/overrides", "Two overrides name the same date.")
        trips = sorted(self.travel, key=lambda trip: trip.first)
        if any(later.first <= trip.last for trip, later in pairwise(trips)):
            raise InvalidInput.at("/travel", "Two journeys share a date.")


def _check_dates(first: date, last: date) -> None:
    if last < first:
        raise InvalidInput.at("/end_date", "The last date is before the first.")


def parse_weekly(value: object, pointer: str = "/weekly") -> Week:
    """Return the week that `[{"days": ["mon", ...], "start": "09:00", "end": "17:00"}]` means.

    Overlapping and touching intervals of a day join; `23:59` as an end is read as `24:00`.
    Errors: InvalidInput naming every fault by its pointer.
    """
    faults: list[FieldError] = []
    days: dict[str, list[tuple[int, int]]] = {name: [] for name in WEEKDAYS}
    for at, rule in _objects(value, pointer, faults):
        interval = _interval(rule, at, faults)
        for name in _days(rule.get("days"), f"{at}/days", faults):
            days[name].extend(interval)
    if faults:
        raise InvalidInput(tuple(faults))
    mon, tue, wed, thu, fri, sat, sun = (join(days[name]) for name in WEEKDAYS)
    return mon, tue, wed, thu, fri, sat, sun


def parse_overrides(value: object, pointer: str = "/overrides") -> tuple[Override, ...]:
    """Return what `[{"date": "2026-12-24", "intervals": [{"start", "end"}]}]` means, by date.

    Errors: InvalidInput naming every fault by its pointer; a date may stand there once.
    """
    faults: list[FieldError] = []
    found: dict[date, Override] = {}
    for at, entry in _objects(value, pointer, faults):
        pairs: list[tuple[int, int]] = []
        for place, interval in _objects(entry.get("intervals", ()), f"{at}/intervals", faults):
            pairs.extend(_interval(interval, place, faults))
        day = _date(entry.get("date"), f"{at}/date", faults)
        if day in found:
            faults.append(FieldError(f"{at}/date", "This date has an override already."))
        elif day is not None:
            found[day] = Override(date=day, intervals=join(pairs))
    if faults:
        raise InvalidInput(tuple(faults))
    return tuple(found[day] for day in sorted(found))


def _objects(
    value: object, pointer: str, faults: list[FieldError]
) -> list[tuple[str, Mapping[str, object]]]:
    """Return the objects of a list with their pointers; whatever is not an object is a fault."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        faults.append(FieldError(pointer, "This must be a list."))
        return []
    kept: list[tuple[str, Mapping[str, object]]] = []
    for index, item in enumerate(value):
        if isinstance(item, Mapping):
            kept.append((f"{pointer}/{index}", item))
        else:
            faults.append(FieldError(f"{pointer}/{index}", "This must be an object."))
    return kept


def _days(value: object, pointer: str, faults: list[FieldError]) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        faults.append(FieldError(pointer, "Name at least one day, such as mon."))
        return ()
    for index, name in enumerate(value):
        if name not in WEEKDAYS:
            faults.append(
                FieldError(f"{pointer}/{index}", "Use mon, tue, wed, thu, fri, sat or sun.")
            )
    return tuple(name for name in value if name in WEEKDAYS)


def _interval(
    entry: Mapping[str, object], pointer: str, faults: list[FieldError]
) -> tuple[tuple[int, int], ...]:
    """Return the one interval of `entry` in minutes of the day, or nothing where it is faulty."""
    start = _wall(entry.get("start"), f"{pointer}/start", faults)
    end = _wall(entry.get("end"), f"{pointer}/end", faults)
    if start is None or end is None:
        return ()
    if end == DAY_MINUTES - 1:
        end = DAY_MINUTES
    if end <= start:
        faults.append(FieldError(f"{pointer}/end", "The end must come after the start."))
        return ()
    return ((start, end),)


def _wall(value: object, pointer: str, faults: list[FieldError]) -> int | None:
    if not isinstance(value, str) or _WALL.fullmatch(value) is None:
        faults.append(FieldError(pointer, "Use a wall time as HH:MM, 00:00 to 24:00."))
        return None
    return int(value[:2]) * 60 + int(value[3:])


def _date(value: object, pointer: str, faults: list[FieldError]) -> date | None:
    if isinstance(value, str) and _DATE.fullmatch(value) is not None:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    faults.append(FieldError(pointer, "Use a date as YYYY-MM-DD."))
    return None
