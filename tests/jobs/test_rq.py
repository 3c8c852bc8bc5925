"""With Redis: RQ rings, the outbox decides; a worker runs our one task and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from rq import Callback, Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select

from booking.app import create_app
from booking.bookings.jobs import WRITE
from booking.core.clock import FrozenClock
from booking.core.errors import BookingError
from booking.db import db, reading, writing
from booking.jobs.build import build_rq_parts, build_runner
from booking.jobs.rq_worker import OutboxWorker, build_rq_worker, sweep
from booking.queue import outbox
from booking.queue.models import Job
from booking.queue.redis_bell import QUEUE_NAME, TASK, RedisBell, connect_redis
from booking.settings import Settings
from tests.bookings.desk import open_desk
from tests.servers.redis_server import Redis as RedisServer


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    client = connect_redis(redis_url)
    yield client
    client.close()


@pytest.fixture
def rq_app(sqlite_settings: Settings, redis_url: str, clock: FrozenClock) -> Iterator[Flask]:
    """The application with Redis configured."""
    app = create_app(replace(sqlite_settings, redis_url=redis_url), clock)
    with app.app_context():
        yield app
        db.engine.dispose()


@pytest.fixture
def worker(rq_app: Flask, redis: Redis) -> OutboxWorker:
    build_runner(rq_app)
    return build_rq_worker(rq_app, redis)


def _queue(redis: Redis) -> Queue:
    return Queue(QUEUE_NAME, connection=redis, serializer=JSONSerializer)


def _due(clock: FrozenClock) -> list[int]:
    with reading() as session:
        return outbox.due(session, clock.now())


def _attempts(job_id: int) -> int:
    with reading() as session:
        return session.get_one(Job, job_id).attempts


def _booked(app: Flask, clock: FrozenClock) -> int:
    """Book into a calendar and return the job that writes it there."""
    desk = open_desk(app, clock)
    desk.put_calendar(receives=True, selected=False)
    desk.book(desk.offer(), "10:00")
    (job_id,) = _row_ids()
    assert job_id in _due(clock)
    return job_id


def test_a_booking_rings_and_the_worker_runs_its_row(
    rq_app: Flask, worker: OutboxWorker, redis: Redis, clock: FrozenClock
) -> None:
    job_id = _booked(rq_app, clock)
    assert f"job-{job_id}" in _queue(redis).job_ids

    worker.work(burst=True)

    assert _attempts(job_id) == 1
    assert _queue(redis).job_ids == []


def test_a_row_rung_for_twice_is_run_once(
    rq_app: Flask, worker: OutboxWorker, redis: Redis, clock: FrozenClock
) -> None:
    job_id = _booked(rq_app, clock)
    for number in range(3):
        _queue(redis).enqueue_call(TASK, args=(job_id,), job_id=f"again-{number}")

    worker.work(burst=True)

    assert _attempts(job_id) == 1


def test_a_row_that_is_gone_or_never_was_is_no_failure(worker: OutboxWorker, redis: Redis) -> None:
    _queue(redis).enqueue_call(TASK, args=(4711,))

    worker.work(burst=True)

    assert _queue(redis).failed_job_registry.count == 0


@pytest.mark.parametrize(
    ("function", "arguments", "named"),
    [
        ("os.system", ("touch {}",), {}),
        ("booking.jobs.run.run_job", ("1",), {}),
        ("booking.jobs.run.run_job", (True,), {}),
        ("booking.jobs.run.run_job", (1, 2), {}),
        ("booking.jobs.run.run_job", (1,), {"more": 1}),
        ("booking.jobs.run.os.system", ("touch {}",), {}),
    ],
)
def test_whoever_can_write_to_redis_runs_no_code_of_theirs(
    worker: OutboxWorker, redis: Redis, tmp_path: Path, function: str, arguments: Any, named: Any
) -> None:
    made = tmp_path / "made"
    filled = tuple(one.format(made) if isinstance(one, str) else one for one in arguments)
    _queue(redis).enqueue_call(function, args=filled, kwargs=named, job_id="theirs")

    worker.work(burst=True)

    assert not made.exists()
    assert _queue(redis).job_ids == []
    assert not redis.exists("rq:job:theirs")


@pytest.mark.parametrize("moment", ["on_success", "on_failure", "on_stopped"])
def test_an_entry_that_brings_code_for_later_is_refused(
    worker: OutboxWorker, redis: Redis, moment: str
) -> None:
    later: dict[str, Any] = {moment: Callback("os.getpid")}
    _queue(redis).enqueue_call(TASK, args=(1,), job_id="theirs", **later)

    worker.work(burst=True)

    assert not redis.exists("rq:job:theirs")


def test_an_entry_that_is_no_json_is_refused(worker: OutboxWorker, redis: Redis) -> None:
    pickled = Queue(QUEUE_NAME, connection=redis)
    pickled.enqueue_call("os.getpid", job_id="theirs")

    worker.work(burst=True)

    assert not redis.exists("rq:job:theirs")


def test_a_refused_entry_does_not_stop_those_behind_it(
    rq_app: Flask, worker: OutboxWorker, redis: Redis, clock: FrozenClock
) -> None:
    _queue(redis).enqueue_call("os.system", args=("true",))
    job_id = _booked(rq_app, clock)

    worker.work(burst=True)

    assert _attempts(job_id) == 1


def test_what_redis_forgot_is_rung_for_again(
    rq_app: Flask, worker: OutboxWorker, redis: Redis, clock: FrozenClock
) -> None:
    job_id = _booked(rq_app, clock)
    redis.flushall()

    sweep(build_runner(rq_app), RedisBell(redis)).work()
    worker.work(burst=True)

    assert _attempts(job_id) == 1


def test_a_failed_job_is_rung_for_when_its_time_comes(
    rq_app: Flask, worker: OutboxWorker, redis: Redis, clock: FrozenClock
) -> None:
    with writing() as session:
        job_id = outbox.add(
            session, "unheard of", {}, now=clock.now(), due_at=clock.now() + timedelta(hours=1)
        )
    tick = sweep(build_runner(rq_app), RedisBell(redis))

    tick.work()
    assert _queue(redis).job_ids == []
    clock.advance(hours=1)
    tick.work()

    assert _queue(redis).job_ids == [f"job-{job_id}"]


def test_guests_book_quickly_while_redis_is_away_and_nothing_is_lost(
    rq_app: Flask,
    worker: OutboxWorker,
    redis: Redis,
    redis_server: RedisServer,
    clock: FrozenClock,
) -> None:
    desk = open_desk(rq_app, clock)
    desk.put_calendar(receives=True, selected=False)
    talk = desk.offer()
    with redis_server.outage():
        begun = time.monotonic()
        for hour in range(9, 17):
            assert desk.book(talk, f"{hour:02}:00").calendar_state == "pending"
        taken = time.monotonic() - begun
    assert taken < 5

    sweep(build_runner(rq_app), RedisBell(redis)).work()
    worker.work(burst=True)

    (job_id,) = _row_ids()
    assert _attempts(job_id) == 1


def _row_ids() -> list[int]:
    """Return the jobs that write to calendars."""
    with reading() as session:
        return list(session.scalars(select(Job.id).where(Job.kind == WRITE)))


def test_the_parts_of_the_worker_ring_again_by_themselves(rq_app: Flask) -> None:
    worker, keeper = build_rq_parts(rq_app)

    assert worker.app is rq_app
    assert "sweep" in [tick.name for tick in keeper._ticks]
    worker.connection.close()


def test_without_redis_there_is_no_such_worker(app: Flask) -> None:
    with pytest.raises(BookingError, match="BOOKING_REDIS_URL"):
        build_rq_parts(app)
