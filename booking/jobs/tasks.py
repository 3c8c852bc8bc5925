"""Jobs of the tasks room: bring a calendar in step with its tasks, ask for those that are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from booking.core.errors import NotFound, ProviderError
from booking.db import writing
from booking.sync.rows import LeaseLost
from booking.tasks.jobs import ask_sync
from booking.wiring import Services

_log = logging.getLogger(__name__)


def sync(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that works on one calendar for a while, and asks for the rest.

    A provider's failure ends the job: it is written down for the host, and the calendar's own
    back-off decides when it is due again.
    """

    def handle(payload: Mapping[str, Any]) -> None:
        calendar_id = payload["calendar_id"]
        try:
            is_done = services.tasks.writer.run(calendar_id)
        except (ProviderError, NotFound, LeaseLost) as error:
            _log.info("tasks.not_synced code=%s", error.code)
            return
        if not is_done:
            with writing() as session:
                ask_sync(session, calendar_id, now=services.clock.now())

    return handle


def ask_due(services: Services) -> Callable[[], None]:
    """Return the tick that has due calendars looked at."""

    def work() -> None:
        services.tasks.service.ask_due()

    return work


def forget_old(services: Services) -> Callable[[], None]:
    """Return the tick that drops what happened more than thirty days ago."""

    def work() -> None:
        services.tasks.service.forget_old()

    return work
