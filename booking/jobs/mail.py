"""Jobs of the mail room: send what is due, look for what is due again, forget old words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from booking.core.errors import BookingError
from booking.jobs.retry import judge
from booking.mail.outbox import SEND
from booking.wiring import Services


def send(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that sends mails; a failed one is tried again by the usual table."""

    def again(error: BookingError, tries: int, asked_at: datetime) -> datetime | None:
        now = services.clock.now()
        return judge(SEND, error, attempts=tries, created_at=asked_at, now=now).due_at

    def handle(_payload: Mapping[str, Any]) -> None:
        if services.mail.delivery.send_due(again):
            services.mail.outbox.ask_due()  # what is left of a long list goes out at once

    return handle


def ask_due(services: Services) -> Callable[[], None]:
    """Return the tick that asks for mails whose next try has come."""
    return services.mail.outbox.ask_due


def forget_old(services: Services) -> Callable[[], None]:
    """Return the hourly tick."""
    return services.mail.outbox.forget_old
