"""The webhooks room as the rest of the house uses it, made from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from booking.accounts.notices import TellHost
from booking.core.clock import Clock
from booking.security.cipher import Cipher
from booking.security.outbound import OutboundClient, PrivateHosts
from booking.settings import Settings
from booking.webhooks.checks import WebhookChecks
from booking.webhooks.outbox import WebhookOutbox
from booking.webhooks.posting import SECONDS
from booking.webhooks.sending import WebhookSender
from booking.webhooks.service import WebhookService


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRoom:
    """What hosts do with webhooks, what keeps deliveries, and what sends them."""

    service: WebhookService
    outbox: WebhookOutbox
    sender: WebhookSender


def webhook_room(
    settings: Settings,
    clock: Clock,
    cipher: Cipher,
    tell_host: TellHost,
    *,
    client: OutboundClient | None = None,
    seconds: float = SECONDS,
) -> WebhookRoom:
    """Build the room; its client reaches what the operator's list allows, unless one is given.

    `seconds`: how long one delivery may take.
    """
    hosts = settings.outbound_private_hosts
    outbox = WebhookOutbox(clock=clock, cipher=cipher)
    return WebhookRoom(
        service=WebhookService(
            clock=clock,
            cipher=cipher,
            outbox=outbox,
            checks=WebhookChecks(PrivateHosts.parse(hosts)),
        ),
        outbox=outbox,
        sender=WebhookSender(
            client=client or OutboundClient(hosts),
            cipher=cipher,
            clock=clock,
            tell_host=tell_host,
            seconds=seconds,
        ),
    )
