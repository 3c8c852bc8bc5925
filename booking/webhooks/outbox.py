"""The outbox of webhooks: a delivery is kept in the transaction that makes it necessary.

Its body is written down at once, so that every repetition is the same message under the same id.
Leaves to others: sending (`sending`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from booking.accounts.announcements import Announcement
from booking.core.clock import Clock
from booking.core.ids import encode_id, new_id
from booking.db import reading, writing
from booking.queue import outbox
from booking.security.cipher import Cipher, place
from booking.webhooks import store
from booking.webhooks.models import DeliveryState, Webhook

SEND = "webhooks.send"


class WebhookOutbox:
    """Keeps what webhooks are to hear."""

    def __init__(self, *, clock: Clock, cipher: Cipher) -> None:
        self._clock = clock
        self._cipher = cipher

    def announce(self, session: Session, announcement: Announcement) -> None:
        """Keep an announcement for every webhook that wants it (see `accounts.announcements`)."""
        for webhook in store.listeners(session, announcement.user_ids, announcement.event):
            self.keep(session, webhook, announcement)

    def keep(self, session: Session, webhook: Webhook, announcement: Announcement) -> int:
        """Keep an announcement for one webhook, in the caller's unit, unless it is kept already.

        Return the delivery's id.
        """
        delivery_id, now = new_id(), self._clock.now()
        body = body_of(announcement.event, announcement.at, announcement.data)
        values = {
            "id": delivery_id,
            "webhook_id": webhook.id,
            "key": announcement.key,
            "event": announcement.event,
            "subject": announcement.subject,
            "seq": announcement.seq,
            "body": self._cipher.seal(body, body_place(delivery_id)),
            "state": DeliveryState.WAITING,
            "tries": 0,
            "asked_at": now,
            "due_at": now,
            "created_at": now,
        }
        if store.add_delivery(session, values):
            ask(session, webhook.id, now)
        return delivery_id

    def ask_due(self) -> None:
        """Ask for the jobs of webhooks that may be sent something now."""
        now = self._clock.now()
        with reading() as session:
            waiting = store.with_due(session, now)
        if waiting:
            with writing() as session:
                for webhook_id in waiting:
                    ask(session, webhook_id, now)


def ask(session: Session, webhook_id: int, now: datetime) -> None:
    """Ask for the job that sends to one webhook; each has one of its own, so none waits."""
    key = f"{SEND}:{webhook_id}"
    outbox.add(session, SEND, {"webhook_id": webhook_id}, now=now, dedup_key=key)


def message_id(delivery_id: int) -> str:
    """Return the `webhook-id` of a delivery, the same for life."""
    return f"msg_{encode_id(delivery_id)}"


def body_of(event: str, at: datetime, data: Mapping[str, Any]) -> str:
    """Return the JSON text that is sent: `type`, `timestamp`, `data`."""
    moment = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    told = {"type": event, "timestamp": moment, "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def body_place(delivery_id: int) -> str:
    """Name where a delivery's sealed body lives."""
    return place("webhook_deliveries", delivery_id, "body")


def response_place(delivery_id: int) -> str:
    """Name where a delivery's sealed answer lives."""
    return place("webhook_deliveries", delivery_id, "response")
