"""Jobs of the bookings room: keep destination calendars in step, let old requests end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from booking.wiring import Services


def write(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that brings a calendar in step with its bookings."""

    def handle(payload: Mapping[str, Any]) -> None:
        services.booking_writer.write(payload["calendar_id"])

    return handle


def given_up(services: Services) -> Callable[[Mapping[str, Any], str], None]:
    """Return what marks the bookings of a calendar that could not be written for days."""

    def handle(payload: Mapping[str, Any], reason: str) -> None:
        services.booking_writer.give_up(payload["calendar_id"], reason)

    return handle


def expire(services: Services) -> Callable[[], None]:
    """Return the tick that ends requests nobody answered, and holds that ran out."""

    def work() -> None:
        services.bookings.expire_requests()
        services.holds.sweep()

    return work
