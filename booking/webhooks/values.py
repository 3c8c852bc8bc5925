"""What goes in and out of the webhooks room: frozen values. Moments are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Event(StrEnum):
    """What a webhook may hear of."""

    BOOKING_CREATED = "booking.created"
    BOOKING_REQUESTED = "booking.requested"
    BOOKING_CONFIRMED = "booking.confirmed"
    BOOKING_DECLINED = "booking.declined"
    BOOKING_RESCHEDULED = "booking.rescheduled"
    BOOKING_CANCELLED = "booking.cancelled"
    BOOKING_REASSIGNED = "booking.reassigned"
    BOOKING_NO_SHOW = "booking.no_show"
    CONNECTION_DEGRADED = "connection.degraded"
    PAIR_HALTED = "pair.halted"


TEST_EVENT = "webhook.test"
"""What the test button sends, whatever the webhook listens to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """A webhook as its owner sees it; its secret is not part of it.

    `status`: `active`, `failing` (its last try failed) or `disabled`, then with a reason.
    """

    id: int
    url: str
    description: str
    events: tuple[str, ...]
    status: str
    failing_since: datetime | None
    succeeded_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    old_secret_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWebhook:
    """A webhook with its new secret: the only time that it is told."""

    webhook: WebhookView
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """A delivery as the log shows it.

    `message_id` is its `webhook-id`. `status` is the last answer's, `response` its beginning.
    `next_try_at` is None once it is over. `request` is the body, None where it cannot be read
    with the present keys.
    """

    id: int
    message_id: str
    event: str
    state: str
    tries: int
    status: int | None
    error: str | None
    created_at: datetime
    tried_at: datetime | None
    next_try_at: datetime | None
    request: str | None = field(repr=False)
    response: str | None = field(repr=False)
