"""Several hosts of one event type, as the engine is given them and as it answers about them.

Units and provenance are those of `booking.availability.facts`; who is chosen in the end is left
to `booking.availability.hosts_choice`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from booking.availability.facts import Busy, Coverage, Freshness, HostFacts, Situation, Tally
from booking.availability.hours import DAY_MINUTES, Week, WorkingHours
from booking.availability.reasons import Reason
from booking.availability.rules import OnStale, SlotRules
from booking.core.instants import Instant
from booking.core.spans import Spans
from booking.core.zones import zone

_WHOLE_DAY: Spans = ((0, DAY_MINUTES),)
ALWAYS: Week = (_WHOLE_DAY,) * 7


class Scheduling(StrEnum):
    """How hosts share an event type; the names of the API."""

    SINGLE = "single"
    COLLECTIVE = "collective"
    ROUND_ROBIN = "round_robin"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamHost:
    """A host with facts of their own: hours, zone, busy time, floor, coverage, limits.

    In a round robin a fixed host always takes part, and of each group one of the others.
    `facts.tallies` close days to this host alone, counted in the host's own zone.
    """

    host_id: int
    facts: HostFacts
    is_fixed: bool = False
    group: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A room or a piece of equipment: always needed, without hours of its own.

    `coverage` and `on_stale` are those of its calendars, as for a host.
    """

    resource_id: int
    busy: Busy = field(default_factory=Busy)
    floor_minutes: int = 0
    coverage: tuple[Coverage, ...] = ()
    on_stale: OnStale | None = None


class Member(NamedTuple):
    """A host or a resource as the engine goes through them."""

    member_id: int
    situation: Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSituation:
    """An event type with its hosts and resources.

    `clocks` is the schedule in whose zone the one grid, dates, window and `tallies` (limits of
    the event type itself) are counted: the event type's own, else the first host's. It opens
    nothing by itself. Without hosts nothing is offered.
    Errors: ValueError where an id stands twice, or there is neither a host nor `clocks`.
    """

    rules: SlotRules
    scheduling: Scheduling
    hosts: tuple[TeamHost, ...]
    resources: tuple[Resource, ...] = ()
    restriction: WorkingHours | None = None
    event_type_id: int | None = None
    clocks: WorkingHours | None = None
    tallies: tuple[Tally, ...] = ()

    def __post_init__(self) -> None:
        ids = [host.host_id for host in self.hosts]
        ids += [resource.resource_id for resource in self.resources]
        if len(set(ids)) < len(ids):
            raise ValueError("A host or resource takes part once.")
        if not self.hosts and self.clocks is None:
            raise ValueError("Without hosts, say whose clocks count.")

    @property
    def counting(self) -> WorkingHours:
        """Return the schedule whose clocks and dates count."""
        return self.clocks or self.hosts[0].facts.hours

    @property
    def required(self) -> tuple[TeamHost, ...]:
        """Return the hosts who always take part."""
        is_open = self.scheduling == Scheduling.ROUND_ROBIN
        return tuple(host for host in self.hosts if host.is_fixed or not is_open)

    @property
    def groups(self) -> tuple[tuple[TeamHost, ...], ...]:
        """Return the groups of which one host each takes part, by number."""
        if self.scheduling != Scheduling.ROUND_ROBIN:
            return ()
        turns = [host for host in self.hosts if not host.is_fixed]
        numbers = sorted({host.group for host in turns})
        return tuple(tuple(host for host in turns if host.group == at) for at in numbers)

    @property
    def lead(self) -> Situation:
        """Return the event type as if one host stood for all: rules, clocks, limits, coverage."""
        facts = HostFacts(
            hours=self.counting,
            floor_minutes=self._largest_floor(),
            coverage=tuple(known for _, facts in self._everybody() for known in facts.coverage),
            tallies=self.tallies,
        )
        return Situation(rules=self.rules, host=facts, event_type_id=self.event_type_id)

    @property
    def members(self) -> tuple[Member, ...]:
        """Return hosts, then resources: a member's place here is its bit in a `Rota`."""
        return tuple(
            Member(
                member_id,
                Situation(
                    rules=_rules_for(self.rules, facts),
                    host=facts,
                    event_type_id=self.event_type_id,
                ),
            )
            for member_id, facts in self._everybody()
        )

    def _everybody(self) -> list[tuple[int, HostFacts]]:
        facts = [(host.host_id, host.facts) for host in self.hosts]
        return facts + [(each.resource_id, _facts_of(each)) for each in self.resources]

    def _largest_floor(self) -> int:
        floors = [host.facts.floor_minutes for host in self.hosts]
        floors += [resource.floor_minutes for resource in self.resources]
        return max(floors, default=0)


def always_open(hours: WorkingHours) -> WorkingHours:
    """Return the clocks of `hours` without its closing times."""
    return replace(hours, weekly=ALWAYS, overrides=(), out_of_office=())


_NO_HOURS = WorkingHours(zone=zone("UTC"), weekly=ALWAYS)


def _facts_of(resource: Resource) -> HostFacts:
    return HostFacts(
        hours=_NO_HOURS,
        busy=resource.busy,
        floor_minutes=resource.floor_minutes,
        coverage=resource.coverage,
        on_stale=resource.on_stale,
    )


def _rules_for(rules: SlotRules, facts: HostFacts) -> SlotRules:
    return rules if facts.on_stale is None else replace(rules, on_stale=facts.on_stale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """Who is needed together, as sets of bits: all of `required`, and one of each group."""

    required: int
    groups: tuple[int, ...]

    @classmethod
    def of(cls, situation: TeamSituation) -> Rota:
        """Return the rota of an event type."""
        places = {member.member_id: 1 << at for at, member in enumerate(situation.members)}
        required = [host.host_id for host in situation.required]
        required += [resource.resource_id for resource in situation.resources]
        return cls(
            required=sum(places[member_id] for member_id in required),
            groups=tuple(sum(places[host.host_id] for host in group) for group in situation.groups),
        )

    def is_legal(self, free: int) -> bool:
        """Tell whether those who are free can serve a guest together."""
        return free & self.required == self.required and all(free & group for group in self.groups)

    def takers(self, free: int, doubtful: int) -> tuple[int, bool]:
        """Return who may serve, and whether doubt remains; of each group the certain ones first.

        `free` must be legal; `doubtful` are those of whom a calendar is not known well enough.
        """
        takers, is_doubtful = self.required, bool(self.required & doubtful)
        for group in self.groups:
            certain = free & group & ~doubtful
            takers |= certain or free & group
            is_doubtful = is_doubtful or not certain
        return takers, is_doubtful


class TeamSlot(NamedTuple):
    """A time that can be booked with several hosts.

    The first four fields are a `Slot`'s. `free` are the hosts among whom one chooses, fixed ones
    included, in the order of the event type; whoever is chosen, the other fields hold.
    """

    start: Instant
    end: Instant
    seats_left: int | None
    on_request: bool
    free: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamAnswer:
    """Slots in order; the rest as in `Answer`, the freshness being that of the worst host."""

    slots: tuple[TeamSlot, ...]
    freshness: Freshness
    good_until: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReasons:
    """Every reason why one host or resource cannot take part."""

    member_id: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamVerdict:
    """The answer about one start: its slot, or every reason of the event type and its members."""

    slot: TeamSlot | None
    reasons: tuple[Reason, ...] = ()
    members: tuple[MemberReasons, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Tell whether the start can be booked now."""
        return self.slot is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCandidate:
    """A start on the grid, what bars it for all, and what bars it for single members.

    `free` are the hosts who could serve there, none where it is not offered.
    """

    start: Instant
    end: Instant
    reasons: tuple[Reason, ...]
    members: tuple[MemberReasons, ...]
    free: tuple[int, ...]

    @property
    def is_offered(self) -> bool:
        """Tell whether it can be booked, be it with some of the hosts only."""
        return bool(self.free)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamDay:
    """One of the guest's dates: when the team is open, each host's own hours, the candidates."""

    date: date
    hours: Spans
    host_hours: tuple[tuple[int, Spans], ...]
    candidates: tuple[TeamCandidate, ...]
