"""Plain factories for teams: hosts in UTC, open alike on every day, numbered from 1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from booking.availability.facts import Busy, CalendarBlock, HostFacts, OwnBlock
from booking.availability.hosts import find_team_slots
from booking.availability.hosts_facts import (
    Resource,
    Scheduling,
    TeamHost,
    TeamSituation,
    TeamSlot,
)
from booking.availability.hours import WorkingHours
from booking.availability.rules import SlotRules
from tests.availability.scene import EVENT_TYPE, UTC, ask, daily, wall


def host(
    number: int,
    hours: str | WorkingHours = "09:00-12:00",
    *,
    busy: Iterable[CalendarBlock] = (),
    own: Iterable[OwnBlock] = (),
    where: ZoneInfo = UTC,
    is_fixed: bool = False,
    group: int = 0,
    **facts: Any,
) -> TeamHost:
    """Return a host who is open alike on every day of their zone."""
    if isinstance(hours, str):
        hours = WorkingHours(zone=where, weekly=daily(hours))
    blocks = Busy(calendar=tuple(sorted(busy)), own=tuple(own))
    return TeamHost(
        host_id=number,
        facts=HostFacts(hours=hours, busy=blocks, **facts),
        is_fixed=is_fixed,
        group=group,
    )


def room(*own: OwnBlock, floor: int = 0) -> Resource:
    """Return a room with its bookings."""
    return Resource(resource_id=90, busy=Busy(own=own), floor_minutes=floor)


def robin(*hosts: TeamHost, duration: int = 60, **more: Any) -> TeamSituation:
    """Return a round robin that may be booked at once; rules and facts by name."""
    return _team(Scheduling.ROUND_ROBIN, hosts, duration, more)


def together(*hosts: TeamHost, duration: int = 60, **more: Any) -> TeamSituation:
    """Return a collective event type that may be booked at once."""
    return _team(Scheduling.COLLECTIVE, hosts, duration, more)


def _team(
    scheduling: Scheduling, hosts: tuple[TeamHost, ...], duration: int, more: dict[str, Any]
) -> TeamSituation:
    names = ("resources", "restriction", "clocks", "tallies")
    facts = {name: more.pop(name) for name in names if name in more}
    more.setdefault("minimum_notice_minutes", 0)
    return TeamSituation(
        rules=SlotRules(duration_minutes=duration, **more),
        scheduling=scheduling,
        hosts=hosts,
        event_type_id=EVENT_TYPE,
        **facts,
    )


def slots(situation: TeamSituation) -> tuple[TeamSlot, ...]:
    """Return what is offered on MONDAY."""
    return find_team_slots(situation, ask()).slots


def offered(situation: TeamSituation) -> dict[str, tuple[int, ...]]:
    """Return who is free at each wall time that is offered on MONDAY."""
    return {wall(slot.start): slot.free for slot in slots(situation)}
