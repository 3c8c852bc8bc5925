"""Working hours made into instants: local dates, open ranges, and the dates a limit counts.

Each end of each interval is converted by itself (`booking.core.zones`), so a spring night is
an hour short and an autumn night an hour long without a word about it here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from booking.availability.hours import WorkingHours
from booking.core.instants import DAY, Instant
from booking.core.spans import Spans, join, overlap
from booking.core.zones import local_date, utc_date, wall_of_day, wall_to_instant

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_WEEK = 7
_HOUR = 3_600
_WEEK_LENGTH = (_WEEK - 1) * DAY  # an ISO week less the most that clocks and journeys take
_NEAR = 2
_FAR = 17


def zone_on(day: date, hours: WorkingHours) -> ZoneInfo:
    """Return the zone whose clocks count on this local date: the host's, or that of a journey."""
    for trip in hours.travel:
        if trip.first <= day <= trip.last:
            return trip.zone
    return hours.zone


def day_start(day: date, hours: WorkingHours) -> Instant:
    """Return the instant at which this local date begins."""
    return wall_to_instant(day, 0, zone_on(day, hours))


def day_of(instant: int, hours: WorkingHours) -> date:
    """Return the local date at `instant`, by the zones that count on each date."""
    if not hours.travel:
        return local_date(instant, hours.zone)
    day = utc_date(instant) + timedelta(days=_NEAR)
    while day_start(day, hours) > instant:
        day -= timedelta(days=1)
    return day


def open_ranges(
    schedules: tuple[WorkingHours, ...], start: int, end: int, *, weekly_only: bool = False
) -> Spans:
    """Return the ranges, whole, that lie inside all `schedules` and touch `[start, end]`.

    The first schedule's clocks count; `weekly_only` as in `lay`.
    """
    laid = partial(_intersection, schedules, weekly_only)
    return whole_ranges(laid, schedules[0], start, end)


def whole_ranges(
    laid: Callable[[int, int], Spans], clocks: WorkingHours, start: int, end: int
) -> Spans:
    """Return the ranges of `laid` that touch `[start, end]`, followed to their true ends.

    Wherever those are, as the grid hangs on them. Where it never closes, a range ends with the
    ISO week: at a Monday's midnight of `clocks`, after a week that was open throughout.
    Shapes: `laid` gives the open time of the local dates between two ordinals, both included.
    """
    first, last = _day_number(start), _day_number(end)
    ranges = laid(first - _NEAR, last + _NEAR)
    if not _is_settled(ranges, start, end, first, last):
        ranges = laid(first - _FAR, last + _FAR)
    return _touching(_cut_at_mondays(ranges, clocks), start, end)


def lay(hours: WorkingHours, first: int, last: int, *, weekly_only: bool = False) -> Spans:
    """Return the open time of the local dates with ordinals `first` to `last`, joined.

    `weekly_only` leaves overrides and absences aside: what the week alone would give.
    """
    overrides = {} if weekly_only else {o.date.toordinal(): o.intervals for o in hours.overrides}
    closed = () if weekly_only else hours.out_of_office
    away = [(absence.first.toordinal(), absence.last.toordinal()) for absence in closed]
    trips = [(trip.first.toordinal(), trip.last.toordinal(), trip.zone) for trip in hours.travel]
    pairs: list[tuple[int, int]] = []
    for day in range(max(first, 1), last + 1):
        minutes = overrides.get(day, hours.weekly[(day - 1) % _WEEK])
        if not minutes or any(a <= day <= b for a, b in away):
            continue
        zone = next((zone for a, b, zone in trips if a <= day <= b), hours.zone)
        for opens, closes in minutes:
            start, end = wall_of_day(day, opens, zone), wall_of_day(day, closes, zone)
            # An interval that the clocks skip has no length, or would run backwards.
            if start < end:
                pairs.append((start, end))
    return join(pairs)


def _day_number(instant: int) -> int:
    return instant // DAY + _EPOCH_DAY


def _intersection(
    schedules: tuple[WorkingHours, ...],
    weekly_only: bool,
    first: int,
    last: int,
) -> Spans:
    ranges = lay(schedules[0], first, last, weekly_only=weekly_only)
    for hours in schedules[1:]:
        ranges = overlap(ranges, lay(hours, first, last, weekly_only=weekly_only))
    return ranges


def _is_settled(ranges: Spans, start: int, end: int, first: int, last: int) -> bool:
    """Tell whether no range at the edges of the period may go on beyond the days laid.

    Zones reach from UTC-12 to UTC+14: what is open is wholly known from 12:00 UTC of the first
    day laid until 10:00 UTC of the last.
    """
    since = (first - _NEAR - _EPOCH_DAY) * DAY + 12 * _HOUR
    until = (last + _NEAR - _EPOCH_DAY) * DAY + 10 * _HOUR
    touching = _touching(ranges, start, end)
    return not touching or (touching[0][0] > since and touching[-1][1] < until)


def _touching(ranges: Spans, start: int, end: int) -> Spans:
    return tuple(span for span in ranges if span[1] >= start and span[0] <= end)


def _cut_at_mondays(ranges: Spans, hours: WorkingHours) -> Spans:
    if all(end - start <= _WEEK_LENGTH for start, end in ranges):
        return ranges
    return tuple(piece for span in ranges for piece in _weekly_pieces(span, hours))


def _weekly_pieces(span: tuple[int, int], hours: WorkingHours) -> Spans:
    start, end = span
    monday = utc_date(start) - timedelta(days=_WEEK + utc_date(start).weekday())
    pieces: list[tuple[int, int]] = []
    cursor, week_start = start, day_start(monday, hours)
    while week_start < end:
        monday += timedelta(days=_WEEK)
        next_start = day_start(monday, hours)
        if start <= week_start and next_start < end:
            pieces.append((cursor, next_start))
            cursor = next_start
        week_start = next_start
    return (*pieces, (cursor, end))
