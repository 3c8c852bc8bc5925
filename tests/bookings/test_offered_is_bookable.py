"""A start is offered if and only if it can be booked: one validator for both."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from booking.bookings.values import BookingView
from booking.core.errors import SlotUnavailable
from booking.core.instants import Instant
from tests.bookings.desk import Desk, at, times

FIRST, LAST = at("08:00"), at("18:00")


class Undo(Exception):
    """Raised inside a booking that succeeded, so that it is rolled back."""


def _undo(session: Session, view: BookingView) -> None:
    raise Undo


def _can_be_booked(desk: Desk, event_type: int, start: Instant) -> bool:
    try:
        desk.book(event_type, start, store_answer=_undo)
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
