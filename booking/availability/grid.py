"""Where slots start inside a free range: the step, the mark, and two ways to begin.

The grid is counted in the schedule's zone, so that every guest sees the same instants. Which
ranges are free is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from booking.availability.hours import WorkingHours
from booking.availability.opening import day_of, zone_on
from booking.core.instants import MINUTE
from booking.core.zones import offset_at

_MARKS = (60, 30, 20, 15, 10, 5)
_FALLBACKS = (15 * MINUTE, 5 * MINUTE)
_HOUR = 3_600


def mark_of(step_minutes: int) -> int:
    """Return the first of 60, 30, 20, 15, 10 and 5 minutes that divides the step, else 1."""
    return next((mark for mark in _MARKS if step_minutes % mark == 0), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """How slots follow one another; lengths in seconds.

    `is_clock` starts each free range at the step's mark. Else it starts at the roundest minute
    that loses no slot: the mark, quarter hours, five minutes, the minute itself. `offset` moves
    the first start of a range once.
    """

    duration: int
    step: int
    offset: int
    is_clock: bool

    @property
    def units(self) -> tuple[int, ...]:
        """Return what a first start is rounded up to, in seconds: the first that will do."""
        mark = mark_of(self.step // MINUTE) * MINUTE
        return (mark,) if self.is_clock else (mark, *_FALLBACKS)

    def starts(self, ranges: Iterable[tuple[int, int]], hours: WorkingHours) -> list[range]:
        """Return the starts of each free range that holds a slot, in order."""
        clocks = Clocks(hours)
        units = self.units
        grids: list[range] = []
        for start, end in ranges:
            last = end - self.duration
            if start > last:
                continue
            ahead = clocks.ahead(start)
            first = self.first(start + ahead, last + ahead, units) - ahead + self.offset
            if first <= last:
                grids.append(range(first, last + 1, self.step))
        return grids

    def first(self, start: int, last: int, units: tuple[int, ...]) -> int:
        """Return the wall second of the first start between `start` and `last`."""
        earliest = round_up(start, MINUTE)
        if self.is_clock:
            return round_up(earliest, units[0])
        latest = earliest + (last - earliest) % self.step
        for unit in units:
            rounded = round_up(earliest, unit)
            if rounded <= latest:
                return rounded
        return earliest


class Clocks:
    """Offsets of the schedule's wall clock, looked up once for ranges that share one.

    Marks divide the hour, so only the part of an offset below an hour matters: most zones have
    one such part for all their life.
    """

    def __init__(self, hours: WorkingHours) -> None:
        self._hours = hours
        self._known: tuple[int, int, int] = (0, 0, 0)

    def ahead(self, start: int) -> int:
        """Return the offset at `start`, as far as it is below an hour."""
        since, until, ahead = self._known
        if since <= start < until:
            return ahead
        zone = self._zone(start)
        ahead = offset_at(start, zone) % _HOUR
        week_on = start + 7 * 24 * _HOUR
        if not self._hours.travel and offset_at(week_on, zone) % _HOUR == ahead:
            self._known = (start, week_on, ahead)
        return ahead

    def _zone(self, instant: int) -> ZoneInfo:
        if not self._hours.travel:
            return self._hours.zone
        return zone_on(day_of(instant, self._hours), self._hours)


def round_up(value: int, unit: int) -> int:
    """Return the least multiple of `unit` that is not below `value`."""
    return -(-value // unit) * unit
