"""Jobs of the pairs room: sync a pair, ask for those that are due, forget old history."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from booking.core.errors import Conflict, NotFound, ProviderError
from booking.db import writing
from booking.pairs.jobs import ask_sync
from booking.sync.rows import LeaseLost
from booking.wiring import Services

_log = logging.getLogger(__name__)


def sync(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that syncs one pair for a while, and asks for the rest.

    A provider's failure ends the job: it is written down at the pair, whose own back-off decides
    when it is due again. So does a pair that another worker has, or that was paused or deleted.
    """

    def handle(payload: Mapping[str, Any]) -> None:
        try:
            report = services.pair_runner.run(payload["pair_id"])
        except (ProviderError, NotFound, Conflict, LeaseLost) as error:
            _log.info("pairs.not_synced code=%s", error.code)
            return
        if not report.finished:
            with writing() as session:
                ask_sync(session, report.pair_id, now=services.clock.now())

    return handle


def ask_due(services: Services) -> Callable[[], None]:
    """Return the tick that has due pairs synced."""

    def work() -> None:
        services.pairs.ask_due()

    return work


def forget_old(services: Services) -> Callable[[], None]:
    """Return the tick that drops what happened more than thirty days ago."""

    def work() -> None:
        services.pairs.forget_old()

    return work
