"""Twenty clients change one booking at once: one legal history comes of it, equal to the rows."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.bookings.history import TELL
from booking.bookings.lifecycle import EventKind, Step, first_kind, kind_of, next_status
from booking.bookings.models import Booking, Claim
from booking.bookings.values import Actor, BookingEventView, BookingView
from booking.core.errors import Conflict
from booking.db import db, reading
from booking.mail.outbox import MOST_TO_UNVERIFIED
from booking.queue.models import Job
from tests.bookings.desk import Desk, at
from tests.bookings.postbox import Postbox
from tests.mail.scene import FollowingCalendar

CLIENTS = 20
# Where the host has to confirm again, a move is told as a request.
_MAIL_OF = {("rescheduled", "pending"): "requested"}
STEP_OF = {kind_of(step): step for step in Step}
Act = Callable[[BookingView], object]


def _acts(desk: Desk) -> list[Act]:
    """Return what each client does."""
    service = desk.services.bookings
    acts: list[Act] = []
    acts += [desk.confirm] * 4
    acts += [lambda booking: desk.move(booking, "14:00", Actor.HOST)] * 3
    acts += [lambda booking: desk.move(booking, "15:00", Actor.GUEST)] * 3
    acts += [lambda booking: service.reassign(booking.uid, host_id=desk.host_id)] * 4
    acts += [desk.decline] * 3 + [desk.cancel] * 3
    assert len(acts) == CLIENTS
    return acts


def _race(app: Flask, booking: BookingView, acts: Sequence[Act]) -> int:
    """Let all act at the same moment; return how many succeeded."""
    gate = Barrier(len(acts))

    def client(act: Act) -> bool:
        with app.app_context():
            gate.wait()
            try:
                act(booking)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(len(acts)) as crowd:
        done = sum(crowd.map(client, acts))
    db.session.remove()
    return done


def _replay(events: Sequence[BookingEventView]) -> str:
    """Walk through a history by the state machine; return the status that it ends in."""
    status = events[0].status
    assert events[0].kind == first_kind(status)
    for event in events[1:]:
        step = STEP_OF[EventKind(event.kind)]
        asks_again = step is Step.RESCHEDULE and event.actor == Actor.GUEST
        status = next_status(status, step, asks_again=asks_again)
        assert event.status == status
    return status


@pytest.mark.parametrize("lot", [1, 2, 3])
def test_twenty_clients_on_one_booking_leave_one_legal_history(
    either_app: Flask, either_desk: Desk, lot: int
) -> None:
    hosts = either_desk.colleagues(2)
    one = hosts[0]
    talk = one.offer(slug="turns", requires_confirmation=True)
    one.share(talk, "round_robin", hosts)
    request = one.book(talk, "10:00")
    acts = _acts(one)
    random.Random(lot).shuffle(acts)

    done = _race(either_app, request, acts)

    view = one.now(request)
    events = one.services.bookings.history(request.uid, host_id=one.host_id)
    assert len(events) == 1 + done
    assert _replay(events) == view.status
    assert [event.revision for event in events] == list(range(1, done + 2))
    assert [event.sequence for event in events] == list(range(done + 1))
    assert view.sequence == done
    with reading() as session:
        (row,) = session.scalars(select(Booking))
        places = session.execute(select(Claim.subject_id, Claim.starts_at)).all()
        told = session.scalar(select(func.count()).select_from(Job).where(Job.kind == TELL))
    assert row.revision == done + 1
    assert told == done + 1
    occupies = view.status in {"pending", "confirmed"}
    expected = [(view.host.user_id, view.start)] if occupies else []
    assert [tuple(place) for place in places] == expected
    assert view.start in {at("10:00"), at("14:00"), at("15:00")}


@pytest.mark.parametrize("lot", [1, 2])
def test_the_mails_tell_the_same_history(postbox: Postbox, lot: int) -> None:
    one, two = postbox.desk.colleagues(2)
    talk = one.offer(slug="turns", requires_confirmation=True)
    one.share(talk, "round_robin", [one, two])
    request = one.book(talk, "10:00")
    acts = _acts(one)
    random.Random(lot).shuffle(acts)
    _race(postbox.app, request, acts)

    told = [each for each in postbox.work() if each.recipient == request.guest.email]

    view = one.now(request)
    events = one.services.bookings.history(request.uid, host_id=one.host_id)
    assert [kind for kind, to, _ in postbox.listed(request) if to == request.guest.email] == [
        _MAIL_OF.get((event.kind, event.status), event.kind) for event in events
    ][:MOST_TO_UNVERIFIED]
    calendar = FollowingCalendar()
    for each in told:
        calendar.read(each.message)
    shown = [(each["STATUS"], each["DTSTART"].dt) for each in calendar.events.values()]
    start = datetime.fromtimestamp(view.start, UTC)
    expected = {"confirmed": [("CONFIRMED", start)], "pending": [("TENTATIVE", start)]}
    was_booked = any(event.status == "confirmed" for event in events)
    assert shown == (expected.get(view.status, []) if was_booked else [])
