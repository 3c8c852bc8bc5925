"""Re-encrypts everything that is sealed under the newest key; safe to repeat or interrupt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, inspect, select

from booking.bookings.models import Wish
from booking.bookings.wishes import sealed_place
from booking.calendars.models import Connection
from booking.db import Base, reading, writing
from booking.mail.models import MailMessage
from booking.mail.outbox import content_place
from booking.security import replay as replays
from booking.security.cipher import Cipher, SealBroken, place
from booking.security.models import Replay
from booking.webhooks.models import Webhook, WebhookDelivery
from booking.webhooks.outbox import body_place, response_place
from booking.webhooks.sending import old_secret_place, secret_place

_ACCOUNTS: Final = "connections"


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationReport:
    """How many rows were rotated, were current already, or cannot be opened by any key."""

    rotated: int
    current: int
    unreadable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column of sealed values, and where each of them lives, by its row's key."""

    table: type[Base]
    name: str
    place_of: Callable[[Any], str]

    @property
    def keys(self) -> Select[Any]:
        """Return the query for the rows that have a value."""
        (key,), column = inspect(self.table).primary_key, inspect(self.table).c[self.name]
        return select(key).where(column.is_not(None))


_SEALED = (
    _Column(table=Connection, name="secret", place_of=lambda row: place(_ACCOUNTS, row, "secret")),
    _Column(table=MailMessage, name="content", place_of=content_place),
    _Column(table=Webhook, name="secret", place_of=secret_place),
    _Column(table=Webhook, name="old_secret", place_of=old_secret_place),
    _Column(table=WebhookDelivery, name="body", place_of=body_place),
    _Column(table=WebhookDelivery, name="response", place_of=response_place),
    _Column(table=Wish, name="sealed", place_of=sealed_place),
    _Column(table=Replay, name="body", place_of=replays.body_place),
)


def rotate_credentials(cipher: Cipher) -> RotationReport:
    """Rotate row by row, each in its own unit, so an interruption loses nothing."""
    with reading() as session:
        found = [(column, list(session.scalars(column.keys))) for column in _SEALED]
    outcomes = [_rotate(cipher, column, key) for column, keys in found for key in keys]
    return RotationReport(
        rotated=outcomes.count("rotated"),
        current=outcomes.count("current"),
        unreadable=outcomes.count("unreadable"),
    )


def _rotate(cipher: Cipher, column: _Column, key: int | str) -> str:
    with writing() as session:
        row = session.get(column.table, key)
        sealed: bytes | None = None if row is None else getattr(row, column.name)
        if sealed is None or not cipher.needs_rotation(sealed):
            return "current"
        try:
            setattr(row, column.name, cipher.rotate(sealed, column.place_of(key)))
        except SealBroken:
            return "unreadable"
        return "rotated"
