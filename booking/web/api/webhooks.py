"""`/webhooks`: addresses that are told what happens, and what was delivered to them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from booking.accounts.values import Scope
from booking.web.api.paging import PAGED
from booking.web.current import services, user_id
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.pagination import Page, page_by_id, page_cut, page_of, page_request
from booking.web.policy import api_key
from booking.web.schemas.webhooks import (
    DeliverySchema,
    MadeWebhookSchema,
    NewWebhookSchema,
    WebhookChangeSchema,
    WebhookSchema,
)
from booking.web.webhook_limits import limit_by_hand
from booking.webhooks.service import WebhookService
from booking.webhooks.values import DeliveryView, MadeWebhook, WebhookView

webhooks = ApiBlueprint(
    "webhooks",
    __name__,
    url_prefix=f"{API_ROOT}/webhooks",
    description="Addresses that are told what happens.",
)


@webhooks.route("")
@api_key(Scope.READ)
@webhooks.doc(**PAGED)
@webhooks.response(200, page_of(WebhookSchema))
def list_webhooks() -> Page[WebhookView]:
    """List the webhooks, the oldest first."""
    return page_by_id(_service().list(user_id()), lambda view: view.id)


@webhooks.route("", methods=["POST"])
@api_key(Scope.WRITE)
@webhooks.arguments(NewWebhookSchema)
@webhooks.response(201, MadeWebhookSchema)
def create_webhook(fields: dict[str, Any]) -> dict[str, Any]:
    """Make a webhook: its secret is in this answer and never shown again."""
    return _made(_service().create(user_id(), fields))


@webhooks.route("/<id:webhook_id>")
@api_key(Scope.READ)
@webhooks.response(200, WebhookSchema)
def show_webhook(webhook_id: int) -> WebhookView:
    """Show a webhook."""
    return _service().get(user_id(), webhook_id)


@webhooks.route("/<id:webhook_id>", methods=["PATCH"])
@api_key(Scope.WRITE)
@webhooks.arguments(WebhookChangeSchema)
@webhooks.response(200, WebhookSchema)
def change_webhook(fields: dict[str, Any], webhook_id: int) -> WebhookView:
    """Change a webhook, or switch it off and on."""
    return _service().change(user_id(), webhook_id, fields)


@webhooks.route("/<id:webhook_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@webhooks.response(204)
def delete_webhook(webhook_id: int) -> None:
    """Delete a webhook with its log."""
    _service().delete(user_id(), webhook_id)


@webhooks.route("/<id:webhook_id>/rotate", methods=["POST"])
@api_key(Scope.WRITE)
@webhooks.response(200, MadeWebhookSchema)
def rotate_secret(webhook_id: int) -> dict[str, Any]:
    """Make another secret; for 24 hours messages are signed with the one before, too."""
    return _made(_service().rotate(user_id(), webhook_id))


@webhooks.route("/<id:webhook_id>/test", methods=["POST"])
@api_key(Scope.WRITE)
@webhooks.response(202, DeliverySchema)
def send_test(webhook_id: int) -> DeliveryView:
    """Send a test event; what came of it stands among the deliveries."""
    limit_by_hand(webhook_id)
    return _service().test(user_id(), webhook_id)


@webhooks.route("/<id:webhook_id>/deliveries")
@api_key(Scope.READ)
@webhooks.doc(**PAGED)
@webhooks.response(200, page_of(DeliverySchema))
def list_deliveries(webhook_id: int) -> Page[DeliveryView]:
    """List what was delivered in the last 30 days, the newest first."""
    wanted = page_request()
    found = _service().deliveries(user_id(), webhook_id, before=wanted.key, limit=wanted.limit + 1)
    return page_cut(found, wanted, lambda delivery: delivery.id)


@webhooks.route("/<id:webhook_id>/deliveries/<id:delivery_id>/replay", methods=["POST"])
@api_key(Scope.WRITE)
@webhooks.response(202, DeliverySchema)
def replay(webhook_id: int, delivery_id: int) -> DeliveryView:
    """Send a message once more, under the same `webhook-id`."""
    limit_by_hand(webhook_id)
    return _service().replay(user_id(), webhook_id, delivery_id)


def _service() -> WebhookService:
    return services().webhooks.service


def _made(made: MadeWebhook) -> dict[str, Any]:
    return {**asdict(made.webhook), "secret": made.secret}
