"""Every change of a booking is written down with it, and told to listeners once and in order."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.bookings.history import TELL
from booking.bookings.models import BookingEvent
from booking.bookings.telling import Listener, Teller
from booking.bookings.values import Actor, BookingEventView, BookingView
from booking.core.errors import IllegalTransition, SlotUnavailable
from booking.db import db, reading
from booking.jobs.build import build_runner
from booking.queue import outbox
from booking.queue.models import Job
from tests.bookings.desk import Desk, at


class NotHeardError(Exception):
    """A listener failed."""


class Notebook:
    """A listener that notes what it hears, and asks for work of its own."""

    def __init__(self, desk: Desk, *, fails: bool = False) -> None:
        self.heard: list[tuple[str, str]] = []
        self.events: list[BookingEventView] = []
        self._now = desk.clock.now()
        self._fails = fails

    def hear(self, session: Session, event: BookingEventView, booking: BookingView) -> None:
        outbox.add(session, "note", {"event": event.kind}, now=self._now)
        if self._fails:
            raise NotHeardError
        self.heard.append((event.kind, booking.status))
        self.events.append(event)


def _teller(desk: Desk, *listeners: Listener) -> Teller:
    views = desk.services.booking_views
    return Teller(clock=desk.clock, views=views, listeners=listeners)


def _events() -> list[BookingEvent]:
    with reading() as session:
        return list(session.scalars(select(BookingEvent).order_by(BookingEvent.revision)))


def _jobs(kind: str = TELL) -> Sequence[Job]:
    with reading() as session:
        return session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id)).all()


def _history(desk: Desk, booking: BookingView) -> tuple[BookingEventView, ...]:
    return desk.services.bookings.history(booking.uid, host_id=desk.host_id)


def _kinds(desk: Desk, booking: BookingView) -> list[str]:
    return [event.kind for event in _history(desk, booking)]


def test_a_booking_begins_its_history_and_asks_for_it_to_be_told(either_desk: Desk) -> None:
    booking = either_desk.book(either_desk.offer(), "10:00")

    (event,) = _history(either_desk, booking)
    assert (event.kind, event.status, event.actor, event.user) == (
        "created",
        "confirmed",
        "guest",
        None,
    )
    assert (event.at, event.revision, event.sequence) == (either_desk.clock.now(), 1, 0)
    assert [job.payload for job in _jobs()] == [{"event_id": event.id}]


def test_each_booking_of_a_series_has_a_history_of_its_own(either_desk: Desk) -> None:
    weekly = {"frequency": "weekly", "interval": 1, "max_count": 4}
    talk = either_desk.offer(recurrence=weekly)

    first = either_desk.book(talk, "10:00", recurrence_count=3)

    assert len(first.series) == 3
    events = _events()
    assert [event.kind for event in events] == ["created"] * 3
    assert len({event.booking_id for event in events}) == len(_jobs()) == 3


def test_the_whole_life_of_a_booking_stands_in_its_history(either_desk: Desk) -> None:
    desk = either_desk
    request = desk.book(desk.offer(requires_confirmation=True), "10:00")
    desk.confirm(request)
    desk.clock.advance(minutes=1)
    desk.move(request, "14:00", Actor.HOST)
    desk.move(request, "15:00")
    desk.cancel(request)

    events = _history(desk, request)

    assert [(event.kind, event.status, event.actor) for event in events] == [
        ("requested", "pending", "guest"),
        ("confirmed", "confirmed", "host"),
        ("rescheduled", "confirmed", "host"),
        ("rescheduled", "pending", "guest"),
        ("cancelled", "cancelled", "guest"),
    ]
    assert [event.sequence for event in events] == [0, 1, 2, 3, 4]
    assert [event.revision for event in events] == [1, 2, 3, 4, 5]
    assert events[1].user is not None
    assert events[1].user.user_id == desk.host_id
    assert events[4].reason == "Ill"


def test_a_move_keeps_what_it_replaced(either_desk: Desk) -> None:
    booking = either_desk.book(either_desk.offer(), "10:00")

    either_desk.move(booking, "14:00")

    previous = _history(either_desk, booking)[1].previous
    assert previous is not None
    assert (previous.start, previous.end) == (at("10:00"), at("11:00"))
    assert previous.hosts == ()


def test_a_change_of_hosts_keeps_who_they_were(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.offer(slug="turns")
    one.share(talk, "round_robin", hosts, {"priority": 4}, {"priority": 0})
    booking = one.book(talk, "10:00")

    one.services.bookings.reassign(booking.uid, host_id=one.host_id)

    event = _history(two, booking)[1]
    assert event.kind == "reassigned"
    assert event.previous is not None
    assert [person.user_id for person in event.previous.hosts] == [one.host_id]
    assert (event.previous.start, event.previous.end) == (None, None)


def test_a_request_that_nobody_answers_is_ended_by_the_system(either_desk: Desk) -> None:
    request = either_desk.book(either_desk.offer(requires_confirmation=True), "10:00")
    either_desk.clock.advance(hours=30)

    assert either_desk.services.bookings.expire_requests() == 1

    event = _history(either_desk, request)[1]
    assert (event.kind, event.status, event.actor) == ("expired", "declined", "system")
    assert event.reason == "No answer in time."


def test_a_no_show_is_noted_once_and_changes_nothing_that_mails_number(either_desk: Desk) -> None:
    booking = either_desk.book(either_desk.offer(), "10:00")
    service = either_desk.services.bookings
    with pytest.raises(IllegalTransition):
        service.no_show(booking.uid, host_id=either_desk.host_id)
    either_desk.clock.advance(days=1, hours=3)

    noted = service.no_show(booking.uid, "Waited", host_id=either_desk.host_id)

    assert (noted.status, noted.sequence, noted.reason) == ("confirmed", 0, None)
    assert noted.no_show_at == either_desk.clock.now()
    event = _history(either_desk, booking)[1]
    assert (event.kind, event.reason, event.sequence) == ("no_show", "Waited", 0)
    with pytest.raises(IllegalTransition):
        service.no_show(booking.uid, host_id=either_desk.host_id)


def test_a_booking_that_is_moved_after_a_no_show_may_be_kept_after_all(desk: Desk) -> None:
    booking = desk.book(desk.offer(), "10:00")
    desk.clock.advance(days=1, hours=3)
    desk.services.bookings.no_show(booking.uid, host_id=desk.host_id)

    moved = desk.move(booking, "2026-11-25 10:00", Actor.HOST)

    assert moved.no_show_at is None


def test_what_is_refused_leaves_no_history(either_desk: Desk) -> None:
    talk = either_desk.offer()
    booking = either_desk.book(talk, "10:00")
    either_desk.book(talk, "14:00")
    with pytest.raises(SlotUnavailable):
        either_desk.move(booking, "14:00")
    with pytest.raises(IllegalTransition):
        either_desk.confirm(booking)

    assert _kinds(either_desk, booking) == ["created"]


def test_a_request_moved_while_it_ran_out_waits_again(desk: Desk) -> None:
    request = desk.book(desk.offer(requires_confirmation=True), "10:00")
    desk.clock.advance(hours=20)
    desk.move(request, "2026-11-27 10:00")
    desk.clock.advance(hours=10)

    assert desk.services.bookings.expire_requests() == 0
    assert desk.now(request).status == "pending"


def test_listeners_hear_each_change_once_and_in_order(either_desk: Desk) -> None:
    booking = either_desk.book(either_desk.offer(), "10:00")
    either_desk.move(booking, "14:00")
    either_desk.cancel(booking)
    listener = Notebook(either_desk)
    teller = _teller(either_desk, listener)
    first, second, third = _events()

    assert teller.tell(second.id) == 2
    assert teller.tell(first.id) == 0
    assert teller.tell(third.id) == 1
    assert teller.tell(third.id) == 0

    kinds = ["created", "rescheduled", "cancelled"]
    assert [kind for kind, _ in listener.heard] == kinds
    assert {status for _, status in listener.heard} == {"cancelled"}
    assert tuple(listener.events) == _history(either_desk, booking)
    assert [job.payload["event"] for job in _jobs("note")] == kinds
    assert all(event.told_at == either_desk.clock.now() for event in _events())


def test_where_one_listener_fails_nothing_was_told(either_desk: Desk) -> None:
    either_desk.book(either_desk.offer(), "10:00")
    (event,) = _events()
    good = Notebook(either_desk)

    with pytest.raises(NotHeardError):
        _teller(either_desk, good, Notebook(either_desk, fails=True)).tell(event.id)
    assert _jobs("note") == []
    assert [each.told_at for each in _events()] == [None]

    assert _teller(either_desk, good).tell(event.id) == 1
    assert len(_jobs("note")) == 1


def test_tellers_at_the_same_time_tell_a_change_once(either_desk: Desk, either_app: Flask) -> None:
    either_desk.book(either_desk.offer(), "10:00")
    (event,) = _events()
    teller = _teller(either_desk, Notebook(either_desk))
    gate = Barrier(4)

    def tell(_: int) -> int:
        with either_app.app_context():
            gate.wait()
            return teller.tell(event.id)

    with ThreadPoolExecutor(4) as crowd:
        told = list(crowd.map(tell, range(4)))

    assert sorted(told) == [0, 0, 0, 1]
    assert len(_jobs("note")) == 1
    db.session.remove()


def test_the_job_from_the_outbox_tells_it(either_app: Flask, either_desk: Desk) -> None:
    either_desk.book(either_desk.offer(), "10:00")
    (job,) = _jobs()

    assert build_runner(either_app).run(job.id)

    assert _jobs() == []
    assert [event.told_at for event in _events()] == [either_desk.clock.now()]


def test_nothing_is_told_of_what_is_gone(desk: Desk) -> None:
    assert _teller(desk, Notebook(desk)).tell(12345) == 0
