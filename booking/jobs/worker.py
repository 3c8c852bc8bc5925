"""The embedded worker: threads that ask the outbox for due jobs, beside the timekeeper.

It runs in a process of its own, started by `booking serve`, and ends when that process does.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections import deque
from collections.abc import Callable

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from booking.calendars import pair_store, replica_store
from booking.core.clock import Clock, monotonic
from booking.db import writing
from booking.jobs.run import JobRunner
from booking.jobs.timekeeper import POLL_SECONDS, Timekeeper
from booking.queue import outbox
from booking.queue.workers import beat, dead_among, process_name

THREADS = 16
_YOUNG_OBJECTS = 10_000
_log = logging.getLogger(__name__)


def release_orphans(clock: Clock) -> None:
    """End the leases of processes of this machine that are no longer alive."""
    with writing() as session:
        dead_workers = dead_among(outbox.lease_owners(session))
        outbox.release_leases(session, dead_workers, clock.now())
        for leases in (replica_store, pair_store):
            leases.free_leases(session, dead_among(leases.lease_owners(session)))


def spare_what_is_loaded() -> None:
    """Keep the collector from looking at what lives as long as the process; once, at its start.

    A worker has made hundreds of thousands of such objects by then, and every full round would walk
    through them. Young ones are looked at in larger portions: a sync makes many, and few rings.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)


class Basket:
    """The next few due jobs, handed to one thread each.

    It is filled when it is empty, with as many as there are threads, so that no job in it waits
    long while a more urgent one comes. Where nothing is due, nobody asks again for a moment.
    """

    def __init__(self, runner: JobRunner, size: int) -> None:
        self._runner = runner
        self._size = size
        self._lock = threading.Lock()
        self._ids: deque[int] = deque()
        self._quiet_until = 0.0

    def next(self) -> int | None:
        """Return a job that nobody else was given, None where nothing is due."""
        with self._lock:
            if not self._ids and monotonic() >= self._quiet_until:
                self._ids.extend(self._runner.due(self._size))
                if not self._ids:
                    self._quiet_until = monotonic() + POLL_SECONDS / 2
            return self._ids.popleft() if self._ids else None


class EmbeddedWorker:
    """Runs due jobs on `threads` threads and ticks on another until `stop` is set.

    Jobs mostly wait for a network, so there are many more threads than processors.
    """

    def __init__(
        self,
        app: Flask,
        runner: JobRunner,
        timekeeper: Timekeeper,
        clock: Clock,
        threads: int = THREADS,
    ) -> None:
        self._app = app
        self._runner = runner
        self._timekeeper = timekeeper
        self._clock = clock
        self._threads = threads
        self._basket = Basket(runner, threads)
        self.stop = threading.Event()

    def run(self) -> None:
        """Work until told to stop, then let running jobs end."""
        with self._app.app_context():
            release_orphans(self._clock)
        crew = [
            threading.Thread(target=self._work, name=f"jobs-{place}")
            for place in range(self._threads)
        ]
        time = threading.Thread(target=self._timekeeper.run, args=(self.stop,), name="ticks")
        crew.append(time)
        for thread in crew:
            thread.start()
        for thread in crew:
            thread.join()

    def _work(self) -> None:
        while not self.stop.is_set():
            with self._app.app_context():
                ran = self._run_one()
            if not ran:
                self.stop.wait(POLL_SECONDS)

    def _run_one(self) -> bool:
        """Run one due job, unless there is none or somebody else had it first."""
        try:
            job_id = self._basket.next()
            return job_id is not None and self._runner.run(job_id)
        except SQLAlchemyError as error:
            _log.warning("worker.database_away error=%s", type(error).__name__)
        except Exception:  # noqa: BLE001 - a thread that ended would be missed for good
            _log.exception("worker.fault")
        return False


def heartbeat(clock: Clock) -> Callable[[], None]:
    """Return the tick that tells that this worker is alive."""

    def work() -> None:
        with writing() as session:
            beat(session, process_name(), clock.now())

    return work
