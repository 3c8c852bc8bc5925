"""Pairs in the background: when they are due, and what the job does about what it meets."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.calendars import pair_store
from booking.calendars.link_models import SyncPair, SyncRecord
from booking.db import reading, writing
from booking.jobs.build import handlers
from booking.pairs.jobs import SYNC
from booking.queue.models import Job
from tests.pairs.place import Place, hour


@pytest.fixture
def paired(place: Place) -> Place:
    place.left.put("one", *hour("20261124T100000", "One"))
    place.join()
    return place


def jobs() -> list[str]:
    with reading() as session:
        return [job.dedup_key or "" for job in session.scalars(select(Job)) if job.kind == SYNC]


def work(app: Flask, place: Place) -> None:
    handlers(app.extensions["booking"])[SYNC]({"pair_id": place.pair})


def test_a_new_pair_asks_for_its_first_sync(app: Flask, paired: Place) -> None:
    assert jobs() == [f"pair:{paired.pair}"]

    work(app, paired)

    assert paired.right.titles() == ["One"]
    assert paired.view().synced_at == paired.clock.now()


def test_a_pair_is_due_within_a_minute(app: Flask, paired: Place) -> None:
    work(app, paired)
    assert paired.services.pairs.ask_due() == 0

    paired.clock.advance(seconds=60)

    assert paired.services.pairs.ask_due() == 1


def test_a_pair_is_due_at_once_when_something_else_read_a_change(app: Flask, paired: Place) -> None:
    work(app, paired)
    paired.left.put("two", *hour("20261125T100000", "Two"))
    paired.clock.advance(seconds=6)
    assert paired.services.pairs.ask_due() == 0

    paired.services.refresher.refresh(paired.left.calendar)

    assert paired.services.pairs.ask_due() == 1


def test_a_job_cut_by_its_time_is_gone_on_with(paired: Place) -> None:
    for number in range(5):
        paired.left.put(f"e{number}", *hour(f"2026113{0}T1{number}0000", f"Event {number}"))

    report = paired.services.pair_runner.run(paired.pair, budget=0.0)

    assert (report.finished, paired.view().paired_at) == (False, None)
    runs = 0
    while not report.finished:
        report = paired.services.pair_runner.run(paired.pair, budget=0.01)
        runs += 1
    assert runs > 1
    assert paired.same()
    assert paired.view().paired_at is not None


@pytest.mark.parametrize("met", ["another worker", "pause", "no pair", "no server"])
def test_whatever_a_job_meets_it_ends_quietly(app: Flask, paired: Place, met: str) -> None:
    if met == "another worker":
        with writing() as session:
            now = paired.clock.now()
            assert pair_store.take_lease(session, paired.pair, "elsewhere/1", now)
    elif met == "pause":
        paired.services.pairs.change(paired.user, paired.pair, is_paused=True)
    elif met == "no pair":
        paired.services.pairs.delete(paired.user, paired.pair, remove_copies=False)
    else:
        paired.right.account.delete(paired.right.url)

    work(app, paired)

    assert met == "no server" or paired.right.titles() == []


def test_history_is_forgotten_after_thirty_days(app: Flask, paired: Place) -> None:
    work(app, paired)
    assert paired.services.pairs.forget_old() == 0

    paired.clock.advance(days=31)

    assert paired.services.pairs.forget_old() == 1
    with reading() as session:
        assert session.scalars(select(SyncRecord)).all() == []


def test_what_is_to_come_is_copied_first(paired: Place) -> None:
    for number in range(3):
        paired.left.put(f"old{number}", *hour(f"2025010{number + 1}T100000", f"Old {number}"))
        paired.left.put(f"new{number}", *hour(f"2027010{number + 1}T100000", f"New {number}"))

    paired.sync()

    entries = paired.services.pairs.history(paired.user, paired.pair, before=None, limit=20)
    titles = [entry.title for entry in reversed(entries)]
    assert titles == ["One", "New 0", "New 1", "New 2", "Old 2", "Old 1", "Old 0"]


def test_a_pair_of_a_dead_worker_is_free_after_two_minutes(paired: Place) -> None:
    with writing() as session:
        session.execute(update(SyncPair).values(lease_owner="gone/1"))
        assert pair_store.take_lease(session, paired.pair, "gone/1", paired.clock.now())

    paired.clock.advance(minutes=2)
    paired.sync()

    assert paired.right.titles() == ["One"]
