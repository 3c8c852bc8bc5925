"""A start is offered if and only if it can be booked: one validator for both."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from booking.bookings.values import Actor, BookingView
from booking.core.errors import InvalidInput, SlotUnavailable
from booking.core.instants import Instant
from tests.bookings.desk import Desk, at, times

FIRST, LAST = at("08:00"), at("18:00")


class Undo(Exception):
    """Raised inside a booking that succeeded, so that it is rolled back."""


def _undo(session: Session, view: BookingView) -> None:
    raise Undo


def _can_be_booked(desk: Desk, event_type: int, start: Instant, **fields: Any) -> bool:
    try:
        desk.book(event_type, start, store_answer=_undo, **fields)
    except Undo:
        return True
    except SlotUnavailable:
        return False
    raise AssertionError("the booking was kept")


def _rules(chance: random.Random) -> dict[str, Any]:
    return {
        "duration_minutes": chance.choice([15, 30, 45, 60]),
        "slot_interval_minutes": chance.choice([None, 15, 20, 30]),
        "slot_alignment": chance.choice(["fit", "clock"]),
        "buffer_before_minutes": chance.choice([0, 0, 10, 15]),
        "buffer_after_minutes": chance.choice([0, 0, 5, 30]),
        "minimum_notice_minutes": chance.choice([0, 120, 1_700]),
        "first_slot_only": chance.random() < 0.1,
        "limits": chance.choice([{}, {"minutes": {"day": 120}}]),
    }


def _fill_the_day(desk: Desk, chance: random.Random) -> None:
    calendar = desk.put_calendar()
    for _ in range(chance.randrange(8)):
        start = Instant(FIRST + 300 * chance.randrange(120))
        end = Instant(start + 300 * chance.choice([0, 1, 3, 6, 12]))
        desk.put_busy(calendar, start, end, is_tentative=chance.random() < 0.2)
    other = desk.offer(slug="other", duration_minutes=30, buffer_after_minutes=15)
    for _ in range(2):
        desk.book(other, chance.choice(desk.services.slots.find(desk.query(other)).slots).start)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_offered_is_what_can_be_booked(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    _fill_the_day(desk, chance)
    talk = desk.offer(slug="talk", **_rules(chance))
    offered = desk.starts(talk)

    tried = [Instant(start) for start in range(FIRST, LAST, 300)]
    bookable = [start for start in tried if _can_be_booked(desk, talk, start)]

    assert times(bookable) == offered


@pytest.mark.parametrize("seed", range(4))
def test_what_is_offered_can_be_held_by_one_and_is_then_offered_to_that_one(
    desk: Desk, seed: int
) -> None:
    chance = random.Random(seed)
    _fill_the_day(desk, chance)
    talk = desk.offer(slug="talk", minimum_notice_minutes=0, buffer_after_minutes=10)
    before = desk.starts(talk)
    chosen = chance.choice(before)

    hold = desk.services.holds.place(talk, at(chosen))

    assert desk.starts(talk, hold_id=hold.hold_id) == before
    assert chosen not in desk.starts(talk)
    desk.clock.advance(seconds=timedelta(minutes=5).total_seconds())
    assert desk.starts(talk) == before


def _share(desk: Desk, chance: random.Random, crowd: list[Desk]) -> int:
    """Make an event type of several hosts, with rules, seats and a room as it happens."""
    talk = desk.offer(slug="shared", **_rules(chance))
    hosts = chance.sample(crowd, chance.choice([1, 2, 3]))
    each = [{"fixed": chance.random() < 0.2, "group": chance.choice([0, 0, 1])} for _ in hosts]
    desk.share(talk, chance.choice(["collective", "round_robin"]), hosts, *each)
    desk.set(
        talk,
        seats=chance.choice([None, None, 1, 2, 3]),
        on_stale=chance.choice(["offer", "request"]),
        requires_confirmation=chance.random() < 0.2,
        pending_blocks=chance.random() < 0.5,
    )
    return talk


def _crowd(desk: Desk, chance: random.Random) -> list[Desk]:
    """Make three hosts who each have a day of their own."""
    crowd = desk.colleagues(3)
    for host in crowd:
        _fill_the_day(host, chance)
        floor = chance.choice([0, 0, 15])
        host.services.accounts.change_profile(host.host_id, {"buffer_minutes": floor})
    chance.choice(crowd).put_calendar()
    return crowd


def _use(desk: Desk, chance: random.Random, talk: int) -> None:
    """Let guests come, hold, move and go."""
    made: list[BookingView] = []
    for _ in range(chance.randrange(8)):
        slots = desk.services.slots.find(desk.query(talk)).slots
        if not slots:
            return
        start = chance.choice(slots).start
        with suppress(SlotUnavailable, InvalidInput):
            match chance.randrange(6):
                case 0:
                    desk.services.holds.place(talk, start)
                case 1 if made:
                    desk.services.bookings.cancel(chance.choice(made).uid, Actor.GUEST)
                    made.clear()
                case 2 if made:
                    desk.services.bookings.reschedule(made[-1].uid, start, Actor.GUEST)
                case 3:
                    desk.book(talk, start, additional_guests=("more@example.test",))
                case _:
                    made.append(desk.book(talk, start))


def _some(chance: random.Random, offered: list[str]) -> list[Instant]:
    """Return what is offered and thirty starts of any kind, in order."""
    others = chance.sample(range(FIRST, LAST, 300), 30)
    return [Instant(start) for start in sorted({*others, *(at(start) for start in offered)})]


@pytest.mark.parametrize("seed", range(8))
def test_what_a_team_offers_is_what_can_be_booked(either_desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    crowd = _crowd(either_desk, chance)
    talk, other = _share(either_desk, chance, crowd), crowd[1].offer(slug="room-too")
    room = either_desk.put_resource(talk, other) if chance.random() < 0.5 else None
    _use(either_desk, chance, other)
    _use(either_desk, chance, talk)
    if room is not None and chance.random() < 0.2:
        either_desk.free_resource(talk, room)
    if chance.random() < 0.3:
        either_desk.set(talk, seats=chance.choice([None, 1, 2]))
    either_desk.clock.advance(minutes=chance.choice([0, 3, 6, 25 * 60]))

    offered = either_desk.starts(talk)
    tried = _some(chance, offered)
    bookable = [start for start in tried if _can_be_booked(either_desk, talk, start)]

    assert times(bookable) == offered


@pytest.mark.parametrize("seed", range(4))
def test_a_company_finds_seats_together_where_it_is_told_so(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    crowd = desk.colleagues(2)
    talk = desk.shared(chance.choice(["collective", "round_robin"]), crowd, seats=3)
    _use(desk, chance, talk)
    more = ("one@example.test", "two@example.test")

    query = replace(desk.query(talk), guests=3)
    offered = times([slot.start for slot in desk.services.slots.find(query).slots])
    tried = _some(chance, offered)
    bookable = [
        start for start in tried if _can_be_booked(desk, talk, start, additional_guests=more)
    ]

    assert times(bookable) == offered


@pytest.mark.parametrize("seed", range(6))
def test_what_a_team_offers_a_booking_that_moves_is_where_it_can_move(
    desk: Desk, seed: int
) -> None:
    chance = random.Random(seed)
    talk = _share(desk, chance, _crowd(desk, chance))
    slots = desk.services.slots.find(desk.query(talk)).slots
    if not slots:
        return
    booking = desk.book(talk, chance.choice(slots).start)
    _use(desk, chance, talk)

    offered = desk.starts(talk, reschedule_uid=booking.uid)
    for start in offered:
        assert times([desk.move(booking, f"2026-11-24 {start}", Actor.HOST).start]) == [start]
