"""However many hosts share an event type, the database is asked as often as for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from booking.availability.facts import Ask
from booking.bookings.gather import situation_of
from booking.bookings.slots import SlotFinder
from booking.bookings.subjects import find_subject
from booking.bookings.values import SlotQuery
from booking.core.instants import to_instant
from booking.core.zones import zone
from booking.db import db, reading
from tests.bookings.desk import Desk, at

SIZES = (1, 5, 50)
_TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SELECT pg_advisory", "PRAGMA")


@contextmanager
def _counting() -> Iterator[list[str]]:
    """Collect the statements that are sent, but for those that begin, end and lock."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(_TRANSACTION):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def crowd(either_desk: Desk) -> list[Desk]:
    """Fifty hosts, each with a calendar, a schedule, an absence and a journey of their own."""
    hosts = either_desk.colleagues(max(SIZES))
    for host in hosts:
        host.put_busy(host.put_calendar(), at("12:00"), at("13:00"))
        weekly = [{"days": ["tue"], "start": "09:00", "end": "17:00"}]
        fields = {"name": "Own", "time_zone": "UTC", "weekly": weekly}
        schedule = host.services.schedules.create(host.host_id, fields)
        host.services.accounts.change_profile(host.host_id, {"default_schedule_id": schedule.id})
        day = {"start_date": "2026-11-26", "end_date": "2026-11-26"}
        host.services.schedules.add_absence(host.host_id, {**day, "reason": "Ill"})
        host.services.schedules.add_travel(host.host_id, {**day, "time_zone": "UTC"})
    return hosts


def _event_types(crowd: list[Desk], scheduling: str) -> list[int]:
    """Make an event type of each size, with limits, a team and a room, and a booking on it."""
    desk, made = crowd[0], []
    for size in SIZES:
        talk = desk.shared(
            scheduling, crowd[:size], slug=f"talk-{size}", limits={"bookings": {"day": 9}}
        )
        desk.put_resource(talk)
        made.append(talk)
    desk.put_team(crowd, {"bookings": {"day": 9}}, *made)
    for hour, talk in enumerate(made, start=9):
        desk.book(talk, f"2026-11-24 {hour:02}:00")
    return made


@pytest.mark.parametrize("scheduling", ["collective", "round_robin"])
def test_slots_take_as_many_statements_for_fifty_hosts_as_for_one(
    crowd: list[Desk], scheduling: str
) -> None:
    desk, counts = crowd[0], {}
    for size, talk in zip(SIZES, _event_types(crowd, scheduling), strict=True):
        finder = SlotFinder(clock=desk.clock, nudge=lambda _ids, _now: None)
        with _counting() as sent:
            assert finder.find(desk.query(talk)).slots
        counts[size] = len(sent)

    assert len(set(counts.values())) == 1, counts
    assert counts[1] <= 12, counts


@pytest.mark.parametrize("scheduling", ["collective", "round_robin"])
def test_what_a_booking_is_decided_by_is_gathered_in_as_many_statements(
    crowd: list[Desk], scheduling: str
) -> None:
    desk, counts = crowd[0], {}
    now = to_instant(desk.clock.now())
    ask = Ask(now=now, start=at("15:00"), end=at("15:01"), guest_zone=zone("UTC"))
    for size, talk in zip(SIZES, _event_types(crowd, scheduling), strict=True):
        with reading() as session, _counting() as sent:
            situation_of(session, find_subject(session, talk), ask)
        counts[size] = len(sent)

    assert len(set(counts.values())) == 1, counts


def test_booking_one_of_fifty_takes_as_many_statements_as_booking_the_only_one(
    crowd: list[Desk],
) -> None:
    desk, counts = crowd[0], {}
    made = _event_types(crowd, "round_robin")
    for hour, (size, talk) in enumerate(zip(SIZES, made, strict=True), start=14):
        with _counting() as sent:
            desk.book(talk, f"2026-11-24 {hour}:00")
        counts[size] = len(sent)

    assert len(set(counts.values())) == 1, counts


def test_a_page_of_bookings_takes_as_many_statements_however_long_it_is(
    either_desk: Desk,
) -> None:
    talk, counts = either_desk.offer(), []
    for start in ("09:00", "10:00", "11:00", "12:00"):
        either_desk.book(talk, start)
        with _counting() as sent:
            either_desk.services.booking_list.page(either_desk.host_id)
        counts.append(len(sent))

    assert len(set(counts)) == 1, counts


def test_what_is_remembered_is_given_with_one_statement_at_most(crowd: list[Desk]) -> None:
    desk = crowd[0]
    query: SlotQuery = desk.query(_event_types(crowd, "round_robin")[-1])
    desk.services.slots.find(query)

    with _counting() as sent:
        desk.services.slots.find(query)

    assert len(sent) <= 1, sent
