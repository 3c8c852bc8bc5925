"""A host's webhooks: made, changed, looked into, tested, deleted. Always asked for by the owner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from booking.accounts.announcements import Announcement
from booking.core.clock import Clock
from booking.core.errors import Conflict, InvalidInput, NotFound
from booking.core.ids import new_id
from booking.db import reading, writing
from booking.security import audit
from booking.security.cipher import Cipher, SealBroken
from booking.webhooks import store
from booking.webhooks.checks import WebhookChecks
from booking.webhooks.models import DeliveryState, Webhook, WebhookDelivery
from booking.webhooks.outbox import WebhookOutbox, ask, body_place, message_id, response_place
from booking.webhooks.sending import SWITCHED_OFF, old_secret_place, secret_place
from booking.webhooks.signature import new_secret
from booking.webhooks.values import TEST_EVENT, DeliveryView, MadeWebhook, WebhookView

MOST_WEBHOOKS: Final = 20
OLD_SECRET_LASTS: Final = timedelta(hours=24)
_BY_HOST = "You switched it off."
_OFF = "This webhook is switched off. Switch it on first."


class WebhookService:
    """What the doors may do with webhooks."""

    def __init__(
        self, *, clock: Clock, cipher: Cipher, outbox: WebhookOutbox, checks: WebhookChecks
    ) -> None:
        self._clock = clock
        self._cipher = cipher
        self._outbox = outbox
        self._checks = checks

    def create(self, user_id: int, fields: Mapping[str, Any]) -> MadeWebhook:
        """Make a webhook from `url`, `events`, `description`. Errors: InvalidInput."""
        wanted = self._checks.new(fields)
        secret, now = new_secret(), self._clock.now()
        webhook_id = new_id()
        webhook = Webhook(
            id=webhook_id,
            user_id=user_id,
            secret=self._cipher.seal(secret, secret_place(webhook_id)),
            failures=0,
            created_at=now,
            **wanted,
        )
        with writing() as session:
            if len(store.webhooks_of(session, user_id)) >= MOST_WEBHOOKS:
                raise InvalidInput.at("", f"{MOST_WEBHOOKS} webhooks are the most. Delete one.")
            session.add(webhook)
            session.flush()
            _audit(session, now, webhook, "created")
        return MadeWebhook(webhook=_view(webhook), secret=secret)

    def list(self, user_id: int) -> tuple[WebhookView, ...]:
        """Return the user's webhooks, the oldest first."""
        with reading() as session:
            return tuple(_view(webhook) for webhook in store.webhooks_of(session, user_id))

    def get(self, user_id: int, webhook_id: int) -> WebhookView:
        """Return one webhook. Errors: NotFound."""
        with reading() as session:
            return _view(_found(session, user_id, webhook_id))

    def change(self, user_id: int, webhook_id: int, fields: Mapping[str, Any]) -> WebhookView:
        """Change `url`, `events`, `description`, or switch it by `enabled`.

        Switching off gives up what is still on its way. Errors: NotFound; InvalidInput.
        """
        wanted = self._checks.change(fields)
        enabled = wanted.pop("enabled", None)
        now = self._clock.now()
        with writing() as session:
            webhook = _found(session, user_id, webhook_id)
            for name, value in wanted.items():
                setattr(webhook, name, value)
            if enabled is True and webhook.disabled_at is not None:
                _switch_on(webhook)
            elif enabled is False and webhook.disabled_at is None:
                webhook.disabled_at, webhook.disabled_reason = now, _BY_HOST
                store.end_unfinished(session, webhook_id, SWITCHED_OFF)
            if "url" in wanted:
                webhook.failures, webhook.failing_since, webhook.retry_at = 0, None, None
            _audit(session, now, webhook, "changed")
            return _view(webhook)

    def delete(self, user_id: int, webhook_id: int) -> None:
        """Delete a webhook with its log. Errors: NotFound."""
        with writing() as session:
            webhook = _found(session, user_id, webhook_id)
            _audit(session, self._clock.now(), webhook, "deleted")
            session.delete(webhook)

    def rotate(self, user_id: int, webhook_id: int) -> MadeWebhook:
        """Give a webhook another secret; for 24 hours the one before signs too.

        Errors: NotFound.
        """
        secret, now = new_secret(), self._clock.now()
        with writing() as session:
            webhook = _found(session, user_id, webhook_id)
            webhook.old_secret, webhook.old_secret_until = self._retired(webhook, now)
            webhook.secret = self._cipher.seal(secret, secret_place(webhook.id))
            _audit(session, now, webhook, "rotated")
            return MadeWebhook(webhook=_view(webhook), secret=secret)

    def _retired(self, webhook: Webhook, now: datetime) -> tuple[bytes | None, datetime | None]:
        """Return the present secret as the former one; a secret that no key opens just ends."""
        try:
            secret = self._cipher.open(webhook.secret, secret_place(webhook.id))
        except SealBroken:
            return None, None
        return self._cipher.seal(secret, old_secret_place(webhook.id)), now + OLD_SECRET_LASTS

    def test(self, user_id: int, webhook_id: int) -> DeliveryView:
        """Send a test event. Errors: NotFound; Conflict while it is switched off."""
        now = self._clock.now()
        with writing() as session:
            webhook = _switched_on(session, user_id, webhook_id)
            webhook.retry_at = None
            announcement = Announcement(
                user_ids=(user_id,),
                event=TEST_EVENT,
                at=now,
                data={"message": "Your webhook works."},
                key=f"test:{new_id()}",
            )
            delivery_id = self._outbox.keep(session, webhook, announcement)
            return self._shown(session.get_one(WebhookDelivery, delivery_id))

    def deliveries(
        self, user_id: int, webhook_id: int, *, before: int | None = None, limit: int = 50
    ) -> tuple[DeliveryView, ...]:
        """Return a webhook's deliveries, the newest first, from the one before the id `before`.

        Errors: NotFound.
        """
        with reading() as session:
            webhook = _found(session, user_id, webhook_id)
            rows = store.deliveries_of(session, webhook.id, before=before, limit=limit)
            return tuple(self._shown(row) for row in rows)

    def replay(self, user_id: int, webhook_id: int, delivery_id: int) -> DeliveryView:
        """Send a delivery once more, as the same message under the same id.

        Errors: NotFound; Conflict while the webhook is switched off.
        """
        now = self._clock.now()
        with writing() as session:
            webhook = _switched_on(session, user_id, webhook_id)
            row = store.find_delivery(session, webhook.id, delivery_id)
            if row is None:
                raise NotFound
            row.state, row.tries, row.error = DeliveryState.WAITING, 0, None
            row.asked_at = row.due_at = now
            webhook.retry_at = None
            ask(session, webhook.id, now)
            return self._shown(row)

    def _shown(self, row: WebhookDelivery) -> DeliveryView:
        is_over = row.state not in store.UNFINISHED
        return DeliveryView(
            id=row.id,
            message_id=message_id(row.id),
            event=row.event,
            state=row.state,
            tries=row.tries,
            status=row.status,
            error=row.error,
            created_at=row.created_at,
            tried_at=row.tried_at,
            next_try_at=None if is_over else row.due_at,
            request=self._opened(row.body, body_place(row.id)),
            response=self._opened(row.response, response_place(row.id)),
        )

    def _opened(self, sealed: bytes | None, context: str) -> str | None:
        if sealed is None:
            return None
        try:
            return self._cipher.open(sealed, context)
        except SealBroken:
            return None


def _found(session: Session, user_id: int, webhook_id: int) -> Webhook:
    webhook = store.find_webhook(session, user_id, webhook_id)
    if webhook is None:
        raise NotFound
    return webhook


def _switched_on(session: Session, user_id: int, webhook_id: int) -> Webhook:
    webhook = _found(session, user_id, webhook_id)
    if webhook.disabled_at is not None:
        raise Conflict(_OFF)
    return webhook


def _switch_on(webhook: Webhook) -> None:
    webhook.disabled_at = webhook.disabled_reason = None
    webhook.failures, webhook.failing_since, webhook.retry_at = 0, None, None


def _audit(session: Session, now: datetime, webhook: Webhook, what: str) -> None:
    audit.record(
        session, now, f"user:{webhook.user_id}", f"webhook.{what}", f"webhook:{webhook.id}"
    )


def _view(webhook: Webhook) -> WebhookView:
    if webhook.disabled_at is not None:
        status = "disabled"
    else:
        status = "failing" if webhook.failures else "active"
    return WebhookView(
        id=webhook.id,
        url=webhook.url,
        description=webhook.description,
        events=tuple(webhook.events),
        status=status,
        failing_since=webhook.failing_since,
        succeeded_at=webhook.succeeded_at,
        disabled_at=webhook.disabled_at,
        disabled_reason=webhook.disabled_reason,
        old_secret_until=webhook.old_secret_until,
        created_at=webhook.created_at,
    )
