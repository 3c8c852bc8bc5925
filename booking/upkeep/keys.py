"""Re-encrypts everything that is sealed under the newest key; safe to repeat or interrupt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, inspect, select

from booking.calendars.models import Connection
from booking.db import Base, reading, writing
from booking.mail.models import MailMessage
from booking.mail.outbox import content_place
from booking.security.cipher import Cipher, SealBroken, place
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
    """A column of sealed values, and where each of them lives, by its row's id."""

    table: type[Base]
    name: str
    place_of: Callable[[int], str]

    @property
    def ids(self) -> Select[int]:
        """Return the query for the rows that have a value."""
        key, column = inspect(self.table).c.id, inspect(self.table).c[self.name]
        return select(key).where(column.is_not(None))


_SEALED = (
    _Column(table=Connection, name="secret", place_of=lambda row: place(_ACCOUNTS, row, "secret")),
    _Column(table=MailMessage, name="content", place_of=content_place),
    _Column(table=Webhook, name="secret", place_of=secret_place),
    _Column(table=Webhook, name="old_secret", place_of=old_secret_place),
    _Column(table=WebhookDelivery, name="body", place_of=body_place),
    _Column(table=WebhookDelivery, name="response", place_of=response_place),
)


def rotate_credentials(cipher: Cipher) -> RotationReport:
    """Rotate row by row, each in its own unit, so an interruption loses nothing."""
    with reading() as session:
        found = [(column, list(session.scalars(column.ids))) for column in _SEALED]
    outcomes = [_rotate(cipher, column, row_id) for column, ids in found for row_id in ids]
    return RotationReport(
        rotated=outcomes.count("rotated"),
        current=outcomes.count("current"),
        unreadable=outcomes.count("unreadable"),
    )


def _rotate(cipher: Cipher, column: _Column, row_id: int) -> str:
    with writing() as session:
        row = session.get(column.table, row_id)
        sealed: bytes | None = None if row is None else getattr(row, column.name)
        if sealed is None or not cipher.needs_rotation(sealed):
            return "current"
        try:
            setattr(row, column.name, cipher.rotate(sealed, column.place_of(row_id)))
        except SealBroken:
            return "unreadable"
        return "rotated"
