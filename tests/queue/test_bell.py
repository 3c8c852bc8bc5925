"""The bell: a real Redis told of due jobs after each commit, and never waited for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from booking.db import db, writing
from booking.queue import bell, outbox
from booking.queue.redis_bell import QUEUE_NAME, TASK, RedisBell, connect_redis
from tests.conftest import MONDAY
from tests.servers.process import free_port
from tests.servers.redis_server import Redis as RedisServer


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    client = connect_redis(redis_url)
    yield client
    client.close()


def _queued(redis: Redis) -> list[str]:
    return list(Queue(QUEUE_NAME, connection=redis, serializer=JSONSerializer).job_ids)


def test_a_commit_that_made_work_rings_once_for_each_job(app: Flask, redis: Redis) -> None:
    bell.attach(db.engine, RedisBell(redis))

    with writing() as session:
        first = outbox.add(session, "test", {}, now=MONDAY, dedup_key="a")
        outbox.add(session, "test", {}, now=MONDAY, dedup_key="a")
        second = outbox.add(session, "test", {}, now=MONDAY)
        assert _queued(redis) == []

    assert _queued(redis) == [f"job-{first}", f"job-{second}"]


def test_work_that_is_due_later_does_not_ring(app: Flask, redis: Redis) -> None:
    bell.attach(db.engine, RedisBell(redis))

    with writing() as session:
        outbox.add(session, "test", {}, now=MONDAY, due_at=MONDAY + timedelta(hours=1))

    assert _queued(redis) == []


def test_a_unit_that_failed_does_not_ring(app: Flask, redis: Redis) -> None:
    bell.attach(db.engine, RedisBell(redis))

    def unit() -> None:
        with writing() as session:
            outbox.add(session, "test", {}, now=MONDAY)
            raise LookupError

    with pytest.raises(LookupError):
        unit()

    assert _queued(redis) == []


def test_work_asked_for_while_it_ran_rings_when_it_ends(app: Flask, redis: Redis) -> None:
    with writing() as session:
        job_id = outbox.add(session, "test", {}, now=MONDAY, dedup_key="a")
        job = outbox.claim(session, job_id, "worker", MONDAY)
        outbox.add(session, "test", {}, now=MONDAY, dedup_key="a")
    bell.attach(db.engine, RedisBell(redis))
    assert job is not None

    with writing() as session:
        outbox.finish(session, job, MONDAY)

    assert _queued(redis) == [f"job-{job_id}"]


def test_only_the_rows_number_and_the_tasks_name_travel(redis: Redis) -> None:
    RedisBell(redis).ring([7])

    queue = Queue(QUEUE_NAME, connection=redis, serializer=JSONSerializer)
    (job,) = queue.jobs
    assert (job.func_name, list(job.args), job.kwargs) == (TASK, [7], {})


def test_ringing_twice_queues_once(redis: Redis) -> None:
    RedisBell(redis).ring([7, 7])
    RedisBell(redis).ring([7])

    assert _queued(redis) == ["job-7"]


def test_a_bell_without_redis_is_silent_and_quick() -> None:
    silent = RedisBell(connect_redis(f"redis://127.0.0.1:{free_port()}/0"))
    begun = time.monotonic()

    silent.ring(range(100))

    assert time.monotonic() - begun < 2


def test_after_a_failure_the_bell_leaves_redis_alone_for_a_while(
    redis_server: RedisServer, redis: Redis
) -> None:
    seconds = [0.0]
    own = RedisBell(redis, now=lambda: seconds[0])
    with redis_server.outage():
        own.ring([1])

    seconds[0] = 9.0
    own.ring([2])
    assert _queued(redis) == []
    seconds[0] = 10.0
    own.ring([3])

    assert _queued(redis) == ["job-3"]
