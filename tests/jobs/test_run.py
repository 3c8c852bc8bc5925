"""Running one job: done, postponed, given up, or taken over by somebody else."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from booking.core.errors import ReconnectRequired, Unreachable
from booking.db import writing
from booking.queue import outbox
from booking.queue.models import JobState
from booking.queue.outbox import LEASE, MOST_CRASHES
from tests.jobs.scene import Works


def _fail_with(error: Exception) -> Any:
    def handle(_payload: Mapping[str, Any]) -> None:
        raise error

    return handle


def test_a_due_job_is_run_once_and_gone(either_works: Works) -> None:
    job_id = either_works.add()
    runner = either_works.runner()

    assert runner.due() == [job_id]
    assert runner.run(job_id)
    assert not runner.run(job_id)

    assert either_works.done == [{"n": 1}]
    assert either_works.row(job_id) is None


def test_a_job_that_is_not_there_or_not_due_is_left_alone(works: Works) -> None:
    later = works.add(due_at=works.clock.now() + timedelta(hours=1))

    assert not works.runner().run(later)
    assert not works.runner().run(4711)
    assert works.done == []


def test_a_failed_job_is_postponed_with_its_reason(either_works: Works) -> None:
    either_works.do = _fail_with(Unreachable("The server is away."))
    job_id = either_works.add()

    assert either_works.runner().run(job_id)

    row = either_works.state(job_id)
    assert (row.state, row.last_error) == (JobState.READY, "The server is away.")
    assert row.due_at > either_works.clock.now()
    assert either_works.given_up == []


def test_a_hopeless_job_is_given_up_and_somebody_is_told(either_works: Works) -> None:
    either_works.do = _fail_with(ReconnectRequired("Reconnect the account."))
    job_id = either_works.add()

    either_works.runner().run(job_id)

    assert either_works.state(job_id).state == JobState.DEAD
    assert either_works.given_up == ["Reconnect the account."]


def test_a_job_of_an_unknown_kind_is_no_end_of_the_worker(works: Works) -> None:
    job_id = works.add(kind="from a newer release")

    for _ in range(10):
        works.runner().run(job_id)
        works.clock.advance(hours=1)

    assert works.state(job_id).state == JobState.DEAD


def test_a_job_that_kills_its_workers_is_given_up_and_somebody_is_told(works: Works) -> None:
    job_id = works.add()
    for _ in range(MOST_CRASHES):
        with writing() as session:
            assert outbox.claim(session, job_id, "doomed", works.clock.now())
        works.clock.advance(seconds=LEASE.total_seconds() + 1)

    works.runner().run(job_id)

    assert works.done == []
    assert works.state(job_id).state == JobState.DEAD
    assert works.given_up == ["The worker died each time it ran this job."]


def test_a_job_that_runs_long_keeps_its_lease(either_works: Works) -> None:
    either_works.keep_seconds = 0.01
    job_id = either_works.add()
    kept = Event()

    def work_long(_payload: Mapping[str, Any]) -> None:
        first = either_works.state(job_id).lease_until
        either_works.clock.advance(seconds=50)
        while not kept.wait(0.01):
            if either_works.state(job_id).lease_until != first:
                kept.set()
        either_works.clock.advance(seconds=50)
        assert not either_works.runner("another").run(job_id)

    either_works.do = work_long

    assert either_works.runner().run(job_id)

    assert len(either_works.done) == 1
    assert either_works.row(job_id) is None


@pytest.mark.parametrize("fails", [False, True])
def test_whoever_lost_its_job_changes_nothing_more(works: Works, fails: bool) -> None:
    job_id = works.add()

    def lose_it(_payload: Mapping[str, Any]) -> None:
        works.clock.advance(seconds=LEASE.total_seconds() + 1)
        with writing() as session:
            assert outbox.claim(session, job_id, "another", works.clock.now())
        if fails:
            raise ReconnectRequired

    works.do = lose_it
    works.runner().run(job_id)

    row = works.state(job_id)
    assert (row.state, row.lease_owner) == (JobState.LEASED, "another")
    assert works.given_up == []


def test_a_failure_is_logged_without_what_the_job_was_about(
    works: Works, caplog: pytest.LogCaptureFixture
) -> None:
    works.do = _fail_with(Unreachable("The server is away."))
    works.add(dedup_key="refresh:1")

    with caplog.at_level(logging.WARNING):
        works.runner().run(works.runner().due()[0])

    (record,) = caplog.records
    assert record.getMessage().startswith("job.failed kind=test")
    assert "The server is away." not in caplog.text
