"""Jobs of the calendars room: refresh a calendar, list an account's calendars, poll what is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from booking.calendars.cursor_rows import due_calendars
from booking.calendars.pair_dirty import wants_full
from booking.calendars.refresh_jobs import ask_refresh, not_asked
from booking.calendars.watch_rows import is_read
from booking.core.errors import NotFound, ProviderError
from booking.db import reading, writing
from booking.pairs.jobs import ask_for
from booking.tasks.jobs import ask_look, receives_tasks
from booking.wiring import Services

_BATCH = 50


def refresh(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that refreshes one calendar.

    A provider's failure ends the job: it is written down at the calendar, whose own back-off
    decides when the next poll asks again.
    """

    def handle(payload: Mapping[str, Any]) -> None:
        _refresh(services, payload["calendar_id"], full=payload["full"])

    return handle


def hint(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that follows up pushes about one calendar.

    A push may come late: what nobody uses any more is not read again. What receives bookings and
    is not read otherwise has its bookings' events looked at.
    """

    def handle(payload: Mapping[str, Any]) -> None:
        with reading() as session:
            is_wanted = is_read(session, payload["calendar_id"])
            has_tasks = receives_tasks(session, payload["calendar_id"])
        if has_tasks:
            with writing() as session:
                ask_look(session, payload["calendar_id"], now=services.clock.now())
        if is_wanted:
            _refresh(services, payload["calendar_id"], full=False)
        else:
            services.lookout.hint(payload["calendar_id"])

    return handle


def _refresh(services: Services, calendar_id: int, *, full: bool) -> None:
    """Refresh a calendar; where something changed, its pairs follow at once."""
    try:
        report = services.refresher.refresh(calendar_id, full=full)
    except (ProviderError, NotFound):
        return
    if report.changed or report.gone:
        with reading() as session:
            is_paired = wants_full(session, calendar_id)
        if is_paired:
            with writing() as session:
                ask_for(session, calendar_id, now=services.clock.now())


def watch(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that brings a calendar's channels in order."""

    def handle(payload: Mapping[str, Any]) -> None:
        services.push.keeper.keep(payload["calendar_id"])

    return handle


def relist(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that lists the calendars of a connection again."""

    def handle(payload: Mapping[str, Any]) -> None:
        try:
            services.connections.relist(payload["connection_id"])
        except (ProviderError, NotFound):
            return

    return handle


def ask_due_polls(services: Services) -> Callable[[], None]:
    """Return the tick that asks for a refresh of every calendar whose poll is due."""

    def work() -> None:
        now = services.clock.now()
        with reading() as session:
            due = not_asked(session, due_calendars(session, now))
        for start in range(0, len(due), _BATCH):
            with writing() as session:
                for calendar_id in due[start : start + _BATCH]:
                    ask_refresh(session, calendar_id, now=now, is_routine=True)

    return work


def ask_due_channels(services: Services) -> Callable[[], None]:
    """Return the tick that has channels opened, renewed and stopped."""

    def work() -> None:
        services.push.keeper.ask_due()

    return work


def ask_due_lists(services: Services) -> Callable[[], None]:
    """Return the tick that has accounts' lists of calendars read again once a day."""

    def work() -> None:
        services.connections.ask_due_lists()

    return work
