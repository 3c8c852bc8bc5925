"""The wire form of webhooks, of what was delivered to them, and of a host's feeds."""

from __future__ import annotations

from marshmallow import Schema, fields

from booking.web.schemas.fields import Flag, Id, Moment, Text, Whole, choice, true_or_false
from booking.webhooks.values import Event

_STATUSES = ("active", "failing", "disabled")
_STATES = ("waiting", "failed", "sent", "dead")


class WebhookFieldsSchema(Schema):
    """What a host says of a webhook."""

    url = Text(metadata={"format": "uri", "maxLength": 2000})
    description = Text(metadata={"maxLength": 200})
    events = fields.List(choice(*Event), metadata={"description": "Absent: all of them."})


class NewWebhookSchema(WebhookFieldsSchema):
    """A wish for a webhook."""

    url = Text(required=True, metadata={"format": "uri", "maxLength": 2000})


class WebhookChangeSchema(WebhookFieldsSchema):
    """A change; what is left out stays."""

    enabled = Flag(metadata={"description": "False gives up what is still on its way."})


class WebhookSchema(Schema):
    """A webhook; its secret is never shown again."""

    id = Id(required=True)
    url = Text(required=True)
    description = Text(required=True)
    events = fields.List(choice(*Event), required=True)
    status = choice(*_STATUSES, required=True)
    failing_since = Moment(required=True, allow_none=True)
    succeeded_at = Moment(required=True, allow_none=True)
    disabled_at = Moment(required=True, allow_none=True)
    disabled_reason = Text(required=True, allow_none=True)
    old_secret_until = Moment(required=True, allow_none=True)
    created_at = Moment(required=True)


class MadeWebhookSchema(WebhookSchema):
    """A webhook with its new secret: the only time that it is shown."""

    secret = Text(required=True, metadata={"example": "whsec_…"})


class DeliverySchema(Schema):
    """One message to a webhook, and what came of it."""

    id = Id(required=True)
    message_id = Text(required=True, metadata={"description": "Its `webhook-id`, the same always."})
    event = Text(required=True)
    state = choice(*_STATES, required=True)
    tries = Whole(required=True)
    status = Whole(required=True, allow_none=True)
    error = Text(required=True, allow_none=True)
    request = Text(required=True, allow_none=True)
    response = Text(required=True, allow_none=True)
    created_at = Moment(required=True)
    tried_at = Moment(required=True, allow_none=True)
    next_try_at = Moment(required=True, allow_none=True)


class FeedsSchema(Schema):
    """What a host publishes; the address of the feed of bookings is shown when it is made."""

    bookings_since = Moment(
        required=True, allow_none=True, metadata={"description": "Null while the feed is off."}
    )
    shows_free_busy = Flag(required=True)
    free_busy_url = Text(required=True, allow_none=True)


class OpenedFeedSchema(FeedsSchema):
    """The same with the new address: the only time that it is shown."""

    url = Text(required=True, metadata={"format": "uri"})


class FeedsChangeSchema(Schema):
    """Whether free and busy times are published."""

    shows_free_busy = true_or_false(required=True)
