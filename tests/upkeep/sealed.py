"""Connections whose secrets are sealed as the product does it."""

from __future__ import annotations

from sqlalchemy import select

from booking.calendars.models import Connection, ConnectionStatus
from booking.db import reading, writing
from booking.security.cipher import Cipher, place
from tests.conftest import MONDAY


def seal_connections(user_id: int, key: bytes, number: int = 1) -> list[int]:
    """Store connections with the secrets `secret 0`, `secret 1`, …; return their ids."""
    cipher, ids = Cipher((key,)), []
    with writing() as session:
        for each in range(number):
            row = Connection(
                user_id=user_id, provider="caldav", url="https://x.test/", created_at=MONDAY
            )
            session.add(row)
            session.flush()
            row.secret = cipher.seal(f"secret {each}", place("connections", row.id, "secret"))
            ids.append(row.id)
    return ids


def open_secrets(*keys: bytes) -> list[str]:
    """Return every stored secret, opened with a ring of keys, sorted."""
    cipher = Cipher(keys)
    with reading() as session:
        rows = session.execute(select(Connection.id, Connection.secret)).all()
    return sorted(
        cipher.open(secret, place("connections", row_id, "secret"))
        for row_id, secret in rows
        if secret is not None
    )


def degrade(connection_id: int, error: str) -> None:
    """Note that a connection waits for its host."""
    with writing() as session:
        row = session.get_one(Connection, connection_id)
        row.status, row.error = ConnectionStatus.RECONNECT_REQUIRED, error
