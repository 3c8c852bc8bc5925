"""The outbox: asking for work, claiming it, and how it ends, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from booking.db import reading, writing
from booking.queue import outbox
from booking.queue.models import Job, JobState
from booking.queue.outbox import LEASE, ClaimedJob
from tests.conftest import MONDAY

pytestmark = pytest.mark.usefixtures("either_app")
KEY = "refresh:1"


def _add(now: datetime = MONDAY, **more: Any) -> int:
    values: dict[str, Any] = {"payload": {"n": 1}, "dedup_key": KEY, **more}
    with writing() as session:
        return outbox.add(session, "test", values.pop("payload"), now=now, **values)


def _claim(job_id: int, now: datetime = MONDAY, owner: str = "a") -> ClaimedJob | None:
    with writing() as session:
        return outbox.claim(session, job_id, owner, now)


def _claimed(job_id: int, now: datetime = MONDAY, owner: str = "a") -> ClaimedJob:
    job = _claim(job_id, now, owner)
    assert job is not None
    return job


def _finish(job: ClaimedJob, now: datetime = MONDAY) -> bool:
    with writing() as session:
        return outbox.finish(session, job, now)


def _due(now: datetime = MONDAY) -> list[int]:
    with reading() as session:
        return outbox.due(session, now)


def _row(job_id: int) -> Job | None:
    with reading() as session:
        return session.get(Job, job_id)


def _state(job_id: int) -> Job:
    row = _row(job_id)
    assert row is not None
    return row


def test_work_is_claimed_done_and_gone() -> None:
    job_id = _add()

    job = _claimed(job_id)

    assert (job.kind, job.payload, job.attempts) == ("test", {"n": 1}, 1)
    assert _finish(job)
    assert _row(job_id) is None


def test_the_same_work_asked_for_twice_is_one_job_with_the_newer_payload() -> None:
    first = _add(payload={"n": 1})

    assert _add(payload={"n": 2}) == first
    assert _claimed(first).payload == {"n": 2}


def test_work_without_a_key_is_never_merged() -> None:
    assert _add(dedup_key=None) != _add(dedup_key=None)


def test_merged_work_is_due_at_the_earlier_time() -> None:
    job_id = _add(due_at=MONDAY + timedelta(hours=1))
    _add(due_at=MONDAY + timedelta(hours=2))
    assert _state(job_id).due_at == MONDAY + timedelta(hours=1)

    _add(due_at=MONDAY)

    assert _due() == [job_id]


def test_jobs_come_longest_due_first_and_none_before_its_time() -> None:
    late = _add(dedup_key="late", due_at=MONDAY - timedelta(minutes=1))
    later = _add(dedup_key="later", due_at=MONDAY)
    early = _add(dedup_key="early", due_at=MONDAY - timedelta(hours=1))
    _add(dedup_key="not yet", due_at=MONDAY + timedelta(seconds=1))

    assert _due() == [early, late, later]


def test_a_job_that_is_not_due_cannot_be_claimed() -> None:
    job_id = _add(due_at=MONDAY + timedelta(seconds=1))

    assert _claim(job_id) is None
    assert _claim(job_id, MONDAY + timedelta(seconds=1)) is not None


def test_of_many_workers_one_gets_the_job(either_app: Flask) -> None:
    job_id = _add()
    gate = threading.Barrier(8)

    def worker(number: int) -> ClaimedJob | None:
        with either_app.app_context():
            gate.wait()
            return _claim(job_id, owner=f"worker {number}")

    with ThreadPoolExecutor(8) as crew:
        claimed = list(crew.map(worker, range(8)))

    assert sum(job is not None for job in claimed) == 1


def test_many_who_ask_at_once_make_one_job(either_app: Flask) -> None:
    gate = threading.Barrier(8)

    def asker(number: int) -> int:
        with either_app.app_context():
            gate.wait()
            return _add(payload={"n": number})

    with ThreadPoolExecutor(8) as crowd:
        ids = set(crowd.map(asker, range(8)))

    assert len(ids) == 1


def test_work_asked_for_while_it_runs_is_done_once_more() -> None:
    job_id = _add()
    job = _claimed(job_id)
    _add(payload={"n": 2})
    _add(payload={"n": 3})

    assert _finish(job)

    again = _claimed(job_id)
    assert (again.payload, again.attempts) == ({"n": 3}, 1)
    assert _finish(again)
    assert _row(job_id) is None


def test_a_lease_keeps_others_away_until_it_ends() -> None:
    job_id = _add()
    _claimed(job_id)

    assert _claim(job_id, MONDAY + LEASE, "b") is None
    assert _due(MONDAY + LEASE) == []
    taken = _claimed(job_id, MONDAY + LEASE + timedelta(seconds=1), "b")
    assert taken.attempts == 2


def test_a_lease_can_be_kept_for_another_minute() -> None:
    job = _claimed(_add())
    later = MONDAY + timedelta(seconds=59)

    with writing() as session:
        assert outbox.extend(session, job, later)

    assert _claim(job.id, later + LEASE, "b") is None


def test_who_lost_the_job_can_end_it_no_more() -> None:
    job_id = _add()
    slow = _claimed(job_id)
    quick = _claimed(job_id, MONDAY + timedelta(minutes=2), "b")

    assert not _finish(slow)
    with writing() as session:
        assert not outbox.extend(session, slow, MONDAY)
        assert not outbox.postpone(session, slow, "late", MONDAY)
        assert not outbox.bury(session, slow.id, slow.fence, "late", MONDAY)
    assert _finish(quick)


def test_a_postponed_job_waits_and_remembers_why() -> None:
    job = _claimed(_add())
    again_at = MONDAY + timedelta(minutes=5)

    with writing() as session:
        outbox.postpone(session, job, "The server is away.", again_at)

    assert _due(again_at - timedelta(seconds=1)) == []
    assert _due(again_at) == [job.id]
    assert _state(job.id).last_error == "The server is away."
    assert _claimed(job.id, again_at).attempts == 2


def test_a_buried_job_stays_to_be_seen_and_is_not_run() -> None:
    job = _claimed(_add())

    with writing() as session:
        outbox.bury(session, job.id, job.fence, "Given up.", MONDAY)

    row = _state(job.id)
    assert (row.state, row.last_error, row.ended_at) == (JobState.DEAD, "Given up.", MONDAY)
    assert _due(MONDAY + timedelta(days=1)) == []


def test_work_asked_for_again_wakes_the_dead() -> None:
    job = _claimed(_add())
    with writing() as session:
        outbox.bury(session, job.id, job.fence, "Given up.", MONDAY)
    tomorrow = MONDAY + timedelta(days=1)

    assert _add(tomorrow) == job.id

    again = _claimed(job.id, tomorrow)
    assert (again.attempts, again.created_at) == (1, tomorrow)


def test_a_new_wish_gives_failing_work_its_whole_time_again() -> None:
    job = _claimed(_add())
    with writing() as session:
        outbox.postpone(session, job, "Away.", MONDAY + timedelta(days=2))
    later = MONDAY + timedelta(days=1)

    _add(later)

    assert _claimed(job.id, later).created_at == later


def test_every_lease_that_runs_out_counts_as_a_crash() -> None:
    job_id, now = _add(), MONDAY
    crashes = []
    for _ in range(3):
        crashes.append(_claimed(job_id, now).crashes)
        now += LEASE + timedelta(seconds=1)

    assert crashes == [0, 1, 2]


def test_leases_of_the_dead_end_at_once() -> None:
    dead, alive = _add(dedup_key="dead"), _add(dedup_key="alive")
    _claimed(dead, owner="dead/1")
    _claimed(alive, owner="alive/2")
    with writing() as session:
        assert sorted(outbox.lease_owners(session)) == ["alive/2", "dead/1"]

        assert outbox.release_leases(session, ("dead/1",), MONDAY) == 1

    assert _due() == [dead]


def test_work_of_a_unit_that_failed_was_never_asked_for() -> None:
    class Undo(Exception):
        pass

    def unit() -> None:
        with writing() as session:
            outbox.add(session, "test", {}, now=MONDAY)
            raise Undo

    with pytest.raises(Undo):
        unit()

    assert _due() == []
