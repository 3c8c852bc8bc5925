"""Jobs of the calendars room: refresh a calendar, list an account's calendars, poll what is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from booking.calendars.cursor_rows import due_calendars
from booking.calendars.refresh_jobs import ask_refresh
from booking.core.errors import NotFound, ProviderError
from booking.db import reading, writing
from booking.wiring import Services


def refresh(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that refreshes one calendar.

    A provider's failure ends the job: it is written down at the calendar, whose own back-off
    decides when the next poll asks again.
    """

    def handle(payload: Mapping[str, Any]) -> None:
        try:
            services.refresher.refresh(payload["calendar_id"], full=payload["full"])
        except (ProviderError, NotFound):
            return

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
            due = due_calendars(session, now)
        for calendar_id in due:
            with writing() as session:
                ask_refresh(session, calendar_id, now=now)

    return work


def ask_due_lists(services: Services) -> Callable[[], None]:
    """Return the tick that has accounts' lists of calendars read again once a day."""

    def work() -> None:
        services.connections.ask_due_lists()

    return work
