"""Random teams: hosts whose days and zones mostly meet, rooms, groups, and shared bookings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from hypothesis import strategies as st

from booking.availability.facts import Ask, Busy, HostFacts, OwnBlock
from booking.availability.hosts_facts import Resource, Scheduling, TeamHost, TeamSituation
from booking.availability.hours import WorkingHours
from tests.availability.strategies import calendar_rows, case_around, days, working_hours, zones

_SCHEDULINGS = (Scheduling.ROUND_ROBIN, Scheduling.ROUND_ROBIN, Scheduling.COLLECTIVE)


@dataclass(frozen=True, slots=True)
class TeamCase:
    """A team's situation and a question about it."""

    situation: TeamSituation
    ask: Ask


def team_cases() -> st.SearchStrategy[TeamCase]:
    """A question about a team around one of the days on which clocks change, or a plain one."""
    return days.flatmap(_team_around)


@cache
@st.composite
def _team_around(draw: st.DrawFn, around: date) -> TeamCase:
    """The question, rules and first host of a single case, with colleagues who are like it."""
    case = draw(case_around(around))
    first = case.situation.host
    others = range(draw(st.sampled_from((0, 1, 1, 2))))
    facts = [first, *(draw(_colleague(around, first)) for _ in others)]
    hosts = tuple(draw(_host(number, own)) for number, own in enumerate(facts, start=1))
    return TeamCase(
        situation=TeamSituation(
            rules=case.situation.rules,
            scheduling=draw(st.sampled_from(_SCHEDULINGS)),
            hosts=hosts,
            resources=draw(st.one_of(st.just(()), _rooms(around, first.busy.own))),
            restriction=case.situation.restriction,
            event_type_id=case.situation.event_type_id,
            clocks=draw(st.sampled_from((None, None, hosts[-1].facts.hours))),
            tallies=draw(st.sampled_from(((), first.tallies))),
        ),
        ask=case.ask,
    )


def _host(number: int, facts: HostFacts) -> st.SearchStrategy[TeamHost]:
    return st.builds(
        lambda die, group: TeamHost(host_id=number, facts=facts, is_fixed=die == 4, group=group),
        st.integers(0, 4),
        st.sampled_from((0, 0, 0, 1)),
    )


@st.composite
def _colleague(draw: st.DrawFn, around: date, first: HostFacts) -> HostFacts:
    """Somebody with the same hours or others, some of the same bookings, and own events."""
    own = draw(_some(first.busy.own))
    return HostFacts(
        hours=draw(_hours(around, first.hours)),
        busy=Busy(calendar=draw(calendar_rows(around)), own=own),
        floor_minutes=draw(st.sampled_from((0, 0, first.floor_minutes, 10))),
        coverage=draw(st.sampled_from(((), first.coverage))),
        tallies=draw(st.sampled_from(((), first.tallies))),
    )


def _hours(around: date, first: WorkingHours) -> st.SearchStrategy[WorkingHours]:
    shifted = st.integers(-12, 12).map(lambda fifth: _shifted(first, fifth * 5))
    elsewhere = zones.map(lambda where: replace(first, zone=where, out_of_office=()))
    return st.one_of(st.just(first), shifted, shifted, elsewhere, working_hours(around))


def _shifted(hours: WorkingHours, minutes: int) -> WorkingHours:
    """The same week, begun a little earlier or later."""
    mon, tue, wed, thu, fri, sat, sun = (
        tuple(
            (start + minutes, end + minutes)
            for start, end in day
            if start + minutes >= 0 and end + minutes <= 1440
        )
        for day in hours.weekly
    )
    return replace(hours, weekly=(mon, tue, wed, thu, fri, sat, sun))


def _some(blocks: tuple[OwnBlock, ...]) -> st.SearchStrategy[tuple[OwnBlock, ...]]:
    keep = st.lists(st.booleans(), min_size=len(blocks), max_size=len(blocks))
    return keep.map(
        lambda kept: tuple(b for b, is_kept in zip(blocks, kept, strict=True) if is_kept)
    )


def _rooms(around: date, own: tuple[OwnBlock, ...]) -> st.SearchStrategy[tuple[Resource, ...]]:
    return st.builds(
        lambda rows, kept, floor: (
            Resource(resource_id=90, busy=Busy(calendar=rows, own=kept), floor_minutes=floor),
        ),
        calendar_rows(around),
        _some(own),
        st.sampled_from((0, 10)),
    )
