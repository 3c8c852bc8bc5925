"""The walk over the grid on which listing, check and explanation all stand.

It finds every start that no rule bars. Choosing among them by date, and naming reasons, is left
to `booking.availability.calculator` and `booking.availability.causes`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from booking.availability import blocks
from booking.availability.facts import Ask, Lengths, OwnBlock, Situation
from booking.availability.freshness import stale_barriers
from booking.availability.grid import Grid
from booking.availability.limits import limit_barriers
from booking.availability.opening import day_of, day_start, open_ranges
from booking.availability.reasons import Barrier
from booking.availability.rules import Alignment, OnStale, WindowType
from booking.availability.window import LOOK_AHEAD_DAYS, window_span
from booking.core.instants import Instant
from booking.core.spans import Spans, contains, join
from booking.core.zones import local_date, wall_to_instant

_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One passage over the grid: what was walked, and every start that nothing bars.

    `[start, end)` is the stretch walked, cut to notice and window. `on_request` are starts that
    need the host's consent.
    """

    lengths: Lengths
    own: tuple[OwnBlock, ...]
    start: int
    end: int
    window: tuple[Instant, Instant]
    starts: tuple[int, ...] = ()
    on_request: frozenset[int] = frozenset()


def walk(situation: Situation, ask: Ask) -> Walk:
    """Go over the grid once and keep every start that no rule bars, in order.

    It covers more than was asked where a rule looks further: `first_slot_only` at the whole
    date, `rolling_available_days` from today on. Neither is applied yet to what lies outside.
    """
    blank = before_walk(situation, ask)
    if blank.start == blank.end:
        return blank
    ranges = open_ranges(situation.schedules, blank.start, blank.end)
    starts = free_starts(situation, blank, ranges, (blank.start, blank.end))
    return _barred(situation, ask, replace(blank, starts=starts))


def before_walk(situation: Situation, ask: Ask) -> Walk:
    """Return where a walk leads, before its first step.

    Errors: InvalidInput for a duration that is not offered.
    """
    lengths = Lengths.of(situation, ask)
    window = window_span(situation.rules.window, ask.now, situation.host.hours)
    start, end = stretch_of(situation, ask)
    start = max(start, ask.now + lengths.notice, window[0])
    end = max(start, min(end, window[1]))
    own = blocks.standing(situation.host.busy, ask)
    return Walk(lengths=lengths, own=own, start=start, end=end, window=window)


def grid_of(situation: Situation, lengths: Lengths) -> Grid:
    """Return the grid of an event type for one of its durations."""
    return Grid(
        duration=lengths.duration,
        step=lengths.step,
        offset=lengths.offset,
        is_clock=situation.rules.slot_alignment == Alignment.CLOCK,
    )


def between(grids: Iterable[range], start: int, end: int) -> list[int]:
    """Return the starts of `grids` that lie in `[start, end)`."""
    found: list[int] = []
    for grid in grids:
        if grid[0] >= start and grid[-1] < end:
            found.extend(grid)
        else:
            found.extend(grid[bisect_left(grid, start) : bisect_left(grid, end)])
    return found


def offered(situation: Situation, ask: Ask, walked: Walk) -> Sequence[int]:
    """Return the walk's starts that are offered in the period asked about."""
    starts = chosen(situation, ask, walked)
    return starts[bisect_left(starts, ask.start) : bisect_left(starts, ask.end)]


def chosen(situation: Situation, ask: Ask, walked: Walk) -> tuple[int, ...]:
    """Return the walk's starts that are offered, be they inside the period or not."""
    starts = walked.starts
    if situation.rules.window.type == WindowType.ROLLING_AVAILABLE_DAYS:
        starts = starts[: bisect_left(starts, available_until(situation, walked))]
    if situation.rules.first_slot_only:
        starts = tuple(found[0] for _, found in by_date(starts, ask.guest_zone))
    return starts


def available_until(situation: Situation, walked: Walk) -> Instant:
    """Return the end of the last of the window's days that have a slot, or of the look-ahead."""
    left = situation.rules.window.days or 0
    hours, until = situation.host.hours, walked.window[0]
    for at in walked.starts:
        if at < until:
            continue
        left -= 1
        until = day_start(day_of(at, hours) + _ONE, hours)
        if not left:
            return until
    return walked.window[1]


def by_date(starts: Iterable[int], zone: ZoneInfo) -> list[tuple[date, list[int]]]:
    """Group sorted starts by the date that calendars in `zone` show."""
    groups: list[tuple[date, list[int]]] = []
    until: int | None = None
    for at in starts:
        if until is None or at >= until:
            day = local_date(at, zone)
            until = wall_to_instant(day + _ONE, 0, zone)
            groups.append((day, []))
        groups[-1][1].append(at)
    return groups


def stretch_of(situation: Situation, ask: Ask) -> tuple[int, int]:
    """Return the period asked about, widened by the rules that look beyond it."""
    start, end = int(ask.start), int(ask.end)
    if situation.rules.first_slot_only:
        start = min(start, wall_to_instant(local_date(start, ask.guest_zone), 0, ask.guest_zone))
    if situation.rules.window.type == WindowType.ROLLING_AVAILABLE_DAYS:
        hours = situation.host.hours
        today = day_of(ask.now, hours)
        start = min(start, ask.now)
        end = max(end, day_start(today + timedelta(days=LOOK_AHEAD_DAYS + 1), hours))
    return start, end


def free_starts(
    situation: Situation, walked: Walk, ranges: Spans, period: tuple[int, int]
) -> tuple[int, ...]:
    """Return the grid's starts in `period`, and those of seated slots with places left.

    `ranges` are the whole opening ranges that touch the period.
    """
    lengths, hours = walked.lengths, situation.host.hours
    busy = blocks.taken(situation.host.busy, walked.own, lengths)
    free = blocks.cut(ranges, busy)
    starts = between(grid_of(situation, lengths).starts(free, hours), *period)
    if situation.rules.seats is not None:
        starts = sorted({*starts, *open_seats(situation, walked, ranges, period)})
    return tuple(starts)


def open_seats(
    situation: Situation, walked: Walk, ranges: Spans, period: tuple[int, int]
) -> list[int]:
    """Return the starts of seated slots with places left that no other block touches."""
    lengths = walked.lengths
    seats = blocks.seated(situation, walked.own, lengths)
    possible = [
        at
        for at in seats
        if period[0] <= at < period[1] and contains(ranges, at, at + lengths.duration)
    ]
    if not possible:
        return []
    barriers = blocks.block_barriers(situation, walked.own, lengths, period)
    return [at for at in possible if not any(barrier.bars(at) for barrier in barriers)]


def _barred(situation: Situation, ask: Ask, walked: Walk) -> Walk:
    """Take away the starts in full periods and, where stale time is hidden, in that."""
    stretch = (walked.start, walked.end)
    minutes = walked.lengths.duration // 60
    barriers = limit_barriers(situation, ask, minutes, stretch)
    stale = stale_barriers(situation.host, ask.now, walked.lengths)
    on_stale = situation.rules.on_stale
    if on_stale == OnStale.HIDE:
        barriers += stale
    starts = _outside(walked.starts, barriers)
    on_request: frozenset[int] = frozenset()
    if on_stale == OnStale.REQUEST and stale:
        on_request = frozenset(starts) - frozenset(_outside(starts, stale))
    return replace(walked, starts=starts, on_request=on_request)


def _outside(starts: tuple[int, ...], barriers: list[Barrier]) -> tuple[int, ...]:
    """Return the starts that no barrier holds."""
    kept: list[int] = []
    cursor = 0
    for since, until in join((barrier.start, barrier.end) for barrier in barriers):
        kept += starts[cursor : bisect_left(starts, since)]
        cursor = bisect_left(starts, until)
    return (*kept, *starts[cursor:]) if barriers else starts
