"""Whose job comes next: lanes take turns, routine waits, and many who ask get one answer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from booking.db import reading, writing
from booking.queue import outbox
from booking.queue.models import Job
from booking.queue.outbox import LEASE, MOST_IN_LANE, ROUTINE, ClaimedJob
from tests.conftest import MONDAY

pytestmark = pytest.mark.usefixtures("either_app")
SECOND = timedelta(seconds=1)
KEY = "hint:1"


def add(lane: int | None = None, now: datetime = MONDAY, rank: int = 0) -> int:
    with writing() as session:
        return outbox.add(session, "test", {}, now=now, lane=lane, rank=rank)


def due(now: datetime = MONDAY, limit: int = 50) -> list[int]:
    with reading() as session:
        return outbox.due(session, now, limit)


def claim(job_id: int, now: datetime = MONDAY) -> ClaimedJob:
    with writing() as session:
        job = outbox.claim(session, job_id, "worker", now)
    assert job is not None
    return job


def soon(now: datetime, *, holds_back: bool = False) -> datetime:
    with writing() as session:
        return outbox.add_soon(
            session,
            "test",
            {},
            now=now,
            dedup_key=KEY,
            first_at=now,
            again_at=now + SECOND,
            holds_back=holds_back,
        )


def only() -> Job:
    with reading() as session:
        return session.query(Job).one()


def test_hundreds_of_jobs_of_one_account_do_not_delay_anothers() -> None:
    noisy = [add(lane=7) for _ in range(300)]
    quiet = add(lane=8, now=MONDAY + SECOND)

    found = due(MONDAY + SECOND)

    assert found == [noisy[0], quiet, noisy[1]]


def test_what_runs_counts_for_its_lane() -> None:
    jobs = [add(lane=7) for _ in range(4)]
    claim(jobs[0])
    assert due() == [jobs[1]]

    claim(jobs[1])
    assert due() == []

    over = MONDAY + LEASE + SECOND
    assert due(over) == jobs[:MOST_IN_LANE]


def test_a_finished_job_makes_room_for_the_next_of_its_lane() -> None:
    jobs = [add(lane=7) for _ in range(3)]
    first = claim(jobs[0])
    claim(jobs[1])
    with writing() as session:
        outbox.finish(session, first, MONDAY)

    assert due() == [jobs[2]]


def test_jobs_without_a_lane_wait_for_nobody() -> None:
    jobs = [add() for _ in range(5)]

    assert due() == jobs


def test_routine_waits_while_anything_else_is_due() -> None:
    poll = add(lane=1, rank=ROUTINE)
    visit = add(lane=2, now=MONDAY + SECOND)

    assert due(MONDAY + SECOND) == [visit, poll]


def test_what_somebody_waits_for_is_no_routine_any_more() -> None:
    with writing() as session:
        outbox.add(session, "test", {}, now=MONDAY, dedup_key=KEY, rank=ROUTINE)
        outbox.add(session, "test", {}, now=MONDAY, dedup_key=KEY)
        outbox.add(session, "test", {}, now=MONDAY, dedup_key=KEY, rank=ROUTINE)

    assert only().rank == 0


def test_no_more_are_named_than_asked_for() -> None:
    jobs = [add(lane=number) for number in range(1, 6)]

    assert due(limit=2) == jobs[:2]


def test_many_who_ask_leave_one_job_which_is_never_brought_forward() -> None:
    soon(MONDAY, holds_back=False)
    later = soon(MONDAY + SECOND)

    assert later == MONDAY
    assert only().due_at == MONDAY


def test_a_job_that_is_held_back_waits_for_the_last_who_ask() -> None:
    with writing() as session:
        outbox.add(session, "test", {}, now=MONDAY, dedup_key=KEY, due_at=MONDAY + SECOND)

    assert soon(MONDAY + SECOND / 2, holds_back=True) == MONDAY + 1.5 * SECOND
    assert due(MONDAY + SECOND) == []


def test_one_that_is_due_already_is_not_held_back() -> None:
    soon(MONDAY)

    assert soon(MONDAY, holds_back=True) == MONDAY


def test_asked_for_while_it_runs_it_runs_again_a_moment_later() -> None:
    soon(MONDAY)
    job = claim(only().id)

    assert soon(MONDAY) == MONDAY + SECOND
    with writing() as session:
        outbox.finish(session, job, MONDAY)

    assert due(MONDAY) == []
    assert due(MONDAY + SECOND) == [job.id]


def test_a_failure_does_not_bring_it_forward_either() -> None:
    soon(MONDAY)
    job = claim(only().id)
    soon(MONDAY)
    with writing() as session:
        outbox.postpone(session, job, "busy", MONDAY + SECOND / 4)

    assert due(MONDAY + SECOND / 2) == []
    assert due(MONDAY + SECOND) == [job.id]
