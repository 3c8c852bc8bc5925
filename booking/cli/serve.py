"""`booking serve`, `booking worker`: the long-running processes."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

import click
from flask import Flask

from booking.cli.context import with_app
from booking.cli.http_server import run_server
from booking.core.errors import BookingError
from booking.jobs.build import build_rq_parts, build_worker
from booking.jobs.worker import spare_what_is_loaded
from booking.upkeep.schema import is_current

_RESPAWN_SECONDS = 1.0
_STANDARD_INPUT = 0
_BEHIND_GUESTS = 10  # of priority: where cores are scarce, pages go first
_TOLD_TO_STOP = (0, -signal.SIGINT, -signal.SIGTERM)
_log = logging.getLogger(__name__)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--no-worker", is_flag=True, help="Serve pages only; work is done elsewhere.")
@with_app
def serve(app: Flask, host: str, port: int, no_worker: bool) -> None:
    """Serve the pages and the API; without Redis, do the background work too."""
    _require_schema(app)
    needs_worker = not no_worker and app.extensions["booking"].settings.redis_url is None
    crew = _WorkerProcess() if needs_worker else None
    if crew:
        crew.start()
    _stop_on_signals(_raise_exit)
    try:
        run_server(app, host, port)
    finally:
        if crew:
            crew.stop()


def _require_schema(app: Flask) -> None:
    with app.app_context():
        if not is_current():
            raise BookingError("The database is not up to date. Run `booking migrate` first.")


def _raise_exit(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _stop_on_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGINT, handler)


class _WorkerProcess:
    """Keeps one worker process alive beside the server.

    The worker reads its standard input and ends when that closes: so it never outlives us, not
    even when we are killed.
    """

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        self._keeper.start()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "booking", "embedded-worker"], stdin=subprocess.PIPE
            )
            code = self._process.wait()
            if code not in _TOLD_TO_STOP and not self._stopping.is_set():
                _log.error("worker.ended code=%s", code)
            self._stopping.wait(_RESPAWN_SECONDS)

    def stop(self) -> None:
        self._stopping.set()
        if self._process and self._process.stdin:
            self._process.stdin.close()
            try:
                self._process.wait(timeout=25)
            except subprocess.TimeoutExpired:
                self._process.kill()


@click.command("embedded-worker", hidden=True)
@with_app
def embedded_worker(app: Flask) -> None:
    """Do the background work of the `booking serve` that started this process."""
    os.nice(_BEHIND_GUESTS)
    worker = build_worker(app)
    _stop_on_signals(lambda _signal, _frame: worker.stop.set())
    watcher = threading.Thread(target=_stop_at_end_of_input, args=(worker.stop,), daemon=True)
    watcher.start()
    spare_what_is_loaded()
    worker.run()


def _stop_at_end_of_input(stop: threading.Event) -> None:
    while os.read(_STANDARD_INPUT, 1024):
        pass
    stop.set()


@click.command()
@with_app
def worker(app: Flask) -> None:
    """Run the RQ worker and the periodic ticks; needs BOOKING_REDIS_URL."""
    _require_schema(app)
    if app.extensions["booking"].settings.redis_url is None:
        raise BookingError("BOOKING_REDIS_URL is not set: `booking serve` does the work itself.")
    rq_worker, timekeeper = build_rq_parts(app)
    stop = threading.Event()
    ticking = threading.Thread(target=timekeeper.run, args=(stop,), name="ticks", daemon=True)
    ticking.start()
    spare_what_is_loaded()
    try:
        _work_through_outages(rq_worker.work, stop)
    finally:
        stop.set()
        ticking.join(timeout=5)


def _work_through_outages(work: Callable[..., bool], stop: threading.Event) -> None:
    """Run the RQ worker; while Redis is away, try again every second."""
    from redis.exceptions import ConnectionError as RedisGone  # noqa: PLC0415 - only here
    from redis.exceptions import TimeoutError as RedisSlow  # noqa: PLC0415 - only here

    while not stop.is_set():
        try:
            work(logging_level="WARNING")
        except (RedisGone, RedisSlow) as error:
            _log.warning("worker.redis_away error=%s", type(error).__name__)
            time.sleep(1)
        else:
            return
