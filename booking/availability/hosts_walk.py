"""The walk over a team's grid on which its listing, check and explanation all stand.

It finds every start that can be booked, with who is free there and whether doubt remains.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from booking.availability import blocks
from booking.availability.facts import Ask, Situation
from booking.availability.freshness import stale_barriers
from booking.availability.hosts_facts import Rota, TeamSituation
from booking.availability.hosts_grid import (
    Pairs,
    allowed,
    bits_within,
    free_at,
    possible,
    team_grid,
)
from booking.availability.hosts_opening import Openings, team_openings
from booking.availability.hosts_seats import Sitting, Sittings, sittings
from booking.availability.limits import limit_barriers
from booking.availability.reasons import Barrier
from booking.availability.rules import OnStale
from booking.availability.walk import Walk, before_walk, between, grid_of
from booking.core.spans import Span, Spans, join


class Place(NamedTuple):
    """What can be booked at a start: the bits of who may serve, the seats left, any doubt."""

    takers: int
    seats_left: int | None
    on_request: bool


class Standing(NamedTuple):
    """A member's situation, and a walk with the blocks that count and the member's own floor."""

    situation: Situation
    walked: Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamWalk:
    """One passage over the team's grid: `walked` as for one host, and the place at each start."""

    walked: Walk
    standings: tuple[Standing, ...]
    places: dict[int, Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Openness:
    """Starts before limits and doubt: for each the bits of who is free, and who sits there."""

    starts: tuple[int, ...]
    free: list[int]
    sittings: Sittings


def team_walk(situation: TeamSituation, ask: Ask) -> TeamWalk:
    """Go over the team's grid once and keep every start that can be booked.

    It covers more than was asked where a rule looks further, as `walk` does.
    Errors: InvalidInput for a duration that is not offered.
    """
    blank = before_walk(situation.lead, ask)
    standings = _standings(situation, ask, blank)
    own = tuple(block for standing in standings for block in standing.walked.own)
    blank = replace(blank, own=own)
    if blank.start == blank.end or not standings:
        return TeamWalk(walked=blank, standings=standings, places={})
    period = (blank.start, blank.end)
    openings = team_openings(situation, *period)
    found = open_starts(situation, standings, openings, period)
    places = _places(situation, ask, standings, found)
    on_request = frozenset(start for start, place in places.items() if place.on_request)
    walked = replace(blank, starts=tuple(places), on_request=on_request)
    return TeamWalk(walked=walked, standings=standings, places=places)


def _standings(situation: TeamSituation, ask: Ask, blank: Walk) -> tuple[Standing, ...]:
    """Return every member with the blocks that count against them."""
    found: list[Standing] = []
    for _, member in situation.members:
        lengths = replace(blank.lengths, floor=member.host.floor_minutes * 60)
        own = blocks.standing(member.host.busy, ask)
        found.append(Standing(member, replace(blank, lengths=lengths, own=own)))
    return tuple(found)


def open_starts(
    situation: TeamSituation,
    standings: tuple[Standing, ...],
    openings: Openings,
    period: tuple[int, int],
) -> Openness:
    """Return the starts in `period` of the grid as it stands, and of seats that are left."""
    each = [_allowed(*pair) for pair in zip(standings, openings.each, strict=True)]
    seats = sittings(standings, openings.each, period)
    starts = grid_starts(situation, standings[0].walked, each, period)
    if seats:
        starts = sorted({*starts, *seats})
    return Openness(starts=tuple(starts), free=free_at(starts, each), sittings=seats)


def grid_starts(
    situation: TeamSituation, walked: Walk, each: list[Pairs], period: tuple[int, int]
) -> list[int]:
    """Return the grid's starts in `period` over what each member allows; not all are possible."""
    grid = grid_of(situation.lead, walked.lengths)
    grids = team_grid(possible(each, Rota.of(situation)), grid, situation.counting)
    return between(grids, *period)


def _allowed(standing: Standing, ranges: Spans) -> Pairs:
    walked = standing.walked
    busy = blocks.taken(standing.situation.host.busy, walked.own, walked.lengths)
    return allowed(blocks.cut(ranges, busy), walked.lengths.duration)


def _places(
    situation: TeamSituation, ask: Ask, standings: tuple[Standing, ...], found: Openness
) -> dict[int, Place]:
    """Return what can be booked, after limits and doubt, at each start that can be."""
    if not found.starts:
        return {}
    period = (found.starts[0], found.starts[-1] + 1)
    lead = Standing(situation.lead, standings[0].walked)
    full = bits_within(found.starts, [_stretches(_full(lead, ask, period))])
    barred = [_stretches(_barriers(standing, ask, period)) for standing in standings]
    unsure = [_stretches(_doubts(standing, ask, OnStale.REQUEST)) for standing in standings]
    rota, seats, places = Rota.of(situation), situation.rules.seats, dict[int, Place]()
    columns = zip(
        found.starts,
        full,
        found.free,
        bits_within(found.starts, barred),
        bits_within(found.starts, unsure),
        strict=True,
    )
    for start, is_full, free, bars, doubts in columns:
        offers = *found.sittings.get(start, ()), Sitting(seats, free)
        place = None if is_full else _place(rota, offers, bars, doubts)
        if place is not None:
            places[start] = place
    return places


def _place(rota: Rota, offers: Iterable[Sitting], barred: int, doubtful: int) -> Place | None:
    """Return the first offer that those who are not barred can make together."""
    for left, bits in offers:
        able = bits & ~barred
        if rota.is_legal(able):
            takers, is_doubtful = rota.takers(able, doubtful)
            return Place(takers, left, is_doubtful)
    return None


def _barriers(standing: Standing, ask: Ask, period: Span) -> list[Barrier]:
    """Return what bars one member's starts though they are free."""
    return _full(standing, ask, period) + _doubts(standing, ask, OnStale.HIDE)


def _full(standing: Standing, ask: Ask, period: Span) -> list[Barrier]:
    return limit_barriers(standing.situation, ask, standing.walked.lengths.duration // 60, period)


def _doubts(standing: Standing, ask: Ask, on_stale: OnStale) -> list[Barrier]:
    """Return where a member's calendars are not known well enough, if that means `on_stale`."""
    if standing.situation.rules.on_stale != on_stale:
        return []
    return stale_barriers(standing.situation.host, ask.now, standing.walked.lengths)


def _stretches(barriers: Iterable[Barrier]) -> Spans:
    return join((barrier.start, barrier.end) for barrier in barriers)
