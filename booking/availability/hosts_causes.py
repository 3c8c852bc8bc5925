"""Naming causes for several hosts: what bars a start for all, and what bars each member there.

Every member is examined by the `Inquest` of a single host. What the event type demands of all
(notice, window, its own limits, the restriction, the first slot only) is named once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from booking.availability.causes import Inquest
from booking.availability.facts import Ask, HostFacts, Situation
from booking.availability.hosts_facts import (
    MemberReasons,
    Rota,
    Scheduling,
    TeamSituation,
    always_open,
)
from booking.availability.hosts_grid import allowed, free_at
from booking.availability.hosts_opening import Openings, team_openings
from booking.availability.hosts_walk import (
    Openness,
    Standing,
    TeamWalk,
    grid_starts,
    open_starts,
    team_walk,
)
from booking.availability.reasons import Reason, ReasonCode
from booking.availability.rules import BookingWindow
from booking.core.instants import EARLIEST, LATEST
from booking.core.spans import Span, Spans, clip

Named = tuple[tuple[Reason, ...], tuple[MemberReasons, ...]]
"""What bars a start for all, and for each member whom something bars there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamInquest:
    """All that is needed to name the reasons against any start of one question."""

    rota: Rota
    found: TeamWalk
    shared: Inquest
    members: tuple[tuple[int, Inquest], ...]

    @classmethod
    def of(cls, situation: TeamSituation, ask: Ask) -> TeamInquest:
        """Examine an event type and each of its members over the period asked about.

        Errors: InvalidInput for a duration that is not offered.
        """
        found = team_walk(situation, ask)
        ids = [member.member_id for member in situation.members]
        inquests = [_of_member(standing, ask) for standing in found.standings]
        return cls(
            rota=Rota.of(situation),
            found=found,
            shared=_shared(situation, ask, found),
            members=tuple(zip(ids, inquests, strict=True)),
        )

    def reasons(self, starts: Sequence[int]) -> list[Named]:
        """Return the reasons against each of the sorted `starts`, for all and by member."""
        shared = self.shared.reasons(starts)
        columns = [_own_reasons(inquest, starts) for _, inquest in self.members]
        named: list[Named] = []
        for at, reasons in enumerate(shared):
            members = tuple(
                MemberReasons(member_id=member_id, reasons=column[at])
                for (member_id, _), column in zip(self.members, columns, strict=True)
                if column[at]
            )
            named.append((self._without_first(reasons, members), members))
        return named

    def is_open(self, named: Named) -> bool:
        """Tell whether those whom nothing bars can serve a start that nothing bars for all."""
        reasons, members = named
        return not reasons and self._can_serve(members)

    def host_hours(self, hosts: int, start: int, end: int) -> tuple[tuple[int, Spans], ...]:
        """Return when each host is open by their own hours in `[start, end)`."""
        return tuple(
            (host_id, clip(inquest.laid[0], start, end))
            for host_id, inquest in self.members[:hosts]
        )

    def _without_first(
        self, reasons: tuple[Reason, ...], members: tuple[MemberReasons, ...]
    ) -> tuple[Reason, ...]:
        """Leave out that it is not the day's first slot where it would be none anyway."""
        if self._can_serve(members):
            return reasons
        return tuple(reason for reason in reasons if reason.rule != "first_slot_only")

    def _can_serve(self, barred: tuple[MemberReasons, ...]) -> bool:
        ids = {member.member_id for member in barred}
        free = [1 << at for at, (member_id, _) in enumerate(self.members) if member_id not in ids]
        return bool(self.members) and self.rota.is_legal(sum(free))


def candidates(
    situation: TeamSituation, ask: Ask, found: TeamWalk
) -> tuple[frozenset[int], frozenset[int]]:
    """Return the starts on the grid as it stands, and those it would have but for a reason.

    The second kind is the grid of the team's hours before anything blocks, of any host's hours,
    and of any host's week alone: before overrides, absences and the restriction.
    """
    if not situation.hosts:
        return frozenset(), frozenset()
    period = (int(ask.start), int(ask.end))
    openings = team_openings(situation, *period)
    anyone = _anyone(situation)
    nominal = [
        *_nominal(situation, found, openings, period),
        *_nominal(anyone, found, team_openings(anyone, *period), period),
        *_nominal(anyone, found, team_openings(anyone, *period, weekly_only=True), period),
    ]
    standing = _standing(situation, open_starts(situation, found.standings, openings, period))
    return frozenset(standing), frozenset(nominal)


def _anyone(situation: TeamSituation) -> TeamSituation:
    """Return the same event type as if any host could serve alone."""
    hosts = tuple(replace(host, is_fixed=False, group=0) for host in situation.hosts)
    return replace(situation, scheduling=Scheduling.ROUND_ROBIN, hosts=hosts, resources=())


def _nominal(
    situation: TeamSituation, found: TeamWalk, openings: Openings, period: Span
) -> Iterator[int]:
    """Yield the possible starts of the grid that opening hours have before anything blocks."""
    rota, walked = Rota.of(situation), found.standings[0].walked
    each = [allowed(ranges, walked.lengths.duration) for ranges in openings.each]
    starts = grid_starts(situation, walked, each, period)
    for start, free in zip(starts, free_at(starts, each), strict=True):
        if rota.is_legal(free):
            yield start


def _standing(situation: TeamSituation, now: Openness) -> Iterator[int]:
    """Yield the starts that somebody could serve but for limits and doubt."""
    rota = Rota.of(situation)
    for start, free in zip(now.starts, now.free, strict=True):
        seated = now.sittings.get(start, ())
        if rota.is_legal(free) or any(rota.is_legal(sitting.bits) for sitting in seated):
            yield start


def _shared(situation: TeamSituation, ask: Ask, found: TeamWalk) -> Inquest:
    """Examine what the event type demands, as of a host who never closes and is never busy."""
    everyone = Situation(
        rules=situation.rules,
        host=HostFacts(hours=always_open(situation.counting), tallies=situation.tallies),
        restriction=situation.restriction,
        event_type_id=situation.event_type_id,
    )
    return Inquest.over(everyone, ask, replace(found.walked, own=()))


def _of_member(standing: Standing, ask: Ask) -> Inquest:
    """Examine one member, apart from what the event type demands of all."""
    rules = replace(
        standing.situation.rules,
        minimum_notice_minutes=0,
        window=BookingWindow(),
        first_slot_only=False,
    )
    walked = replace(standing.walked, window=(EARLIEST, LATEST))
    return Inquest.over(replace(standing.situation, rules=rules), ask, walked)


def _own_reasons(inquest: Inquest, starts: Sequence[int]) -> list[tuple[Reason, ...]]:
    return [
        tuple(reason for reason in reasons if reason.code != ReasonCode.NOTICE)
        for reasons in inquest.reasons(starts)
    ]
