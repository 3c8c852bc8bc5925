"""What is not known: calendars read too long ago, and time beyond what was read of them.

Unknown is never free. What to do about it is the event type's `on_stale`, applied by the
calculator.
"""

from __future__ import annotations

from booking.availability.facts import (
    Coverage,
    Freshness,
    FreshnessState,
    HostFacts,
    Lengths,
)
from booking.availability.reasons import Barrier, Reason, ReasonCode
from booking.core.instants import EARLIEST, LATEST, Instant


def is_current(coverage: Coverage, now: Instant) -> bool:
    """Tell whether the calendar was read within its age limit, the limit itself included."""
    return coverage.synced_at is not None and now - coverage.synced_at <= coverage.max_age


def freshness(host: HostFacts, now: Instant, start: int, end: int) -> Freshness:
    """Return the worst state of the host's calendars over `[start, end)`.

    Never read, or not covering all of it: unknown. Read too long ago: stale.
    """
    state = FreshnessState.FRESH
    for coverage in host.coverage:
        if coverage.synced_at is None or (start < end and not _covers(coverage, start, end)):
            state = FreshnessState.UNKNOWN
        elif not is_current(coverage, now) and state is FreshnessState.FRESH:
            state = FreshnessState.STALE
    read = [coverage.synced_at for coverage in host.coverage]
    known = [moment for moment in read if moment is not None]
    is_complete = bool(read) and len(known) == len(read)
    return Freshness(state=state, as_of=min(known) if is_complete else None)


def _covers(coverage: Coverage, start: int, end: int) -> bool:
    return coverage.start <= start and end <= coverage.end


def stale_barriers(host: HostFacts, now: Instant, lengths: Lengths) -> list[Barrier]:
    """Return the starts of slots that reach, gaps included, into what is not known."""
    barriers: list[Barrier] = []
    for coverage in host.coverage:
        for start, end in _unknown(coverage, now):
            reason = Reason(
                code=ReasonCode.STALE,
                start=None if start == EARLIEST else start,
                end=None if end == LATEST else end,
                calendar_id=coverage.calendar_id,
            )
            first = start - lengths.duration - lengths.gap_after() + 1
            barriers.append(Barrier(first, end + lengths.gap_before(), reason))
    return barriers


def _unknown(coverage: Coverage, now: Instant) -> list[tuple[Instant, Instant]]:
    if not is_current(coverage, now):
        return [(EARLIEST, LATEST)]
    edges = [(EARLIEST, coverage.start), (coverage.end, LATEST)]
    return [(start, end) for start, end in edges if start < end]


def freshness_edges(
    host: HostFacts, now: Instant, notice: int, start: int, end: int
) -> list[Instant]:
    """Return the instants after `now` at which the state over `[start, end)` may change.

    A calendar grows too old, or the notice carries `start` past what was not covered.
    """
    edges: list[int] = []
    for coverage in host.coverage:
        if coverage.synced_at is not None and is_current(coverage, now):
            edges.append(coverage.synced_at + coverage.max_age + 1)
        if start < end and not _covers(coverage, start, end):
            edges += [coverage.start - notice, end - notice]
    return [Instant(edge) for edge in edges if edge > now]
