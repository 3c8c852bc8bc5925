"""A thousand reminders of one minute go out within that minute, once each, from two workers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event, insert, select, update

from booking.bookings.models import Booking, BookingHost, BookingReminder
from booking.bookings.reminders import BATCH
from booking.core.clock import monotonic
from booking.core.ids import new_id
from booking.db import db, reading, writing
from booking.eventtypes.models import EventType
from booking.jobs import bookings, mail
from booking.jobs.build import burials, handlers
from booking.jobs.run import JobRunner
from booking.jobs.timekeeper import Tick, Timekeeper
from booking.jobs.worker import EmbeddedWorker
from tests.bookings.desk import at
from tests.bookings.postbox import Postbox

_BOOKINGS = 500  # each reminds a guest and a host
_REMINDERS = 2 * _BOOKINGS
_MINUTE = 60.0


def _crowd(postbox: Postbox) -> None:
    """Store confirmed bookings of one time, each with a guest of its own and a reminder."""
    desk, start = postbox.desk, at("10:00")
    talk, now = desk.offer(reminders_minutes=[60]), desk.clock.now()
    ids = [new_id() for _ in range(_BOOKINGS)]
    common = {
        "host_id": desk.host_id,
        "event_type_id": talk,
        "title": "Talk: Guest",
        "starts_at": start,
        "ends_at": start + 3600,
        "status": "confirmed",
        "guest_name": "Guest",
        "guest_time_zone": "UTC",
        "additional_guests": [],
        "answers": {},
        "created_at": now,
        "updated_at": now,
    }
    names = [
        {
            "id": key,
            "uid": f"u{key}",
            "ical_uid": f"u{key}@x",
            "guest_email": f"g{key}@example.test",
        }
        for key in ids
    ]
    hosts = [{"booking_id": key, "user_id": desk.host_id, "among": []} for key in ids]
    due = [{"booking_id": key, "minutes": 60, "due_at": start - 3600} for key in ids]
    with writing() as session:
        session.execute(insert(Booking), [common | each for each in names])
        session.execute(insert(BookingHost), hosts)
        session.execute(insert(BookingReminder), due)


def test_many_bookings_follow_their_event_type_in_short_units(postbox: Postbox) -> None:
    _crowd(postbox)
    with writing() as session:
        session.execute(update(EventType).values(reminders_minutes=[30]))
        talk = session.scalars(select(EventType.id)).one()
    commits: list[Connection] = []
    note = commits.append
    event.listen(db.engine, "commit", note)

    postbox.services.telling.reminders.replan(talk)

    event.remove(db.engine, "commit", note)
    assert len(commits) >= _BOOKINGS // BATCH
    with reading() as session:
        assert session.scalars(select(BookingReminder.minutes)).all() == [30] * _BOOKINGS


@contextmanager
def _two_workers(postbox: Postbox) -> Iterator[None]:
    """Run two workers that keep the ticks and do the jobs of reminders and mails."""
    services = postbox.services
    ticks = (
        Tick(name="reminders", seconds=1, work=bookings.ask_reminders(services)),
        Tick(name="mails", seconds=1, work=mail.ask_due(services)),
    )
    workers = []
    for owner in ("first", "second"):
        runner = JobRunner(
            postbox.app,
            handlers=handlers(services),
            burials=burials(services),
            clock=services.clock,
            owner=owner,
        )
        keeper = Timekeeper(postbox.app, ticks)
        workers.append(EmbeddedWorker(postbox.app, runner, keeper, services.clock, threads=2))
    crew = [threading.Thread(target=worker.run) for worker in workers]
    for thread in crew:
        thread.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.stop.set()
        for thread in crew:
            thread.join()


def _wait_for_mails(postbox: Postbox, until: float) -> None:
    """Wait until all mails have arrived or the time is over."""
    arrived = threading.Event()
    while len(postbox.sink.received) < _REMINDERS and monotonic() < until:
        arrived.wait(0.05)


def test_a_thousand_reminders_go_out_once_each_within_their_minute(postbox: Postbox) -> None:
    _crowd(postbox)
    postbox.desk.clock.advance(days=1, hours=2)
    began = monotonic()

    with _two_workers(postbox):
        _wait_for_mails(postbox, began + _MINUTE)

    assert monotonic() - began < _MINUTE
    names = Counter(one.message["Message-ID"] for one in postbox.sink.received)
    assert len(names) == _REMINDERS
    assert set(names.values()) == {1}
    assert postbox.sink.connections < _REMINDERS / 5
