"""The wire form of private links (docs/api.md)."""

from __future__ import annotations

from marshmallow import Schema, fields

from booking.web.schemas.fields import Id, Moment, Text, Whole


class PrivateLinkSchema(Schema):
    """An address that opens one event type; `token` is the `private_link` of slots and bookings."""

    id = Id(dump_only=True)
    name = Text(metadata={"maxLength": 200, "description": "Who it is for."})
    expires_at = fields.AwareDateTime(allow_none=True)
    most_uses = Whole(
        allow_none=True,
        metadata={"minimum": 1, "maximum": 10_000, "description": "Bookings it is good for."},
    )
    uses = Whole(dump_only=True)
    is_open = fields.Boolean(dump_only=True)
    token = Text(dump_only=True)
    url = Text(dump_only=True)
    created_at = Moment(dump_only=True)
