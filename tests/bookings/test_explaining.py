"""Why not, through the database: each cause with its name, and the lanes of a day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from booking.bookings.explained import Cause, ExplainedDate, Lane, LaneKind
from booking.core.errors import NotFound
from booking.db import db
from tests.bookings.desk import Desk, at

TUESDAY = "2026-11-24"
WEDNESDAY = "2026-11-25"


def day_of(desk: Desk, event_type: int, day: str = TUESDAY, **more: Any) -> ExplainedDate:
    """Return one date as the desk's host is told it."""
    query = desk.query(event_type, day, **more)
    (found,) = desk.services.slots.explain(query, desk.host_id).dates
    return found


def causes(desk: Desk, event_type: int, start: str, **more: Any) -> list[Cause]:
    """Return what stands against a start on that Tuesday."""
    found = {each.start: each for each in day_of(desk, event_type, **more).starts}
    return list(found[at(start)].causes)


def codes(desk: Desk, event_type: int, start: str) -> list[str]:
    return [str(cause.code) for cause in causes(desk, event_type, start)]


def offered(desk: Desk, event_type: int, day: str = TUESDAY) -> list[int]:
    return [each.start for each in day_of(desk, event_type, day).starts if each.is_offered]


def lanes(desk: Desk, event_type: int, kind: LaneKind, day: str = TUESDAY) -> list[Lane]:
    return [lane for lane in day_of(desk, event_type, day).lanes if lane.kind is kind]


def spans(lane: Lane) -> list[tuple[int | None, int | None]]:
    return [(stretch.start, stretch.end) for stretch in lane.stretches]


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that are sent to the database."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_booking_is_named_with_its_uid_and_so_is_its_buffer(either_desk: Desk) -> None:
    event_type = either_desk.offer(buffer_after_minutes=30, slot_interval_minutes=30)
    booking = either_desk.book(event_type, "10:00")

    (taken,) = causes(either_desk, event_type, "10:00")
    (beside,) = causes(either_desk, event_type, "11:00")

    assert (taken.code, taken.booking_uid, taken.booking_title) == (
        "booking",
        booking.uid,
        booking.title,
    )
    assert (beside.code, beside.booking_uid) == ("buffer", booking.uid)
    assert (beside.start, beside.end) == (at("11:00"), at("11:30"))


def test_a_hold_bars_until_it_ends_and_never_its_own_guest(either_desk: Desk) -> None:
    event_type = either_desk.offer()
    hold = either_desk.services.holds.place(event_type, at("10:00"))

    (cause,) = causes(either_desk, event_type, "10:00")
    assert (cause.code, cause.start, cause.end) == ("hold", at("10:00"), at("11:00"))
    assert spans(lanes(either_desk, event_type, LaneKind.HOLDS)[0]) == [(at("10:00"), at("11:00"))]
    assert causes(either_desk, event_type, "10:00", hold_id=hold.hold_id) == []

    either_desk.clock.advance(minutes=6)
    assert causes(either_desk, event_type, "10:00") == []
    assert lanes(either_desk, event_type, LaneKind.HOLDS) == []


def test_a_calendar_is_named_and_its_gap_too(either_desk: Desk) -> None:
    event_type = either_desk.offer(buffer_before_minutes=15, slot_interval_minutes=30)
    calendar = either_desk.put_calendar()
    either_desk.put_busy(calendar, at("10:00"), at("11:00"))

    (cause,) = causes(either_desk, event_type, "10:00")
    (gap,) = causes(either_desk, event_type, "11:00")

    assert (cause.code, cause.calendar_id, cause.calendar_name) == (
        "busy_calendar",
        calendar,
        "Work",
    )
    assert (gap.code, gap.calendar_id, gap.end) == ("buffer", calendar, at("11:15"))


def test_rules_are_told_with_their_ends(either_desk: Desk) -> None:
    event_type = either_desk.offer(
        minimum_notice_minutes=1620, limits={"bookings": {"day": 1}, "minutes": {}}
    )
    either_desk.book(event_type, "13:00")

    early, late = causes(either_desk, event_type, "09:00"), codes(either_desk, event_type, "14:00")

    assert [(str(cause.code), cause.rule) for cause in early] == [
        ("notice", None),
        ("limit", "bookings.day"),
    ]
    assert early[0].end == at("10:00")
    assert late == ["limit"]
    (rules,) = lanes(either_desk, event_type, LaneKind.RULES)
    assert {str(stretch.code) for stretch in rules.stretches} == {"notice", "limit"}


def test_a_day_away_is_told_and_drawn(either_desk: Desk) -> None:
    away = {"start_date": TUESDAY, "end_date": TUESDAY}
    either_desk.services.schedules.add_absence(either_desk.host_id, away)
    event_type = either_desk.offer()

    assert set(codes(either_desk, event_type, "10:00")) == {"out_of_office"}
    (lane,) = lanes(either_desk, event_type, LaneKind.OUT_OF_OFFICE)
    assert spans(lane) == [(at("00:00"), at(f"{WEDNESDAY} 00:00"))]
    assert lanes(either_desk, event_type, LaneKind.OUT_OF_OFFICE, WEDNESDAY) == []


def test_lanes_show_what_the_day_holds_and_nothing_else(desk: Desk) -> None:
    event_type = desk.offer(buffer_before_minutes=10, buffer_after_minutes=20)
    calendar = desk.put_calendar()
    night = (at("23:00"), at(f"{WEDNESDAY} 01:00"))
    desk.put_busy(calendar, *night)
    desk.put_busy(calendar, at(f"{WEDNESDAY} 12:00"), at(f"{WEDNESDAY} 12:00"))
    booking = desk.book(event_type, "10:00")

    found = day_of(desk, event_type)
    kinds = [str(lane.kind) for lane in found.lanes]
    (work,) = lanes(desk, event_type, LaneKind.CALENDAR)
    (next_day,) = lanes(desk, event_type, LaneKind.CALENDAR, WEDNESDAY)
    (own,) = lanes(desk, event_type, LaneKind.BOOKINGS)
    (stretch,) = own.stretches

    assert found.date == date(2026, 11, 24)
    assert (found.since, found.until) == (at("00:00"), at(f"{WEDNESDAY} 00:00"))
    assert kinds == ["working_hours", "calendar", "bookings", "offered"]
    assert (work.calendar_id, work.calendar_name, spans(work)) == (calendar, "Work", [night])
    assert len(next_day.stretches) == 2
    assert (stretch.uid, stretch.before, stretch.after) == (booking.uid, 600, 1200)
    assert lanes(desk, event_type, LaneKind.BOOKINGS, WEDNESDAY)[0].stretches == ()


@dataclass(frozen=True)
class Crew:
    """A team of two with a desk each, and the room they share."""

    lead: Desk
    mate: Desk
    team: int
    room: int

    def offer(self, scheduling: str, **fields: Any) -> int:
        """Make an event type of the team with both as hosts."""
        hosts = [{"user_id": each.host_id} for each in (self.lead, self.mate)]
        return self.lead.offer(team_id=self.team, scheduling=scheduling, hosts=hosts, **fields)


def another(desk: Desk, username: str) -> Desk:
    """Return the desk of a host beside this one."""
    user = desk.services.accounts.create_user(
        email=f"{username}@example.test",
        name=username.title(),
        username=username,
        time_zone="UTC",
        password=None,
    )
    return replace(desk, host_id=user.id)


def crew_of(desk: Desk) -> Crew:
    services, mate = desk.services, another(desk, "mate")
    team = services.teams.create(desk.host_id, {"name": "Sales"}).id
    services.teams.add_member(desk.host_id, team, {"user_id": mate.host_id})
    room = services.resources.create(desk.host_id, {"name": "Room 1", "team_id": team}).id
    return Crew(lead=desk, mate=mate, team=team, room=room)


@pytest.fixture
def crew(either_desk: Desk) -> Crew:
    return crew_of(either_desk)


def test_each_member_is_named_with_their_own_cause(crew: Crew) -> None:
    event_type = crew.offer("collective")
    calendar = crew.mate.put_calendar()
    crew.mate.put_busy(calendar, at("10:00"), at("11:00"))
    own = crew.lead.book(crew.lead.offer(slug="own"), "10:00")

    told = causes(crew.lead, event_type, "10:00")

    assert [(str(cause.code), cause.member_id) for cause in told] == [
        ("booking", crew.lead.host_id),
        ("busy_calendar", crew.mate.host_id),
    ]
    assert told[0].booking_uid == own.uid
    hosts = [lane.member_id for lane in lanes(crew.lead, event_type, LaneKind.WORKING_HOURS)]
    assert hosts == [crew.lead.host_id, crew.mate.host_id]


def test_names_are_told_to_those_whom_they_concern(crew: Crew) -> None:
    event_type = crew.offer("collective")
    calendar = crew.mate.put_calendar()
    crew.mate.put_busy(calendar, at("10:00"), at("11:00"))
    crew.lead.book(crew.lead.offer(slug="own"), "13:00")
    shared = crew.lead.book(event_type, "15:00")

    (seen_by_lead,) = causes(crew.lead, event_type, "10:00")
    (seen_by_mate,) = causes(crew.mate, event_type, "10:00")
    (private,) = causes(crew.mate, event_type, "13:00")

    assert (seen_by_lead.calendar_id, seen_by_lead.calendar_name) == (calendar, None)
    assert seen_by_mate.calendar_name == "Work"
    assert (private.code, private.booking_uid, private.booking_title) == ("booking", None, None)
    both = causes(crew.mate, event_type, "15:00")
    assert {cause.booking_uid for cause in both} == {shared.uid}


def test_who_cannot_serve_is_told_of_a_start_that_another_serves(crew: Crew) -> None:
    event_type = crew.offer("round_robin")
    crew.mate.put_busy(crew.mate.put_calendar(), at("10:00"), at("11:00"))

    found = {each.start: each for each in day_of(crew.lead, event_type).starts}[at("10:00")]

    assert found.is_offered
    assert found.free == (crew.lead.host_id,)
    assert [(str(cause.code), cause.member_id) for cause in found.absent] == [
        ("busy_calendar", crew.mate.host_id)
    ]


def test_a_resource_is_a_member_by_its_name(crew: Crew) -> None:
    event_type = crew.lead.offer(team_id=crew.team, resources=[crew.room])
    other = crew.lead.offer(
        team_id=crew.team,
        slug="other",
        resources=[crew.room],
        hosts=[{"user_id": crew.mate.host_id}],
    )
    crew.lead.book(other, "10:00")

    explanation = crew.lead.services.slots.explain(crew.lead.query(event_type), crew.lead.host_id)
    (cause,) = causes(crew.lead, event_type, "10:00")

    assert [(each.name, each.is_host) for each in explanation.members] == [
        ("Some", True),
        ("Room 1", False),
    ]
    assert (cause.code, cause.member_id) == ("booking", crew.room)


def test_one_host_of_a_round_robin_is_told_like_one_host(crew: Crew) -> None:
    hosts = [{"user_id": crew.lead.host_id}]
    event_type = crew.lead.offer(team_id=crew.team, scheduling="round_robin", hosts=hosts)
    crew.lead.book(event_type, "10:00")

    found = day_of(crew.lead, event_type)
    (cause,) = causes(crew.lead, event_type, "10:00")

    assert (found.host_hours, cause.member_id) == ((), None)
    assert [lane.member_id for lane in found.lanes] == [None] * len(found.lanes)
    (hours,) = lanes(crew.lead, event_type, LaneKind.WORKING_HOURS)
    assert spans(hours) == [(at("09:00"), at("17:00"))]


@pytest.mark.parametrize(
    "fields",
    [
        {"scheduling": "collective"},
        {"scheduling": "round_robin"},
        {"scheduling": "collective", "seats": 2},
        {"scheduling": "round_robin", "first_slot_only": True},
        {"scheduling": "collective", "limits": {"bookings": {"day": 2}, "minutes": {}}},
    ],
)
def test_whatever_is_listed_has_no_cause_and_the_rest_has_one(
    crew: Crew, fields: dict[str, Any]
) -> None:
    event_type = crew.offer(**fields, slot_interval_minutes=30, buffer_after_minutes=15)
    single = crew.lead.offer(slug="own", slot_interval_minutes=30)
    crew.mate.put_busy(crew.mate.put_calendar(), at("12:00"), at("13:30"))
    crew.lead.book(single, "10:00")
    crew.lead.book(event_type, offered(crew.lead, event_type)[0])

    for asked in (event_type, single):
        for day in (TUESDAY, WEDNESDAY, "2026-11-28"):
            listed = crew.lead.services.slots.find(crew.lead.query(asked, day)).slots
            assert offered(crew.lead, asked, day) == [slot.start for slot in listed]


def test_neither_days_nor_bookings_cost_more_queries(crew: Crew) -> None:
    event_type = crew.offer("round_robin")
    calendar = crew.mate.put_calendar()
    crew.mate.put_busy(calendar, at("10:00"), at("11:00"))
    crew.lead.book(event_type, "09:00")
    query = crew.lead.query(event_type)
    explain = crew.lead.services.slots.explain

    with counted() as few:
        explain(query, crew.lead.host_id)
    for hour in range(12, 16):
        crew.lead.book(event_type, f"{hour}:00")
    with counted() as many:
        explain(replace(query, end=at("2026-12-24 00:00")), crew.lead.host_id)

    assert len(many) == len(few)


def test_a_stranger_is_told_nothing(either_desk: Desk) -> None:
    event_type = either_desk.offer()

    with pytest.raises(NotFound):
        causes(another(either_desk, "stranger"), event_type, "10:00")
