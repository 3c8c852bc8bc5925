"""Jobs of the webhooks room: send what is due to one webhook, look for what is due again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from booking.wiring import Services


def send(services: Services) -> Callable[[Mapping[str, Any]], None]:
    """Return the handler that sends what is due to one webhook."""

    def handle(payload: Mapping[str, Any]) -> None:
        services.webhooks.sender.send_due(payload["webhook_id"])

    return handle


def ask_due(services: Services) -> Callable[[], None]:
    """Return the tick that asks for webhooks whose next try has come."""
    return services.webhooks.outbox.ask_due


def forget_old(services: Services) -> Callable[[], None]:
    """Return the hourly tick."""
    return services.webhooks.sender.forget_old
