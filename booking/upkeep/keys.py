"""Re-encrypts stored credentials under the newest key of the ring; safe to repeat or interrupt."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from booking.calendars.models import Connection
from booking.db import reading, writing
from booking.security.cipher import Cipher, SealBroken, place


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationReport:
    """How many rows were rotated, were current already, or cannot be opened by any key."""

    rotated: int
    current: int
    unreadable: int


def rotate_credentials(cipher: Cipher) -> RotationReport:
    """Rotate row by row, each in its own unit, so an interruption loses nothing."""
    with reading() as session:
        ids = list(session.scalars(select(Connection.id).where(Connection.secret.is_not(None))))
    outcomes = [_rotate(cipher, connection_id) for connection_id in ids]
    return RotationReport(
        rotated=outcomes.count("rotated"),
        current=outcomes.count("current"),
        unreadable=outcomes.count("unreadable"),
    )


def _rotate(cipher: Cipher, connection_id: int) -> str:
    with writing() as session:
        row = session.get(Connection, connection_id)
        if row is None or row.secret is None or not cipher.needs_rotation(row.secret):
            return "current"
        try:
            row.secret = cipher.rotate(row.secret, place("connections", row.id, "secret"))
        except SealBroken:
            return "unreadable"
        return "rotated"
