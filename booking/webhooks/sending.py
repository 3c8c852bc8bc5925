"""Sends what is due to one webhook, one message at a time.

A try is counted before it is made, so crashes count. Whatever the receiver did before a connection
broke, or this process died, the message is repeated under the same id.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from booking.accounts.notices import Cause, Notice, TellHost
from booking.core.clock import Clock, monotonic
from booking.core.ids import encode_id
from booking.core.instants import to_instant
from booking.db import reading, writing
from booking.security.cipher import Cipher, SealBroken, place
from booking.security.outbound import OutboundClient
from booking.webhooks import patience, store
from booking.webhooks.models import DeliveryState, Webhook, WebhookDelivery
from booking.webhooks.outbox import body_place, message_id, response_place
from booking.webhooks.patience import Answer
from booking.webhooks.posting import SECONDS, Parcel, post

SWITCHED_OFF = "The webhook was switched off before this was sent."
_BATCH_SECONDS = 20.0
_LASTS = timedelta(days=30)
_DOUBTFUL_AT_ONCE = 4
_UNREADABLE = "What was stored cannot be read with the present keys, so nothing was sent."
_log = logging.getLogger(__name__)


class WebhookSender:
    """Hands due deliveries to their endpoints. One per process; thread-safe.

    Endpoints that failed last time share a few places: however many hang, they keep no more than
    four threads of this process waiting, and all others go on.
    """

    def __init__(
        self,
        *,
        client: OutboundClient,
        cipher: Cipher,
        clock: Clock,
        tell_host: TellHost,
        seconds: float = SECONDS,
    ) -> None:
        self._client = client
        self._cipher = cipher
        self._clock = clock
        self._tell_host = tell_host
        self._seconds = seconds
        self._doubtful = BoundedSemaphore(_DOUBTFUL_AT_ONCE)

    def send_due(self, webhook_id: int) -> int:
        """Send what is due until one fails, for at most 20 seconds; return how many were tried.

        Never raises for a receiver's sake: what became of each stands in its row.
        """
        if not self._failed_last(webhook_id):
            return self._send_all(webhook_id)
        if not self._doubtful.acquire(blocking=False):
            return 0
        try:
            return self._send_all(webhook_id)
        finally:
            self._doubtful.release()

    def _failed_last(self, webhook_id: int) -> bool:
        with reading() as session:
            webhook = session.get(Webhook, webhook_id)
            return webhook is not None and webhook.failures > 0

    def _send_all(self, webhook_id: int) -> int:
        tried, began = 0, monotonic()
        while monotonic() - began < _BATCH_SECONDS:
            taken = self._take(webhook_id)
            if taken is None:
                break
            tried += 1
            if isinstance(taken, Parcel):
                stamp = to_instant(self._clock.now())
                answer = post(self._client, taken, stamp, self._seconds)
                self._settle(webhook_id, taken.delivery_id, answer)
        return tried

    def _take(self, webhook_id: int) -> Parcel | int | None:
        """Count a try and return the next message; its id alone where it cannot be opened."""
        now = self._clock.now()
        with writing() as session:
            webhook = store.locked_webhook(session, webhook_id)
            if webhook is None or webhook.disabled_at is not None:
                return None
            if webhook.retry_at is not None and webhook.retry_at > now:
                return None
            row = store.next_due(session, webhook_id, now)
            if row is None:
                return None
            row.tries += 1
            row.tried_at = now
            try:
                return self._parcel(webhook, row)
            except SealBroken:
                self._note(session, webhook, row, Answer(error=_UNREADABLE))
                return row.id

    def _parcel(self, webhook: Webhook, row: WebhookDelivery) -> Parcel:
        return Parcel(
            webhook_id=webhook.id,
            delivery_id=row.id,
            url=webhook.url,
            message_id=message_id(row.id),
            body=self._cipher.open(row.body, body_place(row.id)).encode(),
            secrets=self._secrets(webhook),
        )

    def _secrets(self, webhook: Webhook) -> tuple[str, ...]:
        """Return the secrets that sign now: the present one, and the old one for its last day."""
        secret = self._cipher.open(webhook.secret, secret_place(webhook.id))
        until = webhook.old_secret_until
        if webhook.old_secret is None or until is None or until <= self._clock.now():
            return (secret,)
        return secret, self._cipher.open(webhook.old_secret, old_secret_place(webhook.id))

    def _settle(self, webhook_id: int, delivery_id: int, answer: Answer) -> None:
        with writing() as session:
            webhook = store.locked_webhook(session, webhook_id)
            row = session.get(WebhookDelivery, delivery_id)
            if webhook is not None and row is not None:
                self._note(session, webhook, row, answer)

    def _note(
        self, session: Session, webhook: Webhook, row: WebhookDelivery, answer: Answer
    ) -> None:
        """Write down what became of a try, at the delivery and at its webhook."""
        row.status = answer.status
        row.error = answer.fault or None
        row.response = None
        if answer.excerpt:
            row.response = self._cipher.seal(answer.excerpt, response_place(row.id))
        if answer.is_success:
            row.state = DeliveryState.SENT
            self._succeeded(session, webhook)
        else:
            self._failed(session, webhook, row, answer)

    def _succeeded(self, session: Session, webhook: Webhook) -> None:
        now = self._clock.now()
        if webhook.failures >= patience.OUTAGE:
            store.hasten(session, webhook.id, now)
        webhook.failures = 0
        webhook.failing_since = webhook.retry_at = None
        webhook.succeeded_at = now

    def _failed(
        self, session: Session, webhook: Webhook, row: WebhookDelivery, answer: Answer
    ) -> None:
        if webhook.disabled_at is not None:
            row.state, row.error = DeliveryState.DEAD, SWITCHED_OFF  # while this was on its way
            return
        now = self._clock.now()
        webhook.failures += 1
        webhook.failing_since = webhook.failing_since or now
        webhook.retry_at = patience.rested_until(webhook.failures, now, answer.retry_after)
        due_at = patience.next_try(row.tries, row.asked_at, now, answer.retry_after)
        row.state = DeliveryState.DEAD if due_at is None else DeliveryState.FAILED
        row.due_at = due_at or row.due_at
        _log.warning(
            "webhook.failed id=%d delivery=%d tries=%d status=%s again=%s",
            webhook.id,
            row.id,
            row.tries,
            answer.status or "none",
            due_at.isoformat() if due_at else "never",
        )
        reason = _hopeless(webhook.failing_since, now, answer)
        if reason:
            row.state = DeliveryState.DEAD
            self._disable(session, webhook, reason)

    def _disable(self, session: Session, webhook: Webhook, reason: str) -> None:
        """Switch a webhook off and tell its host, once."""
        now = self._clock.now()
        webhook.disabled_at, webhook.disabled_reason = now, reason
        session.flush()
        store.end_unfinished(session, webhook.id, SWITCHED_OFF)
        self._tell_host(
            session,
            Notice(
                user_id=webhook.user_id,
                cause=Cause.WEBHOOK_DISABLED,
                about=webhook.description or urlsplit(webhook.url).hostname or "webhook",
                detail=reason,
                path=f"/settings/webhooks/{encode_id(webhook.id)}",
                key=f"webhook:{webhook.id}:{to_instant(now)}",
            ),
        )

    def forget_old(self) -> None:
        """Drop deliveries that are over after 30 days, and secrets that no longer sign."""
        now = self._clock.now()
        with writing() as session:
            store.forget_before(session, now - _LASTS)
            store.forget_old_secrets(session, now)


def _hopeless(failing_since: datetime, now: datetime, answer: Answer) -> str:
    """Say why a webhook is switched off, "" where it is not."""
    if answer.status == patience.GONE:
        return answer.fault
    if patience.is_hopeless(failing_since, now):
        return f"Nothing reached it for three days. {answer.fault}"
    return ""


def secret_place(webhook_id: int) -> str:
    """Name where a webhook's sealed secret lives."""
    return place("webhooks", webhook_id, "secret")


def old_secret_place(webhook_id: int) -> str:
    """Name where a webhook's sealed former secret lives."""
    return place("webhooks", webhook_id, "old_secret")
