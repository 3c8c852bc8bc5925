"""The wire form of `/me` and `/api-keys`."""

from __future__ import annotations

from marshmallow import Schema, fields

from booking.accounts.service import MOST_BUFFER_MINUTES
from booking.accounts.values import Scope
from booking.web.schemas.fields import Id, Moment, Text, choice, minutes

_CHANGES = ("ask", "follow", "restore")


class ProfileChangeSchema(Schema):
    """What a user may change about themselves; the e-mail address takes the password."""

    username = Text(metadata={"description": "Stands at the top of the booking page's address."})
    name = Text(metadata={"maxLength": 200})
    time_zone = Text(metadata={"description": "IANA name", "example": "Europe/Berlin"})
    locale = Text(metadata={"example": "en"})
    buffer_minutes = minutes(0, MOST_BUFFER_MINUTES)
    default_schedule_id = Id(allow_none=True)
    on_calendar_change = choice(*_CHANGES)


class ProfileSchema(ProfileChangeSchema):
    """The user who owns the key."""

    id = Id(required=True)
    email = Text(required=True, metadata={"format": "email"})


class NewApiKeySchema(Schema):
    """A wish for a key."""

    name = Text(required=True, metadata={"maxLength": 200})
    scopes = fields.List(
        choice(*Scope), load_default=[Scope.READ.value], metadata={"minItems": 1, "maxItems": 3}
    )


class ApiKeySchema(Schema):
    """A key; its secret is not kept, `prefix` tells keys apart."""

    id = Id(required=True)
    name = Text(required=True)
    prefix = Text(required=True)
    scopes = fields.List(choice(*Scope), required=True)
    created_at = Moment(required=True)
    last_used_at = Moment(required=True, allow_none=True)


class MadeApiKeySchema(ApiKeySchema):
    """A key that was just made: the only time that `key` is shown."""

    key = Text(required=True, metadata={"example": "bk_…"})
