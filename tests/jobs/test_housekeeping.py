"""Old bookings are cleared of their guests a while at a time: other ticks have their turn."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, insert, select

from booking.bookings.models import Booking
from booking.core.clock import FrozenClock
from booking.core.ids import new_id
from booking.db import reading, writing
from booking.jobs.housekeeping import forget_guests
from tests.bookings.desk import Desk, at, open_desk

BATCH = 200


def test_a_tick_ends_when_its_time_is_over_and_the_next_one_goes_on(
    app: Flask, clock: FrozenClock
) -> None:
    desk = open_desk(app, clock)
    _put_bookings(desk, 2 * BATCH + 1)
    clock.advance(days=400)

    forget_guests(desk.services, seconds=0)()
    assert _cleared() == BATCH

    forget_guests(desk.services)()
    assert _cleared() == 2 * BATCH + 1


def _put_bookings(desk: Desk, count: int) -> None:
    start, now = at("10:00"), desk.clock.now()
    common = {
        "host_id": desk.host_id,
        "title": "Talk: Guest",
        "starts_at": start,
        "ends_at": start + 3600,
        "status": "confirmed",
        "guest_name": "Guest",
        "guest_email": "guest@example.test",
        "guest_time_zone": "UTC",
        "additional_guests": [],
        "answers": {},
        "created_at": now,
        "updated_at": now,
    }
    names = [{"id": key, "uid": f"u{key}", "ical_uid": f"u{key}@x"} for key in _keys(count)]
    with writing() as session:
        session.execute(insert(Booking), [common | each for each in names])


def _keys(count: int) -> list[int]:
    return [new_id() for _ in range(count)]


def _cleared() -> int:
    with reading() as session:
        erased = select(func.count()).where(Booking.erased_at.is_not(None))
        return session.scalar(erased) or 0
