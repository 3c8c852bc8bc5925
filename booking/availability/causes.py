"""Naming causes: every reason against a start, from the same rules that the walk applies.

The walk cuts and merges for speed; here every rule is kept apart, so that it can be named. That
both agree for every start is held by a property test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from booking.availability import blocks
from booking.availability.facts import Ask, Situation
from booking.availability.freshness import stale_barriers
from booking.availability.hours import WorkingHours
from booking.availability.limits import limit_barriers
from booking.availability.opening import day_of, day_start, lay, open_ranges
from booking.availability.reasons import Barrier, Reason, ReasonCode
from booking.availability.rules import OnStale, WindowType
from booking.availability.walk import (
    Walk,
    available_until,
    between,
    by_date,
    chosen,
    free_starts,
    grid_of,
    walk,
)
from booking.availability.window import window_barriers
from booking.core.instants import DAY, EARLIEST, LATEST, Instant
from booking.core.spans import Spans, gaps

_ONE = timedelta(days=1)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MARGIN_DAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquest:
    """All that is needed to name the reasons against any start of one question."""

    situation: Situation
    ask: Ask
    walked: Walk
    barriers: tuple[Barrier, ...]
    laid: tuple[Spans, ...]

    @classmethod
    def of(cls, situation: Situation, ask: Ask) -> Inquest:
        """Gather every rule's barriers over the period asked about.

        Errors: InvalidInput for a duration that is not offered.
        """
        return cls.over(situation, ask, walk(situation, ask))

    @classmethod
    def over(cls, situation: Situation, ask: Ask, walked: Walk) -> Inquest:
        """Do the same about a walk that was made already."""
        first = ask.start // DAY + _EPOCH_DAY - _MARGIN_DAYS
        last = ask.end // DAY + _EPOCH_DAY + _MARGIN_DAYS
        return cls(
            situation=situation,
            ask=ask,
            walked=walked,
            barriers=_barriers(situation, ask, walked),
            laid=tuple(lay(hours, first, last) for hours in situation.schedules),
        )

    def reasons(self, starts: Sequence[int]) -> list[tuple[Reason, ...]]:
        """Return the reasons against each of the sorted `starts`; none means it is offered."""
        firsts = self._firsts()
        named: list[tuple[Reason, ...]] = []
        for at, barred in zip(starts, _sweep(starts, self.barriers), strict=True):
            reasons = [*self._closed(at), *barred]
            if not reasons and firsts is not None and at not in firsts:
                reasons = self._not_first(at, firsts)
            named.append(tuple(reasons))
        return named

    def _closed(self, start: int) -> Iterator[Reason]:
        end = start + self.walked.lengths.duration
        rules = (None, "restriction")
        for hours, laid, rule in zip(self.situation.schedules, self.laid, rules, strict=False):
            for since, until in gaps(laid, start, end):
                yield from _why_closed(hours, laid, (since, until), rule)

    def _firsts(self) -> frozenset[int] | None:
        if not self.situation.rules.first_slot_only:
            return None
        return frozenset(chosen(self.situation, self.ask, self.walked))

    def _not_first(self, at: int, firsts: frozenset[int]) -> list[Reason]:
        """Name the first slot of the same date, which is the one offered there."""
        (_, (first, *_)), *_ = (
            group for group in by_date(sorted({*firsts, at}), self.ask.guest_zone) if at in group[1]
        )
        if first == at:
            return []
        end = Instant(first + self.walked.lengths.duration)
        start = Instant(first)
        return [Reason(code=ReasonCode.LIMIT, start=start, end=end, rule="first_slot_only")]


def candidates(
    situation: Situation, ask: Ask, walked: Walk
) -> tuple[frozenset[int], frozenset[int]]:
    """Return the starts on the grid as it stands, and those it would have but for a reason.

    The second kind is the grid of the opening hours before anything blocks, and that of the week
    before overrides, absences and the restriction.
    """
    grid, hours = grid_of(situation, walked.lengths), situation.host.hours
    ranges = open_ranges(situation.schedules, ask.start, ask.end)
    standing = free_starts(situation, walked, ranges, (ask.start, ask.end))
    week = open_ranges((hours,), ask.start, ask.end, weekly_only=True)
    nominal = grid.starts(ranges, hours) + grid.starts(week, hours)
    return frozenset(standing), frozenset(between(nominal, ask.start, ask.end))


def _barriers(situation: Situation, ask: Ask, walked: Walk) -> tuple[Barrier, ...]:
    rules, lengths = situation.rules, walked.lengths
    since, until = walked.window
    if rules.window.type == WindowType.ROLLING_AVAILABLE_DAYS:
        until = available_until(situation, walked)
    bookable = Instant(ask.now + lengths.notice)
    notice = Reason(code=ReasonCode.NOTICE, start=ask.now, end=bookable)
    period = (ask.start, ask.end)
    barriers = [
        Barrier(EARLIEST, bookable, notice),
        *window_barriers(rules.window, (since, until)),
        *limit_barriers(situation, ask, lengths.duration // 60, period),
        *blocks.block_barriers(situation, walked.own, lengths, period),
    ]
    if rules.on_stale == OnStale.HIDE:
        barriers += stale_barriers(situation.host, ask.now, lengths)
    return tuple(barriers)


def _sweep(starts: Sequence[int], barriers: tuple[Barrier, ...]) -> Iterator[list[Reason]]:
    """Yield the reasons of the barriers that hold each of the sorted `starts`."""
    queue = sorted(barriers, key=lambda barrier: barrier.start, reverse=True)
    around: list[Barrier] = []
    for at in starts:
        while queue and queue[-1].start <= at:
            around.append(queue.pop())
        around = [barrier for barrier in around if barrier.end > at]
        yield [barrier.reason for barrier in around if barrier.bars(at)]


def _why_closed(
    hours: WorkingHours, laid: Spans, closed: tuple[int, int], rule: str | None
) -> Iterator[Reason]:
    """Name what closes `closed`: an absence or override of its dates, else the hours."""
    day, last = day_of(closed[0], hours), day_of(closed[1] - 1, hours)
    while day <= last:
        yield _why_closed_on(day, hours, laid, closed, rule)
        day += _ONE


def _why_closed_on(
    day: date, hours: WorkingHours, laid: Spans, closed: tuple[int, int], rule: str | None
) -> Reason:
    for absence in hours.out_of_office:
        if absence.first <= day <= absence.last:
            code, first, last = ReasonCode.OUT_OF_OFFICE, absence.first, absence.last
            break
    else:
        if all(override.date != day for override in hours.overrides):
            start, end = _closed_around(laid, closed)
            return Reason(code=ReasonCode.OUTSIDE_HOURS, start=start, end=end, rule=rule)
        code, first, last = ReasonCode.OVERRIDE, day, day
    start, end = day_start(first, hours), day_start(last + _ONE, hours)
    return Reason(code=code, start=start, end=end, rule=rule)


def _closed_around(laid: Spans, closed: tuple[int, int]) -> tuple[Instant | None, Instant | None]:
    """Return the whole stretch between two openings around `closed`; None where none is near."""
    since = max((end for _, end in laid if end <= closed[0]), default=EARLIEST)
    until = min((start for start, _ in laid if start >= closed[1]), default=LATEST)
    return (
        None if since == EARLIEST else Instant(since),
        None if until == LATEST else Instant(until),
    )
