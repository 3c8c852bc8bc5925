"""Jobs of the bookings room: keep destination calendars in step, let old requests end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from booking.bookings.jobs import ask_behind
from booking.bookings.reminders import BATCH
from booking.core.errors import NotFound, PermissionDenied, ReconnectRequired, Unsupported
from booking.db import writing
from booking.wiring import Services

_UP_TO_THE_HOST = (NotFound, PermissionDenied, ReconnectRequired, Unsupported)
_log = logging.getLogger(__name__)


def write(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that brings a calendar in step with its bookings.

    Where only the host can help, the job ends: the fault stands at the bookings, and `catch_up`
    goes on once it is mended.
    """

    def handle(payload: Mapping[str, Any]) -> None:
        try:
            services.booking_writer.write(payload["calendar_id"])
        except _UP_TO_THE_HOST as error:
            _log.warning("bookings.not_written code=%s", error.code)

    return handle


def meet(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that reads back the links of video meetings a calendar made."""

    def handle(payload: Mapping[str, Any]) -> None:
        services.meeting_links.fetch(payload["calendar_id"])

    return handle


def no_link(services: Services) -> Callable[[Mapping[str, Any], str], None]:
    """Return what says at bookings that no link was made for them."""

    def handle(payload: Mapping[str, Any], reason: str) -> None:
        del reason
        services.meeting_links.give_up(payload["calendar_id"])

    return handle


def tell(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that tells a change of a booking to whoever listens."""

    def handle(payload: Mapping[str, Any]) -> None:
        services.telling.teller.tell(payload["event_id"])

    return handle


def look(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that looks after the bookings' events in a calendar."""

    def handle(payload: Mapping[str, Any]) -> None:
        services.lookout.look(payload["calendar_id"], whole=payload.get("whole", False))

    return handle


def given_up(services: Services) -> Callable[[Mapping[str, Any], str], None]:
    """Return what marks the bookings of a calendar that could not be written for days."""

    def handle(payload: Mapping[str, Any], reason: str) -> None:
        services.booking_writer.give_up(payload["calendar_id"], reason)

    return handle


def catch_up(services: Services) -> Callable[[], None]:
    """Return the tick that asks for calendars which are behind and which no job looks after."""

    def work() -> None:
        with writing() as session:
            ask_behind(session, services.clock.now())

    return work


def tell_unwritten(services: Services) -> Callable[[], None]:
    """Return the tick that tells hosts of calendars that take no bookings."""

    def work() -> None:
        services.telling.unwritten.tell_due()

    return work


def remind(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that keeps the mails of all reminders that are due."""

    def handle(_payload: Mapping[str, Any]) -> None:
        while services.telling.reminders.send_due() == BATCH:
            pass

    return handle


def replan(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that plans the reminders of an event type's bookings anew."""

    def handle(payload: Mapping[str, Any]) -> None:
        services.telling.reminders.replan(payload["event_type_id"])

    return handle


def look_whether_full(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that looks whether an event type has a time left."""

    def handle(payload: Mapping[str, Any]) -> None:
        services.telling.full.look(payload["event_type_id"])

    return handle


def ask_reminders(services: Services) -> Callable[[], None]:
    """Return the tick that asks for reminders that are due."""
    return services.telling.reminders.ask_due


def expire(services: Services) -> Callable[[], None]:
    """Return the tick that ends requests nobody answered, and holds that ran out."""

    def work() -> None:
        services.bookings.expire_requests()
        services.holds.sweep()

    return work


def ask_looks(services: Services) -> Callable[[], None]:
    """Return the tick that asks for a look at calendars whose hosts may have changed bookings."""

    def work() -> None:
        services.lookout.ask_due()

    return work
