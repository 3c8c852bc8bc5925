"""Periodic work: which tick is due, and a loop that calls it. What ticks do stands elsewhere."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from booking.core.clock import monotonic

POLL_SECONDS = 0.2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """`work` is called every `seconds`; two timekeepers calling it do no harm."""

    name: str
    seconds: float
    work: Callable[[], None]


class Timekeeper:
    """Calls each tick when it is due, until told to stop."""

    def __init__(self, app: Flask, ticks: Sequence[Tick]) -> None:
        self._app = app
        self._ticks = ticks

    def run(self, stop: threading.Event) -> None:
        """Keep time until `stop` is set. A tick that fails is tried next time; the others go on."""
        next_at = dict.fromkeys((tick.name for tick in self._ticks), 0.0)
        while not stop.is_set():
            for tick in self._ticks:
                if monotonic() >= next_at[tick.name]:
                    self._call(tick)
                    next_at[tick.name] = monotonic() + tick.seconds
            stop.wait(POLL_SECONDS)

    def _call(self, tick: Tick) -> None:
        with self._app.app_context():
            try:
                tick.work()
            except SQLAlchemyError as error:
                _log.warning("tick.failed name=%s error=%s", tick.name, type(error).__name__)
            except Exception:  # noqa: BLE001 - a fault in one tick must not end all
                _log.exception("tick.failed name=%s", tick.name)
