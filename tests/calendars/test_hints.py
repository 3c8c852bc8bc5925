"""Pushes become readings: few, soon, and none is lost. Checked against a model of time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.calendars.hints import FLOOD, Hints
from booking.core.clock import FrozenClock
from booking.db import reading, writing
from booking.queue import outbox
from booking.queue.models import Job

READING = timedelta(seconds=0.3)
CALENDAR = 4711


@dataclass
class World:
    """Time in steps of a tenth of a second; a worker that takes jobs as they become due."""

    clock: FrozenClock
    hints: Hints
    begun: list[datetime] = field(default_factory=list)
    heard: list[datetime] = field(default_factory=list)
    running: tuple[outbox.ClaimedJob, datetime] | None = None

    def push(self, times: int = 1) -> None:
        for _ in range(times):
            self.heard.append(self.clock.now())
            self.hints.hint(CALENDAR)

    def step(self) -> None:
        self.clock.advance(seconds=0.1)
        now = self.clock.now()
        if self.running is not None and now >= self.running[1]:
            with writing() as session:
                outbox.finish(session, self.running[0], now)
            self.running = None
        if self.running is None:
            self._take(now)

    def _take(self, now: datetime) -> None:
        with writing() as session:
            for job_id in outbox.due(session, now):
                job = outbox.claim(session, job_id, "worker", now)
                if job is not None:
                    self.begun.append(now)
                    self.running = (job, now + READING)

    def rest(self, seconds: float = 15) -> None:
        """Let time pass, in steps only while there is something to do."""
        for left in range(round(seconds * 10), 0, -1):
            if self.running is None and not self._waits():
                self.clock.advance(seconds=left / 10)
                return
            self.step()

    def _waits(self) -> bool:
        with reading() as session:
            return session.scalar(select(Job.id)) is not None

    def longest_wait(self) -> timedelta:
        """Return the longest time from a push to the beginning of the next reading."""
        return max(
            min(start - moment for start in self.begun if start >= moment) for moment in self.heard
        )


@pytest.fixture
def world(app: Flask, clock: FrozenClock) -> World:
    """A process that hears pushes, and a worker."""
    del app
    return World(clock=clock, hints=Hints(clock))


def test_a_push_after_a_quiet_while_is_followed_at_once(world: World) -> None:
    for _ in range(3):
        world.push()
        world.rest()

    assert len(world.begun) == 3
    assert world.longest_wait() <= timedelta(seconds=0.1)


def test_two_changes_close_together_are_both_seen_within_two_seconds(world: World) -> None:
    for pause in range(1, 20, 4):
        world.push()
        world.rest(pause / 10)
        world.push()
        world.rest()

    assert world.longest_wait() <= timedelta(seconds=1.5)


@pytest.mark.parametrize("seconds", [2, 5])
def test_a_flood_of_a_thousand_pushes_is_two_readings(world: World, seconds: int) -> None:
    for _ in range(seconds * 10):
        world.push(1000 // (seconds * 10))
        world.step()
    world.rest()

    assert len(world.begun) == 2
    assert world.begun[-1] >= world.heard[-1]
    assert world.begun[-1] - world.heard[-1] <= timedelta(seconds=1.5)


def test_a_flood_that_never_ends_is_read_all_the_same(world: World) -> None:
    for _ in range(250):
        world.push(5)
        world.step()

    assert 2 <= len(world.begun) <= 4


def test_a_steady_trickle_is_read_as_it_comes(world: World) -> None:
    for _ in range(8):
        world.push()
        world.rest(3)

    assert len(world.begun) == 8
    assert world.longest_wait() <= timedelta(seconds=0.1)


def test_another_process_that_hears_the_same_flood_loses_nothing(
    world: World, clock: FrozenClock
) -> None:
    other = Hints(clock)
    for place in range(40):
        for _ in range(FLOOD):
            world.push()
            world.heard.append(clock.now())
            other.hint(CALENDAR)
        if place % 3:
            world.step()
    world.rest()

    assert world.begun[-1] >= world.heard[-1]
    assert len(world.begun) <= 4


def test_hints_that_come_at_the_same_moment_share_a_write(app: Flask, clock: FrozenClock) -> None:
    hints = Hints(clock)
    start = threading.Barrier(8)

    def push(_place: int) -> None:
        with app.app_context():
            start.wait(5)
            for _ in range(5):
                hints.hint(CALENDAR)

    with ThreadPoolExecutor(8) as crew:
        list(crew.map(push, range(8)))

    with reading() as session:
        (job,) = session.scalars(select(Job).where(Job.kind == "calendars.hint"))
    assert job.payload == {"calendar_id": CALENDAR}
