"""Slots are never old: a commit that ended is in the next answer, whoever made it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Event

import pytest
from flask import Flask, current_app
from sqlalchemy import event, update

from booking.app import create_app
from booking.bookings.unchanged import Stamps
from booking.core.clock import FrozenClock
from booking.core.errors import NotFound
from booking.db import db, writing
from booking.eventtypes.models import EventType
from booking.settings import Settings
from booking.wiring import Services
from tests.bookings.desk import Desk, open_desk
from tests.servers.booking_server import environment_of

_ROUNDS = 30
_THREADS = 4
_CHANGE = """
from sqlalchemy import update
from booking.accounts.models import User
from booking.app import create_app
from booking.db import writing
from booking.eventtypes.models import EventType
with create_app().app_context(), writing() as session:
    session.execute(update(EventType).values(duration_minutes=45))
    session.execute(update(User).values(slots_version=User.slots_version + 1))
"""


def _minutes(desk: Desk, talk: int) -> int:
    """Return how long the first slot is: what the tests below change."""
    slot = desk.services.slots.find(desk.query(talk)).slots[0]
    return (slot.end - slot.start) // 60


def _change(services: Services, desk: Desk, talk: int, minutes: int) -> None:
    services.event_types.change(desk.host_id, talk, {"duration_minutes": minutes})


def test_a_change_of_this_thread_is_in_the_next_answer(either_desk: Desk) -> None:
    talk = either_desk.offer()

    for minutes in range(15, 15 + _ROUNDS):
        _change(either_desk.services, either_desk, talk, minutes)
        assert _minutes(either_desk, talk) == minutes
        assert _minutes(either_desk, talk) == minutes


def test_a_change_by_another_engine_is_in_the_next_answer(
    either_desk: Desk, either_settings: Settings
) -> None:
    talk = either_desk.offer()
    other = create_app(either_settings, either_desk.clock)

    for minutes in range(15, 15 + _ROUNDS):
        with other.app_context():
            _change(other.extensions["booking"], either_desk, talk, minutes)
        assert _minutes(either_desk, talk) == minutes
        assert _minutes(either_desk, talk) == minutes

    with other.app_context():
        db.engine.dispose()


def test_a_change_by_another_process_is_in_the_next_answer(
    either_desk: Desk, either_settings: Settings
) -> None:
    talk = either_desk.offer()
    assert _minutes(either_desk, talk) == 60
    environment = {**os.environ, **environment_of(either_settings)}  # noqa: TID251 - for a child

    subprocess.run([sys.executable, "-c", _CHANGE], env=environment, check=True)

    assert _minutes(either_desk, talk) == 45


def test_many_threads_never_see_what_was_before_a_commit_that_ended(
    either_desk: Desk, either_app: Flask
) -> None:
    talk = either_desk.offer()
    committed, is_over = [60], Event()

    def read() -> int:
        answers = 0
        with either_app.app_context():
            while not is_over.is_set():
                least = committed[-1]
                assert _minutes(either_desk, talk) >= least
                answers += 1
        return answers

    with ThreadPoolExecutor(_THREADS) as crew:
        readers = [crew.submit(read) for _ in range(_THREADS)]
        try:
            for minutes in range(61, 61 + _ROUNDS):
                _change(either_desk.services, either_desk, talk, minutes)
                committed.append(minutes)
        finally:
            is_over.set()
        assert all(reader.result() > 0 for reader in readers)


def test_what_is_not_committed_is_in_no_answer(either_desk: Desk) -> None:
    talk = either_desk.offer()
    assert _minutes(either_desk, talk) == 60

    with writing() as session:
        session.execute(update(EventType).values(duration_minutes=45))
        session.flush()
        assert _minutes(either_desk, talk) == 60


def _queries(run: Callable[[], object]) -> int:
    """Count the statements that go to the database by the application's pool."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        run()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return sum(statement.startswith("SELECT") for statement in seen)


def test_a_repeated_question_asks_sqlite_nothing_and_postgresql_once(either_desk: Desk) -> None:
    talk = either_desk.offer()
    _minutes(either_desk, talk)

    asked = _queries(lambda: _minutes(either_desk, talk))

    assert asked == (0 if db.engine.dialect.name == "sqlite" else 1)


def test_a_commit_about_something_else_costs_one_query(desk: Desk) -> None:
    talk = desk.offer()
    first = desk.services.slots.find(desk.query(talk))

    with closing(sqlite3.connect(str(db.engine.url.database))) as other, other:
        other.execute("DELETE FROM throttle_windows")
        other.execute("INSERT INTO throttle_windows VALUES ('x', 0, 0, 0)")

    assert _queries(lambda: desk.services.slots.find(desk.query(talk))) == 1
    assert desk.services.slots.find(desk.query(talk)) is first


def test_an_event_type_that_is_gone_is_not_found_each_time(desk: Desk) -> None:
    stamps, talk = Stamps(), desk.offer()
    stamps.of(talk)

    desk.services.event_types.delete(desk.host_id, talk)

    for _ in range(2):
        with pytest.raises(NotFound):
            stamps.of(talk)


def test_a_booking_of_one_event_type_ends_what_is_known_of_the_hosts_others(desk: Desk) -> None:
    talk, call = desk.offer(), desk.offer(title="Call", slug="call")
    assert "10:00" in desk.starts(call)

    desk.book(talk, "10:00")

    assert "10:00" not in desk.starts(call)
    assert current_app.extensions["booking"].slots.recall(desk.query(call)) is not None


def test_a_database_in_memory_is_asked_each_time(
    settings_template: Settings, clock: FrozenClock
) -> None:
    app = create_app(replace(settings_template, database_url="sqlite:///:memory:"), clock)
    with app.app_context():
        db.create_all()
        desk = open_desk(app, clock)
        talk = desk.offer()
        assert _minutes(desk, talk) == 60

        _change(desk.services, desk, talk, 45)

        assert _minutes(desk, talk) == 45
        db.engine.dispose()


def test_a_watching_connection_that_broke_is_replaced(desk: Desk) -> None:
    watching: list[sqlite3.Connection] = []
    event.listen(db.engine, "detach", lambda connection, _record: watching.append(connection))
    stamps, talk = Stamps(), desk.offer()
    first = stamps.of(talk)

    watching.pop().close()

    assert stamps.of(talk) == first
    assert watching == []
    assert stamps.of(talk) == first
    assert len(watching) == 1
    assert _queries(lambda: stamps.of(talk)) == 0
