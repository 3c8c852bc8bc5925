"""Bookings that need the host's word: asked, confirmed, declined, expired."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from booking.bookings.values import Actor, BookingView
from booking.core.errors import IllegalTransition, SlotUnavailable
from booking.db import db
from tests.bookings.desk import Desk, at, claims, jobs


def _ask(desk: Desk, start: str = "10:00", **fields: object) -> BookingView:
    return desk.book(desk.offer(requires_confirmation=True, **fields), start)


def test_a_request_is_pending_and_blocks_its_time(either_desk: Desk) -> None:
    talk = either_desk.offer(requires_confirmation=True)

    request = either_desk.book(talk, "10:00")

    assert request.status == "pending"
    assert "10:00" not in either_desk.starts(talk)
    with pytest.raises(SlotUnavailable):
        either_desk.book(talk, "10:00")


def test_a_request_blocks_nothing_where_the_host_says_so(either_desk: Desk) -> None:
    talk = either_desk.offer(requires_confirmation=True, pending_blocks=False)

    either_desk.book(talk, "10:00")

    assert "10:00" in either_desk.starts(talk)
    assert either_desk.book(talk, "10:00").status == "pending"


def test_a_confirmed_request_is_a_booking(either_desk: Desk) -> None:
    request = _ask(either_desk)

    booking = either_desk.confirm(request)

    assert (booking.status, booking.changed_by, booking.sequence) == ("confirmed", "host", 1)
    assert claims() == [(at("10:00"), at("11:00"), True)]


def test_of_two_overlapping_requests_the_second_cannot_be_confirmed(either_desk: Desk) -> None:
    talk = either_desk.offer(requires_confirmation=True, pending_blocks=False)
    first, second = either_desk.book(talk, "10:00"), either_desk.book(talk, "10:00")
    either_desk.confirm(second)

    with pytest.raises(SlotUnavailable):
        either_desk.confirm(first)

    assert either_desk.now(first) == first


def test_of_confirmations_of_overlapping_requests_at_once_exactly_one_wins(
    either_app: Flask, either_desk: Desk
) -> None:
    talk = either_desk.offer(requires_confirmation=True, pending_blocks=False)
    requests = [either_desk.book(talk, "10:00") for _ in range(6)]
    gate = threading.Barrier(len(requests))

    def confirm(request: BookingView) -> str:
        with either_app.app_context():
            gate.wait()
            try:
                return either_desk.confirm(request).status
            except SlotUnavailable:
                return "refused"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(requests)) as crowd:
        outcomes = sorted(crowd.map(confirm, requests))

    assert outcomes == ["confirmed"] + ["refused"] * 5
    assert sorted(either_desk.now(request).status for request in requests) == [
        "confirmed",
        *["pending"] * 5,
    ]


def test_a_declined_request_frees_its_time(either_desk: Desk) -> None:
    talk = either_desk.offer(requires_confirmation=True)
    request = either_desk.book(talk, "10:00")

    declined = either_desk.decline(request)

    assert (declined.status, declined.reason) == ("declined", "No time")
    assert "10:00" in either_desk.starts(talk)


@pytest.mark.parametrize("end", ["confirm", "decline", "cancel"])
def test_what_is_declined_stays_so(desk: Desk, end: str) -> None:
    request = _ask(desk)
    desk.decline(request)

    with pytest.raises(IllegalTransition):
        getattr(desk, end)(request)


@pytest.mark.parametrize("again", ["confirm", "decline"])
def test_what_is_confirmed_can_neither_be_confirmed_nor_declined(desk: Desk, again: str) -> None:
    request = _ask(desk)
    desk.confirm(request)

    with pytest.raises(IllegalTransition):
        getattr(desk, again)(request)


def test_nobody_answered_for_two_days_is_a_no(either_desk: Desk) -> None:
    request = _ask(either_desk, "2026-11-27 10:00")

    either_desk.clock.advance(hours=47, minutes=59)
    assert either_desk.services.bookings.expire_requests() == 0
    either_desk.clock.advance(minutes=1)
    assert either_desk.services.bookings.expire_requests() == 1

    ended = either_desk.now(request)
    assert (ended.status, ended.changed_by) == ("declined", "system")
    assert claims() == []
    assert either_desk.services.bookings.expire_requests() == 0


def test_a_request_ends_when_its_time_has_come(desk: Desk) -> None:
    request = _ask(desk, "2026-11-23 09:00")
    desk.clock.advance(hours=2)

    with pytest.raises(IllegalTransition):
        desk.confirm(request)

    assert desk.services.bookings.expire_requests() == 1


def test_a_confirmed_request_does_not_expire(desk: Desk) -> None:
    request = desk.confirm(_ask(desk, "2026-11-27 10:00"))
    desk.clock.advance(days=3)

    assert desk.services.bookings.expire_requests() == 0
    assert desk.now(request).status == "confirmed"


def test_a_guest_who_moves_a_confirmed_booking_asks_again(desk: Desk) -> None:
    booking = desk.confirm(_ask(desk))

    moved = desk.move(booking, "14:00")

    assert (moved.status, moved.sequence) == ("pending", 2)
    desk.clock.advance(days=2)
    assert desk.services.bookings.expire_requests() == 1


def test_a_host_who_moves_a_confirmed_booking_asks_nobody(desk: Desk) -> None:
    booking = desk.confirm(_ask(desk))

    assert desk.move(booking, "14:00", Actor.HOST).status == "confirmed"


def test_only_what_stands_in_a_calendar_makes_work_for_it(desk: Desk) -> None:
    desk.put_calendar(receives=True)

    request = _ask(desk)
    assert (request.calendar_state, jobs()) == ("none", [])
    booking = desk.confirm(request)

    assert booking.calendar_state == "pending"
    assert len(jobs()) == 1


def test_a_request_that_is_cancelled_makes_no_work(desk: Desk) -> None:
    desk.put_calendar(receives=True)

    cancelled = desk.cancel(_ask(desk))

    assert (cancelled.calendar_state, jobs()) == ("none", [])


def test_a_doubtful_answer_can_only_be_asked_for(desk: Desk) -> None:
    desk.put_calendar()
    talk = desk.offer(on_stale="request")
    desk.clock.advance(hours=3)

    assert desk.book(talk, "10:00").status == "pending"
