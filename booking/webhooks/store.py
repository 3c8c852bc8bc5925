"""SQL of the webhooks room, functions named by the question they answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from booking.accounts.models import User
from booking.webhooks.models import DeliveryState, Webhook, WebhookDelivery

UNFINISHED = (DeliveryState.WAITING, DeliveryState.FAILED)


def webhooks_of(session: Session, user_id: int) -> Sequence[Webhook]:
    """Return a user's webhooks, the oldest first."""
    query = select(Webhook).where(Webhook.user_id == user_id).order_by(Webhook.id)
    return session.scalars(query).all()


def find_webhook(session: Session, user_id: int, webhook_id: int) -> Webhook | None:
    """Return a user's webhook, None for an unknown one or another user's."""
    query = select(Webhook).where(Webhook.id == webhook_id, Webhook.user_id == user_id)
    return session.scalar(query)


def locked_webhook(session: Session, webhook_id: int) -> Webhook | None:
    """Return a webhook that nobody else changes until the unit ends."""
    return session.scalar(select(Webhook).where(Webhook.id == webhook_id).with_for_update())


def listeners(session: Session, user_ids: Collection[int], event: str) -> list[Webhook]:
    """Return the webhooks that are switched on and want this event; closed accounts have none."""
    query = (
        select(Webhook)
        .join(User, User.id == Webhook.user_id)
        .where(
            Webhook.user_id.in_(user_ids),
            Webhook.disabled_at.is_(None),
            User.disabled_at.is_(None),
        )
        .order_by(Webhook.id)
    )
    return [webhook for webhook in session.scalars(query) if event in webhook.events]


def add_delivery(session: Session, values: Mapping[str, Any]) -> bool:
    """Insert a delivery; False where its event was kept for this webhook before."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if is_postgresql else sqlite.insert
    statement = (
        insert(WebhookDelivery)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["webhook_id", "key"])
        .returning(WebhookDelivery.id)
    )
    return session.execute(statement).first() is not None


def with_due(session: Session, now: datetime) -> list[int]:
    """Return the ids of webhooks that may be sent something now."""
    query = (
        select(WebhookDelivery.webhook_id)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(*_is_due(now), *_is_ready(now))
        .distinct()
    )
    return list(session.scalars(query))


def next_due(session: Session, webhook_id: int, now: datetime) -> WebhookDelivery | None:
    """Return what to send next: the longest due whose booking has nothing older unfinished."""
    older = aliased(WebhookDelivery)
    waits_for_another = (
        select(older.id)
        .where(
            older.webhook_id == WebhookDelivery.webhook_id,
            older.subject == WebhookDelivery.subject,
            older.seq < WebhookDelivery.seq,
            older.state.in_(UNFINISHED),
        )
        .exists()
    )
    query = (
        select(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook_id, *_is_due(now), ~waits_for_another)
        .order_by(WebhookDelivery.due_at, WebhookDelivery.seq, WebhookDelivery.id)
        .limit(1)
    )
    return session.scalar(query)


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (WebhookDelivery.state.in_(UNFINISHED), WebhookDelivery.due_at <= now)


def _is_ready(now: datetime) -> tuple[ColumnElement[bool], ...]:
    rested = or_(Webhook.retry_at.is_(None), Webhook.retry_at <= now)
    return (and_(Webhook.disabled_at.is_(None), rested),)


def hasten(session: Session, webhook_id: int, now: datetime) -> None:
    """Let everything that failed go on at once: its endpoint is back."""
    session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.webhook_id == webhook_id,
            WebhookDelivery.state == DeliveryState.FAILED,
            WebhookDelivery.due_at > now,
        )
        .values(due_at=now)
    )


def end_unfinished(session: Session, webhook_id: int, error: str) -> None:
    """Give up whatever is still on its way to a webhook."""
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state.in_(UNFINISHED))
        .values(state=DeliveryState.DEAD, error=error)
    )


def find_delivery(session: Session, webhook_id: int, delivery_id: int) -> WebhookDelivery | None:
    """Return a delivery of this webhook."""
    found = session.get(WebhookDelivery, delivery_id)
    return found if found is not None and found.webhook_id == webhook_id else None


def deliveries_of(
    session: Session, webhook_id: int, *, before: int | None, limit: int
) -> Sequence[WebhookDelivery]:
    """Return deliveries, the newest first, from the one before the id `before` on."""
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if before is not None:
        query = query.where(WebhookDelivery.id < before)
    return session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit)).all()


def forget_before(session: Session, moment: datetime) -> None:
    """Delete the deliveries that are over and were made before `moment`."""
    session.execute(
        delete(WebhookDelivery).where(
            WebhookDelivery.created_at < moment, WebhookDelivery.state.not_in(UNFINISHED)
        )
    )


def forget_old_secrets(session: Session, now: datetime) -> None:
    """Delete the former secrets that no longer sign."""
    session.execute(
        update(Webhook)
        .where(Webhook.old_secret_until <= now)
        .values(old_secret=None, old_secret_until=None)
    )
