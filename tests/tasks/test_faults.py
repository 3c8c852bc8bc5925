"""What goes wrong around tasks: two workers, many events, a stop in the middle, old records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.calendars import pair_store
from booking.calendars.link_models import SyncRecord
from booking.calendars.models import Calendar
from booking.core.clock import FrozenClock
from booking.core.errors import ProviderError
from booking.db import reading, writing
from booking.sync.rows import LeaseLost
from booking.tasks import store
from booking.tasks.switches import Which
from booking.tasks.writer import TasksBusy
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, in_front_of
from tests.servers.scripted import Reply, Request
from tests.tasks.hands import DavPlace, Recorder
from tests.tasks.place import DUE, sign_up


def _opened(app: Flask, clock: FrozenClock, account: DavAccount) -> Iterator[DavPlace]:
    services, user = sign_up(app)
    with in_front_of(account.base_url) as proxy:
        place = DavPlace(
            services=services,
            clock=clock,
            user=user,
            account=account,
            proxy=proxy,
            recorder=Recorder(proxy),
        )
        services.tasks.switches.set_calendar(user, place.connect_again())
        yield place


@pytest.fixture
def place(app: Flask, clock: FrozenClock, radicale_account: DavAccount) -> Iterator[DavPlace]:
    """Tasks on Radicale, in SQLite."""
    yield from _opened(app, clock, radicale_account)


@pytest.fixture
def either_place(
    either_app: Flask, clock: FrozenClock, radicale_account: DavAccount
) -> Iterator[DavPlace]:
    """Tasks on Radicale, in each of the two databases."""
    yield from _opened(either_app, clock, radicale_account)


def test_both_databases_carry_a_task_through_its_life(either_place: DavPlace) -> None:
    place = either_place
    task = place.written("One")
    place.rename(place.only(), "Renamed")
    place.minute()
    assert place.now(task).title == "Renamed"

    place.rename(place.only(), "Theirs")
    place.change(task, title="Ours", completed=True)
    place.minute()
    conflict = place.now(task).sync.conflict
    assert conflict is not None
    assert conflict.fields == ("title",)

    view = place.services.tasks.switches.switch(place.user, Which.OPEN, enabled=False)
    assert view.progress.total == 0
    place.tick()
    assert place.events() == []
    place.change(task, sync_enabled=True)
    place.tick()
    place.disconnect()
    assert place.now(task).sync.ended == "disconnected"
    assert len(place.events()) == 1


def test_one_worker_at_a_time_works_on_a_calendar(place: DavPlace) -> None:
    place.written()
    with writing() as session:
        pair = store.pair_at(session, place.calendar)
        assert pair is not None
        lease = pair_store.take_lease(session, pair.id, "elsewhere", place.clock.now())
    assert lease is not None
    place.add("Second")

    with pytest.raises(TasksBusy):
        place.tick()
    place.clock.advance(minutes=5)
    place.tick()

    assert len(place.events()) == 2


def test_a_worker_that_lost_its_lease_keeps_nothing(app: Flask, place: DavPlace) -> None:
    task = place.written()
    taken: list[bool] = []

    def another_worker() -> None:
        taken.append(True)
        with app.app_context(), writing() as session:
            pair = store.pair_at(session, place.calendar)
            assert pair is not None
            pair.fence += 1

    inner = place.proxy.script

    def meanwhile(request: Request) -> Reply:
        if request.method == "PUT" and not taken:
            another_worker()
        return inner(request)

    place.proxy.script = meanwhile
    place.change(task, title="Changed")
    with pytest.raises(LeaseLost):
        place.tick()
    place.clock.advance(minutes=5)
    place.tick()

    assert place.only().title == place.now(task).title == "Changed"
    assert place.now(task).sync.state == "written"


def test_a_thousand_foreign_events_are_in_no_answer(place: DavPlace) -> None:
    place.fill_with_foreign(1000)
    task = place.written()
    place.recorder.bodies.clear()
    place.proxy.requests.clear()

    place.change(task, title="Changed", completed=True)
    place.minute()
    place.move(place.only(), DUE + timedelta(hours=1))
    place.minute()
    place.change(task, sync_enabled=False)
    place.minute()

    assert place.proxy.requests
    assert not any("Private" in body for body in place.recorder.bodies)
    listing = [
        request
        for request in place.proxy.requests
        if request.method == "PROPFIND" and request.headers.get("Depth") != "0"
    ]
    assert listing == []
    assert not any(b"sync-collection" in request.body for request in place.proxy.requests)


def test_what_was_not_begun_can_be_stopped_in_the_middle(app: Flask, place: DavPlace) -> None:
    place.add_many(130)
    place.services.tasks.switches.switch(place.user, Which.OPEN, enabled=True)
    inner = place.proxy.script
    stopped: list[int] = []

    def stopping(request: Request) -> Reply:
        if request.method == "PUT" and not stopped:
            with app.app_context():
                view = place.services.tasks.switches.stop(place.user)
            stopped.append(view.progress.total)
        return inner(request)

    place.proxy.script = stopping
    place.tick()

    after = place.services.tasks.switches.calendar(place.user).progress
    assert 0 < stopped[0] < 130
    assert (after.total, after.written, after.waiting) == (stopped[0], stopped[0], 0)
    assert len(place.events()) == stopped[0]


def test_an_edit_is_not_kept_waiting_by_many_new_ones(place: DavPlace) -> None:
    task = place.written("Edited")
    key = place.only().key
    place.add_many(20)
    place.services.tasks.switches.switch(place.user, Which.OPEN, enabled=True)
    place.change(task, title="Edited meanwhile")
    place.proxy.requests.clear()

    place.tick()

    puts = [request.path for request in place.proxy.requests if request.method == "PUT"]
    assert key.endswith(puts[0])
    assert len(puts) == 21


def test_a_calendar_that_may_only_be_read_is_told_of_and_others_wait(place: DavPlace) -> None:
    tasks = [place.add(f"Task {number}") for number in range(3)]
    place.proxy.inject(Action.STATUS, "PUT", status=403)

    assert place.troubled() is not None

    assert {place.now(task).sync.state for task in tasks} == {"failing"}
    place.proxy.clear()
    place.clock.advance(days=2)
    place.tick()
    assert {place.now(task).sync.state for task in tasks} == {"written"}


def test_a_calendar_that_vanished_switches_nothing_off(place: DavPlace) -> None:
    task = place.written()
    place.account.delete(place.urls[0])
    place.clock.advance(minutes=1)

    with pytest.raises(ProviderError):
        place.tick()

    assert place.now(task).sync_enabled
    assert place.services.tasks.switches.calendar(place.user).error


def test_what_happened_is_forgotten_after_thirty_days(place: DavPlace) -> None:
    task = place.written()
    place.change(task, sync_enabled=False)
    place.tick()
    place.clock.advance(days=31)

    place.services.tasks.service.forget_old()

    with reading() as session:
        assert session.scalars(select(SyncRecord)).all() == []
        assert session.scalars(select(Calendar)).all()
