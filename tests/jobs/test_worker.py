"""The embedded worker: real threads that run jobs and ticks until they are told to stop."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from booking.calendars import pair_store, replica_store
from booking.core.clock import FrozenClock, monotonic
from booking.core.errors import NotFound
from booking.db import reading, writing
from booking.jobs.build import build_runner, build_worker, ticks
from booking.jobs.run import JobRunner
from booking.jobs.timekeeper import Tick, Timekeeper
from booking.jobs.worker import THREADS, EmbeddedWorker, heartbeat, release_orphans
from booking.queue import outbox
from booking.queue.models import Job, JobState
from booking.queue.workers import last_seen
from tests.bookings.desk import open_desk
from tests.jobs.scene import Works

PATIENCE = 20


@contextmanager
def _working(worker: EmbeddedWorker) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield thread
    finally:
        worker.stop.set()
        thread.join(PATIENCE)
    assert not thread.is_alive()


def _worker(works: Works, *ticks: Tick) -> EmbeddedWorker:
    keeper = Timekeeper(works.app, ticks)
    return EmbeddedWorker(works.app, works.runner(), keeper, works.clock)


def test_it_runs_a_job_and_keeps_time(either_works: Works) -> None:
    ran, ticked = threading.Event(), threading.Event()
    either_works.do = lambda _payload: ran.set()
    job_id = either_works.add()
    tick = Tick(name="t", seconds=60, work=ticked.set)

    with _working(_worker(either_works, tick)):
        assert ran.wait(PATIENCE)
        assert ticked.wait(PATIENCE)

    assert either_works.row(job_id) is None


def test_a_tick_that_fails_ends_neither_the_others_nor_itself(works: Works) -> None:
    called, others = threading.Semaphore(0), threading.Event()

    def fail() -> None:
        called.release()
        raise ValueError("a fault of ours")

    ticks = Tick(name="bad", seconds=0.1, work=fail), Tick(name="good", seconds=1, work=others.set)

    with _working(_worker(works, *ticks)):
        assert all(called.acquire(timeout=PATIENCE) for _ in range(3))
        assert others.wait(PATIENCE)


def test_a_fault_in_giving_a_job_up_ends_no_thread(works: Works, clock: FrozenClock) -> None:
    def cannot(_payload: Mapping[str, Any], _reason: str) -> None:
        raise ValueError("a fault of ours")

    def hopeless(_payload: Mapping[str, Any]) -> None:
        raise NotFound

    last = threading.Event()
    runner = JobRunner(
        works.app,
        handlers={"bad": hopeless, "good": lambda _payload: last.set()},
        burials={"bad": cannot},
        clock=clock,
        owner="worker",
    )
    dead = works.add("bad")

    with _working(
        EmbeddedWorker(works.app, runner, Timekeeper(works.app, ()), clock, threads=1)
    ) as crew:
        _wait_until(lambda: works.state(dead).state == JobState.DEAD)
        works.add("good")
        assert last.wait(PATIENCE)
        assert crew.is_alive()


def test_it_works_on_several_jobs_at_once(works: Works) -> None:
    both = threading.Barrier(2, timeout=PATIENCE)
    met: list[bool] = []

    def meet(_payload: Mapping[str, Any]) -> None:
        both.wait()
        met.append(True)

    works.do = meet
    for _ in range(2):
        works.add()

    with _working(_worker(works)):
        for _ in range(200):
            if len(met) == 2:
                break
            threading.Event().wait(0.05)

    assert met == [True, True]


def test_a_job_that_comes_while_all_threads_are_idle_is_taken_at_once(works: Works) -> None:
    ran = threading.Event()
    works.do = lambda _payload: ran.set()

    with _working(_worker(works)):
        threading.Event().wait(1.0)
        works.add()
        assert ran.wait(2.0)


def test_a_running_job_is_finished_before_it_stops(works: Works) -> None:
    begun, ended = threading.Event(), threading.Event()

    def work(_payload: Mapping[str, Any]) -> None:
        begun.set()
        worker.stop.wait(PATIENCE)
        ended.set()

    works.do = work
    job_id = works.add()
    worker = _worker(works)

    with _working(worker):
        assert begun.wait(PATIENCE)

    assert ended.is_set()
    assert works.row(job_id) is None


@pytest.mark.parametrize(
    "error", [OperationalError("SELECT 1", {}, Exception()), PoolTimeout()], ids=["lost", "full"]
)
def test_a_tick_that_loses_its_database_is_called_again(works: Works, error: Exception) -> None:
    calls: list[int] = []
    again = threading.Event()

    def work() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise error
        again.set()

    with _working(_worker(works, Tick(name="t", seconds=0, work=work))):
        assert again.wait(PATIENCE)


def test_leases_of_ended_processes_are_freed_when_it_starts(app: Flask, clock: FrozenClock) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    dead = f"{socket.gethostname()}/{child.pid}"
    desk = open_desk(app, clock)
    calendar = desk.put_calendar()
    with writing() as session:
        job_id = outbox.add(session, "test", {}, now=clock.now())
        outbox.claim(session, job_id, dead, clock.now())
        pair = pair_store.find_or_make_pair(
            session, "bookings", desk.host_id, calendar, clock.now()
        )
        assert replica_store.take_lease(session, calendar, dead, clock.now())
        assert pair_store.take_lease(session, pair.id, dead, clock.now())

    release_orphans(clock)

    with writing() as session:
        assert job_id in outbox.due(session, clock.now())
        assert replica_store.take_lease(session, calendar, "new", clock.now())
        assert pair_store.take_lease(session, pair.id, "new", clock.now())


def test_leases_of_living_processes_are_left_alone(app: Flask, clock: FrozenClock) -> None:
    with writing() as session:
        job_id = outbox.add(session, "test", {}, now=clock.now())
        outbox.claim(session, job_id, "elsewhere/1", clock.now())

    release_orphans(clock)

    with reading() as session:
        assert outbox.due(session, clock.now()) == []


def test_a_heartbeat_is_seen(app: Flask, clock: FrozenClock) -> None:
    heartbeat(clock)()

    with reading() as session:
        assert last_seen(session) == clock.now()


def _tick(app: Flask, name: str) -> Callable[[], None]:
    return next(tick.work for tick in ticks(app.extensions["booking"]) if tick.name == name)


def test_requests_nobody_answered_end_by_a_tick(app: Flask, clock: FrozenClock) -> None:
    desk = open_desk(app, clock)
    request = desk.book(desk.offer(requires_confirmation=True), "2026-11-27 10:00")
    clock.advance(days=2)

    _tick(app, "requests")()

    assert desk.now(request).status == "declined"


def test_polls_ask_once_for_what_is_due(app: Flask, clock: FrozenClock) -> None:
    desk = open_desk(app, clock)
    calendar = desk.put_calendar()
    runner = build_runner(app)
    clock.advance(minutes=6)

    _tick(app, "polls")()
    _tick(app, "polls")()

    with reading() as session:
        (job,) = outbox.due(session, clock.now())
    assert calendar
    assert runner.due() == [job]


def test_no_tick_finds_anything_to_do_on_an_empty_site(
    either_app: Flask, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    for tick in ticks(either_app.extensions["booking"]):
        tick.work()

    with reading() as session:
        assert outbox.due(session, clock.now() + timedelta(days=1)) == []
    assert _complaints(caplog) == []


def test_a_refresh_that_fails_is_the_calendars_matter_not_the_jobs(
    app: Flask, clock: FrozenClock
) -> None:
    desk = open_desk(app, clock)
    calendar = desk.put_calendar()
    with writing() as session:
        job_id = outbox.add(
            session, "calendars.refresh", {"calendar_id": calendar, "full": False}, now=clock.now()
        )

    assert build_runner(app).run(job_id)

    with reading() as session:
        assert session.get(Job, job_id) is None
    status = desk.services.calendar_status.status(desk.host_id, calendar)
    assert (status.error_count, status.error_at) == (1, clock.now())


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("calendars.refresh", {"calendar_id": 4711, "full": True}),
        ("calendars.relist", {"connection_id": 4711}),
        ("bookings.write", {"calendar_id": 4711}),
    ],
)
def test_work_for_what_is_gone_ends_quietly(
    app: Flask,
    clock: FrozenClock,
    kind: str,
    payload: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with writing() as session:
        job_id = outbox.add(session, kind, payload, now=clock.now())

    assert build_runner(app).run(job_id)

    with reading() as session:
        assert session.scalars(select(Job)).all() == []
    assert _complaints(caplog) == []


def _complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


def test_the_worker_of_the_application_stops_when_it_is_told(
    app: Flask, clock: FrozenClock
) -> None:
    with _working(build_worker(app)):
        _wait_until(_has_beaten)
        crew = _crew()

    assert (len(crew), _crew()) == (THREADS + 1, [])


def _wait_until(condition: Callable[[], bool]) -> None:
    ends_at = monotonic() + PATIENCE
    while not condition() and monotonic() < ends_at:
        time.sleep(0.02)


def _has_beaten() -> bool:
    with reading() as session:
        return last_seen(session) is not None


def _crew() -> list[str]:
    names = [each.name for each in threading.enumerate()]
    return [name for name in names if name.startswith("jobs-") or name == "ticks"]
