"""Why not? With several hosts each is named with their own cause, and the team with its own."""

from __future__ import annotations

from typing import Any

import pytest

from booking.availability.facts import Counted, Tally
from booking.availability.hosts import explain_team
from booking.availability.hosts_facts import MemberReasons, TeamCandidate, TeamSituation
from booking.availability.hours import WorkingHours
from booking.availability.reasons import Reason
from booking.availability.rules import BookingWindow, Limits, OnStale, PeriodLimits, WindowType
from tests.availability.scene import (
    EVENT_TYPE,
    MONDAY,
    UTC,
    ask,
    at,
    away,
    booking,
    daily,
    event,
    hold,
    override,
    wall,
)
from tests.availability.situations import stale
from tests.availability.team_scene import host, robin, room, together

BUSY = [event("10:00", "11:00")]
FULL = Tally(limits=Limits(bookings=PeriodLimits(day=1)), counted=(Counted(at(MONDAY), 60),))


def closed(**more: Any) -> WorkingHours:
    return WorkingHours(zone=UTC, weekly=daily("09:00-12:00"), **more)


def candidates(team: TeamSituation, **more: Any) -> dict[str, TeamCandidate]:
    """Return the candidates of MONDAY by their wall time."""
    return {wall(c.start): c for day in explain_team(team, ask(**more)) for c in day.candidates}


def told(candidate: TeamCandidate) -> list[str]:
    """Return "code" for a cause that bars all, "member code" for one that bars a member."""
    named = [str(reason.code) for reason in candidate.reasons]
    for member in candidate.members:
        named += [f"{member.member_id} {reason.code}" for reason in member.reasons]
    return named


SITUATIONS: list[tuple[str, TeamSituation, list[str]]] = [
    ("all are needed and one is busy", together(host(1, busy=BUSY), host(2)), ["1 busy_calendar"]),
    ("all are busy", robin(host(1, busy=BUSY), host(2, own=[booking("10:00", "11:00")])),
     ["1 busy_calendar", "2 booking"]),
    ("the fixed host is busy", robin(host(1, is_fixed=True, busy=BUSY), host(2)),
     ["1 busy_calendar"]),
    ("one group has nobody left",
     robin(host(1, group=1), host(2, group=2, busy=BUSY)), ["2 busy_calendar"]),
    ("the room is booked", robin(host(1), resources=(room(booking("10:00", "11:00")),)),
     ["90 booking"]),
    ("the room is held", together(host(1), resources=(room(hold("10:30", "11:00")),)),
     ["90 hold"]),
    ("the room's floor", together(host(1), resources=(room(booking("11:00", "12:00"), floor=5),)),
     ["90 buffer"]),
    ("one host's floor",
     together(host(1, busy=[event("11:00", "12:00")], floor_minutes=5), host(2)),
     ["1 buffer"]),
    ("hours that end too early", together(host(1), host(2, "11:00-12:00")), ["2 outside_hours"]),
    ("an absence", together(host(1), host(2, closed(out_of_office=(away(MONDAY, MONDAY),)))),
     ["2 out_of_office"]),
    ("an override", robin(host(1, closed(overrides=(override(MONDAY),)))), ["1 override"]),
    ("the team's restriction",
     robin(host(1), restriction=WorkingHours(zone=UTC, weekly=daily("11:00-12:00"))),
     ["outside_hours"]),
    ("the event type is full", robin(host(1), host(2), tallies=(FULL,)), ["limit"]),
    ("one host is full", together(host(1, tallies=(FULL,)), host(2)), ["1 limit"]),
    ("the window", robin(host(1), window=BookingWindow(type=WindowType.ROLLING_DAYS, days=1)),
     ["window"]),
    ("not the first slot", robin(host(1), host(2), first_slot_only=True), ["limit"]),
    ("a host who is not known",
     robin(host(1, **stale("2026-11-01", "2026-12-01", None)), on_stale=OnStale.HIDE),
     ["1 stale"]),
    ("a sitting that is full",
     robin(host(1, own=[booking("10:00", "11:00", event_type_id=EVENT_TYPE)]), seats=1),
     ["1 booking"]),
    ("everything at once",
     together(host(1, busy=BUSY), host(2, own=[hold("10:00", "11:00")]), tallies=(FULL,)),
     ["limit", "1 busy_calendar", "2 hold"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("team", "expected"),
    [situation[1:] for situation in SITUATIONS],
    ids=[situation[0] for situation in SITUATIONS],
)
def test_the_cause_and_its_member_are_named(team: TeamSituation, expected: list[str]) -> None:
    candidate = candidates(team)["10:00"]

    assert told(candidate) == expected
    assert not candidate.is_offered


def test_a_slot_that_some_can_serve_names_why_the_others_cannot() -> None:
    candidate = candidates(robin(host(1, busy=BUSY), host(2)))["10:00"]

    assert (candidate.free, told(candidate)) == ((2,), ["1 busy_calendar"])


def test_notice_is_named_once_for_all() -> None:
    team = robin(host(1), host(2), minimum_notice_minutes=60)

    assert told(candidates(team, now=f"{MONDAY} 09:30")["10:00"]) == ["notice"]


def test_a_members_reason_carries_the_row_behind_it() -> None:
    candidate = candidates(together(host(1), host(2, busy=BUSY)))["10:00"]

    (member,) = candidate.members
    assert member == MemberReasons(
        member_id=2,
        reasons=(
            Reason(
                code=member.reasons[0].code,
                start=at(f"{MONDAY} 10:00"),
                end=at(f"{MONDAY} 11:00"),
                calendar_id=1,
                ref=101,
            ),
        ),
    )


def test_each_date_shows_when_the_team_and_each_host_is_open() -> None:
    team = together(host(1, "09:00-11:00"), host(2, "10:00-12:00"), resources=(room(),))

    (day,) = explain_team(team, ask())

    assert [[wall(edge) for edge in span] for span in day.hours] == [["10:00", "11:00"]]
    hours = {host_id: [wall(edge) for edge in spans[0]] for host_id, spans in day.host_hours}
    assert hours == {1: ["09:00", "11:00"], 2: ["10:00", "12:00"]}


def test_a_team_without_hosts_has_no_candidates() -> None:
    assert candidates(robin(clocks=closed())) == {}
