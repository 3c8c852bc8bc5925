"""Tables of webhooks: endpoints, and what was to be delivered to them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base


class DeliveryState(StrEnum):
    """Where a delivery stands.

    `waiting`: not tried yet. `failed`: tried, and will be again. `sent`: answered with 2xx.
    `dead`: given up, see `error`.
    """

    WAITING = "waiting"
    FAILED = "failed"
    SENT = "sent"
    DEAD = "dead"


class Webhook(Base):
    """An address that wants to hear of some events.

    `secret` and `old_secret` are sealed; the old one signs too until `old_secret_until`.
    `failures` counts the tries that failed in a row, the first of them at `failing_since`; until
    `retry_at` the address is left alone. `disabled_at` set: nothing is sent, see `disabled_reason`.
    """

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200), default="")
    events: Mapped[list[str]]
    secret: Mapped[bytes]
    old_secret: Mapped[bytes | None]
    old_secret_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class WebhookDelivery(Base):
    """One event on its way to one endpoint; its id is its public name for life.

    `body` and `response` (the beginning of the last answer) are sealed: they hold names of guests.
    `key` names the event, `subject` and `seq` its place among those of one booking. `asked_at` is
    when it was first, or last on purpose, to be sent; `due_at` when it is next tried.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "key"),
        Index("ix_webhook_deliveries_due", "state", "due_at"),
        Index("ix_webhook_deliveries_order", "webhook_id", "subject", "seq"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(100))
    event: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(64), index=True)
    seq: Mapped[int] = mapped_column(default=0)
    body: Mapped[bytes]
    state: Mapped[str] = mapped_column(String(16), default=DeliveryState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    status: Mapped[int | None]
    response: Mapped[bytes | None]
    error: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
