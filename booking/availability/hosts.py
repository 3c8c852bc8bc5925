"""Slots of an event type with several hosts: listed, asked for one by one, explained.

`collective`: all hosts are free. `round_robin`: any host is free in the whole slot, fixed hosts
always, and of each group one. Resources are always needed. The three questions stand on one walk
(`booking.availability.hosts_walk`), as they do for one host; who of the free gets the booking is
decided by `booking.availability.hosts_choice`.
"""

from __future__ import annotations

from booking.availability.calculator import Needed, at, good_until, guest_days
from booking.availability.facts import Ask, Lengths
from booking.availability.freshness import freshness
from booking.availability.hosts_causes import Named, TeamInquest, candidates
from booking.availability.hosts_facts import (
    TeamAnswer,
    TeamCandidate,
    TeamDay,
    TeamSituation,
    TeamSlot,
    TeamVerdict,
)
from booking.availability.hosts_opening import team_openings
from booking.availability.hosts_walk import TeamWalk, team_walk
from booking.availability.limits import counted_span
from booking.availability.reasons import Reason, ReasonCode
from booking.availability.walk import by_date, offered, stretch_of
from booking.core.instants import DAY, Instant
from booking.core.spans import Span, clip


def team_needed(situation: TeamSituation, ask: Ask) -> Needed:
    """Return what must be gathered of every member to answer `ask`; more does no harm.

    `counted` serves the event type's limits and each host's own.
    Errors: InvalidInput for a duration that is not offered.
    """
    lead = situation.lead
    lengths = Lengths.of(lead, ask)
    start, end = stretch_of(lead, ask)
    ranges = team_openings(situation, start, end).ranges
    first = min(start, ranges[0][0]) if ranges else start
    last = max(end, ranges[-1][1]) if ranges else end
    calendar = (first - lengths.gap_before(), last + lengths.duration + lengths.gap_after())
    return Needed(
        calendar=calendar,
        own=(calendar[0] - DAY, calendar[1] + DAY),
        counted=_counted(situation, start, end),
    )


def find_team_slots(situation: TeamSituation, ask: Ask) -> TeamAnswer:
    """Return every slot that starts in the period asked about and can be booked now.

    Errors: InvalidInput for a duration that is not offered; ValueError for unsorted busy rows.
    Source: docs/availability.md, "Several hosts".
    """
    found = team_walk(situation, ask)
    lead, walked = situation.lead, found.walked
    start, end = max(ask.start, walked.start), min(ask.end, walked.end)
    return TeamAnswer(
        slots=_slots(situation, ask, found),
        freshness=freshness(lead.host, ask.now, start, max(start, end)),
        good_until=good_until(lead, ask, walked),
    )


def check_team_slot(situation: TeamSituation, ask: Ask, start: Instant) -> TeamVerdict:
    """Tell whether the slot that starts at `start` can be booked now, and with whom.

    It is the listing of this one instant, so it agrees with `find_team_slots` whatever the
    period. Gather with `team_needed(situation, at(ask, start))`.
    Errors: InvalidInput for a duration that is not offered.
    """
    narrow = at(ask, start)
    slots = find_team_slots(situation, narrow).slots
    if slots:
        return TeamVerdict(slot=slots[0])
    return refuse_team_slot(situation, ask, start)


def refuse_team_slot(situation: TeamSituation, ask: Ask, start: Instant) -> TeamVerdict:
    """Return every reason of the event type and its members against `start`, bookable or not."""
    ((reasons, members),) = TeamInquest.of(situation, at(ask, start)).reasons([start])
    if not reasons and not members:
        reasons = (Reason(code=ReasonCode.OFF_GRID, start=start),)
    return TeamVerdict(slot=None, reasons=reasons, members=members)


def explain_team(situation: TeamSituation, ask: Ask) -> tuple[TeamDay, ...]:
    """Return every candidate of each of the guest's dates, with all reasons against it.

    A candidate is offered if and only if nothing bars it for all, and those members whom nothing
    bars can serve it; with seats, they must also sit together.
    Errors: as `find_team_slots`.
    """
    inquest = TeamInquest.of(situation, ask)
    standing, nominal = candidates(situation, ask, inquest.found)
    starts = sorted({*standing, *nominal})
    named = dict(zip(starts, inquest.reasons(starts), strict=True))
    kept = [at for at in starts if at in standing or not inquest.is_open(named[at])]
    slots = {int(slot.start): slot for slot in _slots(situation, ask, inquest.found)}
    days = dict(by_date(kept, ask.guest_zone))
    ranges = team_openings(situation, ask.start, ask.end).ranges
    duration = inquest.found.walked.lengths.duration
    return tuple(
        TeamDay(
            date=day,
            hours=clip(ranges, since, until),
            host_hours=inquest.host_hours(len(situation.hosts), since, until),
            candidates=tuple(
                _candidate(at, duration, named[at], slots.get(at)) for at in days.get(day, ())
            ),
        )
        for day, since, until in guest_days(ask)
    )


def _slots(situation: TeamSituation, ask: Ask, found: TeamWalk) -> tuple[TeamSlot, ...]:
    """Return what is offered of a walk; the same people are named in one tuple."""
    duration, names = found.walked.lengths.duration, dict[int, tuple[int, ...]]()
    slots: list[TeamSlot] = []
    for start in offered(situation.lead, ask, found.walked):
        place = found.places[start]
        if place.takers not in names:
            names[place.takers] = _hosts_of(situation, place.takers)
        free = names[place.takers]
        end = Instant(start + duration)
        slots.append(TeamSlot(Instant(start), end, place.seats_left, place.on_request, free))
    return tuple(slots)


def _hosts_of(situation: TeamSituation, bits: int) -> tuple[int, ...]:
    return tuple(host.host_id for at, host in enumerate(situation.hosts) if bits >> at & 1)


def _candidate(at: int, duration: int, named: Named, slot: TeamSlot | None) -> TeamCandidate:
    reasons, members = named
    return TeamCandidate(
        start=Instant(at),
        end=Instant(at + duration),
        reasons=reasons,
        members=members,
        free=() if slot is None else slot.free,
    )


def _counted(situation: TeamSituation, start: int, end: int) -> Span | None:
    """Return where bookings start that the event type's limits count, or any host's own."""
    asked = [situation.lead, *(member.situation for member in situation.members)]
    spans = [span for each in asked if (span := counted_span(each, start, end)) is not None]
    if not spans:
        return None
    return min(since for since, _ in spans), max(until for _, until in spans)
