"""`kill -9` at each step of on, edit, complete, off: task and calendar agree afterwards."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.db import db, init_database
from booking.settings import Settings
from booking.wiring import build_services
from tests.servers.dav import DavAccount
from tests.servers.faulty import in_front_of
from tests.servers.scripted import Manner, Reply, Request
from tests.tasks.hands import DavPlace, Recorder
from tests.tasks.place import sign_up

pytestmark = [pytest.mark.fault, pytest.mark.timeout(200)]
SEED = 20261121
MOMENTS = ("at_the_start", "before_the_write", "after_the_write", "answered", "sometime")
STEPS: tuple[dict[str, Any], ...] = (
    {"sync_enabled": True},
    {"title": "Edited"},
    {"completed": True},
    {"sync_enabled": False},
)


def work(settings: Settings, now: datetime, calendar: int) -> None:
    """What a worker process does: bring the calendar in step, once."""
    app = Flask("booking")
    init_database(app, settings)
    services = build_services(settings, FrozenClock(now), context=app.app_context)
    with app.app_context():
        services.tasks.writer.run(calendar)
        db.engine.dispose()


class Killer:
    """Kills a worker at one moment of its work, as the proxy sees it."""

    def __init__(self, place: DavPlace, chance: random.Random) -> None:
        self._place = place
        self._inner = place.proxy.script
        self._chance = chance
        self._moment = ""
        self.worker: BaseProcess | None = None
        self.kills = 0
        place.proxy.script = self._script

    def aim(self, moment: str) -> None:
        self._moment = moment

    def _script(self, request: Request) -> Reply:
        is_write = request.method in {"PUT", "DELETE"}
        if self._moment == "at_the_start" or (is_write and self._moment == "before_the_write"):
            self._kill()
            return Reply(manner=Manner.CLOSE)
        reply = self._inner(request)
        if is_write and self._moment == "after_the_write":
            self._kill()
            return Reply(manner=Manner.CLOSE)
        return reply

    def _kill(self) -> None:
        self._moment = ""
        assert self.worker is not None
        assert self.worker.pid is not None
        os.kill(self.worker.pid, signal.SIGKILL)
        self.kills += 1

    def run(self, worker: BaseProcess) -> None:
        """Start a worker and wait until it is gone; kill it a moment later where nothing did."""
        self.worker = worker
        is_late = self._moment in {"answered", "sometime"}
        worker.start()
        if is_late:
            self._moment, moment = "", self._moment
            self._wait_for_work(worker, is_write=moment == "answered")
            time.sleep(self._chance.uniform(0, 0.03))
            worker.kill()
            self.kills += 1
        worker.join(30)
        assert not worker.is_alive()

    def _wait_for_work(self, worker: BaseProcess, *, is_write: bool) -> None:
        """Wait until the worker has asked the server something, or has written something."""
        began = len(self.seen(is_write=is_write))
        while worker.is_alive() and len(self.seen(is_write=is_write)) == began:
            time.sleep(0.001)

    def seen(self, *, is_write: bool) -> list[str]:
        methods = self._place.proxy.methods()
        return [one for one in methods if not is_write or one in {"PUT", "DELETE"}]


@pytest.fixture
def place(app: Flask, clock: FrozenClock, radicale_account: DavAccount) -> Iterator[DavPlace]:
    services, user = sign_up(app)
    with in_front_of(radicale_account.base_url) as proxy:
        place = DavPlace(
            services=services,
            clock=clock,
            user=user,
            account=radicale_account,
            proxy=proxy,
            recorder=Recorder(proxy),
        )
        services.tasks.switches.set_calendar(user, place.connect_again())
        yield place


def test_task_and_calendar_agree_after_twenty_kills(
    place: DavPlace, sqlite_settings: Settings
) -> None:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["booking.wiring", "tests.tasks.test_kill"])
    killer = Killer(place, random.Random(SEED))
    task = place.add("Task", sync_enabled=False)
    for moment in MOMENTS:
        place.change(task, title="Task", completed=False)
        for step in STEPS:
            place.change(task, **step)
            killer.aim(moment)
            now = place.clock.now()
            killer.run(processes.Process(target=work, args=(sqlite_settings, now, place.calendar)))
            place.settle()

            view = place.now(task)
            titles = [event.title.replace("\u0336", "") for event in place.events()]
            assert titles == ([view.title] if view.sync_enabled else []), (moment, step)
            struck = [event.title != view.title for event in place.events()]
            assert struck == ([view.completed] if view.sync_enabled else []), (moment, step)
            assert view.sync.state == ("written" if view.sync_enabled else "off")
            assert view.sync.conflict is None

    assert killer.kills == 20
