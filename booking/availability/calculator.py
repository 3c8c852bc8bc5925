"""The slot calculator: one walk over the grid, asked for a list, for one start, or for reasons.

`find_slots` lists; `check_slot` answers for one start by the same walk, so that booking can
never disagree with the page; `explain` names what bars the other starts; `needed` tells what to
gather before any of them. Facts are gathered elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from booking.availability import blocks
from booking.availability.causes import Inquest, candidates
from booking.availability.facts import Answer, Ask, Lengths, Situation, Slot
from booking.availability.freshness import freshness, freshness_edges
from booking.availability.limits import counted_span
from booking.availability.opening import day_of, day_start, open_ranges
from booking.availability.reasons import Reason, ReasonCode
from booking.availability.rules import WindowType
from booking.availability.walk import Walk, by_date, offered, stretch_of, walk
from booking.core.instants import DAY, Instant
from booking.core.spans import Span, Spans, clip
from booking.core.zones import local_date, wall_to_instant

_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """The instants to gather rows for: every block that touches its span, ends included.

    `own` is wider than `calendar` by the largest buffer a booking can bring along. `counted` is
    where bookings start that limits count, None where no limit is set.
    """

    calendar: Span
    own: Span
    counted: Span | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer about one start: the slot that can be booked there, or every reason why not."""

    slot: Slot | None
    reasons: tuple[Reason, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Tell whether the start can be booked now."""
        return self.slot is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A start on the grid and what bars it; no reason means that it is offered."""

    start: Instant
    end: Instant
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedDay:
    """One of the guest's dates: the opening hours inside it, and its candidates in order."""

    date: date
    hours: Spans
    candidates: tuple[Candidate, ...]


def needed(situation: Situation, ask: Ask) -> Needed:
    """Return what must be gathered to answer `ask`; more does no harm.

    The free range that holds a slot decides where it starts, so busy time is needed to both
    ends of the opening hours that touch the period, and beyond them by the buffers.
    Errors: InvalidInput for a duration that is not offered.
    """
    lengths = Lengths.of(situation, ask)
    start, end = stretch_of(situation, ask)
    ranges = open_ranges(situation.schedules, start, end)
    first = min(start, ranges[0][0]) if ranges else start
    last = max(end, ranges[-1][1]) if ranges else end
    calendar = (first - lengths.gap_before(), last + lengths.duration + lengths.gap_after())
    return Needed(
        calendar=calendar,
        own=(calendar[0] - DAY, calendar[1] + DAY),
        counted=counted_span(situation, start, end),
    )


def find_slots(situation: Situation, ask: Ask) -> Answer:
    """Return every slot that starts in the period asked about and can be booked now.

    Errors: InvalidInput for a duration that is not offered; ValueError for unsorted busy rows.
    Source: docs/availability.md.
    """
    walked = walk(situation, ask)
    shown = offered(situation, ask, walked)
    seats = blocks.seated(situation, walked.own, walked.lengths)
    duration, default, on_request = (
        walked.lengths.duration,
        situation.rules.seats,
        walked.on_request,
    )
    slots = [
        Slot(Instant(at), Instant(at + duration), seats.get(at, default), at in on_request)
        for at in shown
    ]
    start, end = max(ask.start, walked.start), min(ask.end, walked.end)
    return Answer(
        slots=tuple(slots),
        freshness=freshness(situation.host, ask.now, start, max(start, end)),
        good_until=good_until(situation, ask, walked),
    )


def check_slot(situation: Situation, ask: Ask, start: Instant) -> Verdict:
    """Tell whether the slot that starts at `start` can be booked now; `ask` lends the rest.

    It is the listing of this one instant, so it agrees with `find_slots` whatever the period.
    Gather with `needed(situation, at(ask, start))`.
    Errors: InvalidInput for a duration that is not offered.
    """
    narrow = at(ask, start)
    answer = find_slots(situation, narrow)
    if answer.slots:
        return Verdict(slot=answer.slots[0])
    reasons = Inquest.of(situation, narrow).reasons([start])[0]
    return Verdict(slot=None, reasons=reasons or (Reason(code=ReasonCode.OFF_GRID, start=start),))


def at(ask: Ask, start: Instant) -> Ask:
    """Return the same question about the one instant `start`."""
    return replace(ask, start=start, end=Instant(start + 1))


def explain(situation: Situation, ask: Ask) -> tuple[ExplainedDay, ...]:
    """Return every candidate of each of the guest's dates, with all its reasons.

    Candidates are the grid as it stands, and whatever the opening hours or the week alone would
    have offered but for a reason. A candidate is offered if and only if it has none.
    Errors: as `find_slots`.
    """
    inquest = Inquest.of(situation, ask)
    standing, nominal = candidates(situation, ask, inquest.walked)
    starts = sorted({*standing, *nominal})
    named = dict(zip(starts, inquest.reasons(starts), strict=True))
    kept = [start for start in starts if named[start] or start in standing]
    grouped = dict(by_date(kept, ask.guest_zone))
    ranges = open_ranges(situation.schedules, ask.start, ask.end)
    duration = inquest.walked.lengths.duration
    return tuple(
        ExplainedDay(
            date=day,
            hours=clip(ranges, since, until),
            candidates=tuple(
                Candidate(start=Instant(s), end=Instant(s + duration), reasons=named[s])
                for s in grouped.get(day, ())
            ),
        )
        for day, since, until in guest_days(ask)
    )


def grouped(slots: tuple[Slot, ...], zone: ZoneInfo) -> tuple[tuple[date, tuple[Slot, ...]], ...]:
    """Return slots by the date that the guest's calendar shows at their start, in order."""
    found = {slot.start: slot for slot in slots}
    groups = by_date([slot.start for slot in slots], zone)
    return tuple((day, tuple(found[Instant(s)] for s in starts)) for day, starts in groups)


def guest_days(ask: Ask) -> list[tuple[date, int, int]]:
    """Return the guest's dates that the period touches, with their ends."""
    days: list[tuple[date, int, int]] = []
    day = local_date(ask.start, ask.guest_zone)
    since = wall_to_instant(day, 0, ask.guest_zone)
    while since < ask.end:
        until = wall_to_instant(day + _ONE, 0, ask.guest_zone)
        if since < until:
            days.append((day, since, until))
        day, since = day + _ONE, until
    return days


def good_until(situation: Situation, ask: Ask, walked: Walk) -> Instant | None:
    """Return the next instant at which time alone may change the answer.

    The first slot falls under the notice, a hold ends, a calendar grows too old, or a rolling
    window moves on at midnight: no other rule looks at the present.
    """
    seen = _seen(ask, walked)
    edges = freshness_edges(situation.host, ask.now, walked.lengths.notice, *seen)
    edges += [block.expires_at for block in walked.own if block.expires_at is not None]
    if walked.starts:
        edges.append(Instant(walked.starts[0] - walked.lengths.notice + 1))
    if _moves_at_midnight(situation, ask, walked):
        tomorrow = day_of(ask.now, situation.host.hours) + _ONE
        edges.append(day_start(tomorrow, situation.host.hours))
    return min(edges, default=None)


def _moves_at_midnight(situation: Situation, ask: Ask, walked: Walk) -> bool:
    """Tell whether the window's end lies inside the period and moves on with the date."""
    kind = situation.rules.window.type
    if kind == WindowType.ROLLING_AVAILABLE_DAYS:
        return True
    is_rolling = kind in {WindowType.ROLLING_DAYS, WindowType.ROLLING_BUSINESS_DAYS}
    return is_rolling and ask.end > walked.window[1]


def _seen(ask: Ask, walked: Walk) -> tuple[int, int]:
    """Return the part of the period asked about that notice and window leave."""
    start = max(ask.start, walked.start)
    return start, max(start, min(ask.end, walked.end))
