"""Idempotency keys: the first answer to a request is the answer to all its repeats.

`begin` is a short unit of its own; `finish` runs inside the caller's unit, so that what was
written and the answer that tells of it are committed together or not at all. A request that
crashed while running blocks its key for the length of its lease only; should it turn out to be
alive after all, `finish` refuses it and its unit is rolled back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from booking.core.clock import Clock
from booking.core.errors import IdempotencyConflict
from booking.core.instants import to_instant
from booking.db import writing
from booking.security.cipher import Cipher
from booking.security.models import Replay
from booking.security.tokens import new_token

KEEP: Final = timedelta(hours=48)
_LEASE_SECONDS = 15
_RETRY_SECONDS = 2
_RUNNING = "running"
_DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """An HTTP answer as it was given: status, (name, value) headers, body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The right to run a request and to store its answer."""

    key_hash: str
    owner: str = field(repr=False)


class Replays:
    """Remembers answers for 48 hours; bodies are sealed, as they may hold tokens."""

    def __init__(self, clock: Clock, cipher: Cipher) -> None:
        self._clock = clock
        self._cipher = cipher

    def begin(self, key: str, actor: str, request: str, body: bytes) -> Ticket | StoredAnswer:
        """Claim `key` for `actor`; return the stored answer where there is one.

        `request` is method and path. Errors: IdempotencyConflict for another request or body,
        and, with `retry_after` in seconds, while the first is still running.
        """
        now = self._clock.now()
        ticket = Ticket(key_hash=_digest(f"{actor}\0{key}".encode()), owner=new_token())
        fresh = {
            "actor": actor,
            "request": request[:500],
            "body_hash": _digest(body),
            "state": _RUNNING,
            "owner": ticket.owner,
            "lease_until": to_instant(now) + _LEASE_SECONDS,
            "headers": [],
            "created_at": now,
        }
        with writing() as session:
            if _insert_new(session.connection(), {"key_hash": ticket.key_hash, **fresh}):
                return ticket
            row = session.scalars(
                select(Replay).where(Replay.key_hash == ticket.key_hash).with_for_update()
            ).one()
            if row.created_at > now - KEEP:
                _check_same_request(row, fresh)
                if row.state == _DONE:
                    return self._answer(row)
                _check_lease(row, to_instant(now))
            _take_over(row, fresh)
        return ticket

    def finish(self, session: Session, ticket: Ticket, answer: StoredAnswer) -> None:
        """Store the answer in the caller's unit.

        Errors: IdempotencyConflict where the ticket was taken over; the unit must be rolled back.
        """
        stored = session.connection().execute(
            update(Replay)
            .where(
                Replay.key_hash == ticket.key_hash,
                Replay.owner == ticket.owner,
                Replay.state == _RUNNING,
            )
            .values(
                state=_DONE,
                status=answer.status,
                headers=[list(pair) for pair in answer.headers],
                body=self._cipher.seal(answer.body.decode(), body_place(ticket.key_hash)),
            )
        )
        if stored.rowcount != 1:
            raise IdempotencyConflict(
                "Another request with this key took over.", retry_after=_RETRY_SECONDS
            )

    def store(self, ticket: Ticket, answer: StoredAnswer) -> None:
        """Store the answer in a unit of its own, for work that changed nothing here."""
        with writing() as session:
            self.finish(session, ticket, answer)

    def abandon(self, ticket: Ticket) -> None:
        """Free the key: the request failed without a result worth keeping."""
        with writing() as session:
            session.execute(
                delete(Replay).where(
                    Replay.key_hash == ticket.key_hash,
                    Replay.owner == ticket.owner,
                    Replay.state == _RUNNING,
                )
            )

    def _answer(self, row: Replay) -> StoredAnswer:
        body = self._cipher.open(row.body or b"", body_place(row.key_hash))
        return StoredAnswer(
            status=row.status or 200,
            headers=tuple((name, value) for name, value in row.headers),
            body=body.encode(),
        )


def purge_replays(session: Session, now: datetime) -> int:
    """Delete the answers older than 48 hours; return how many."""
    old = delete(Replay).where(Replay.created_at <= now - KEEP)
    return session.connection().execute(old).rowcount


def same_body(body: object) -> bytes:
    """Return bytes that are equal for equal JSON values, whatever the order of their names."""
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _insert_new(connection: Connection, values: Mapping[str, Any]) -> bool:
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(Replay).values(**values).on_conflict_do_nothing(index_elements=["key_hash"])
    # What was inserted is asked back: PostgreSQL's driver gives no dependable row count here.
    return connection.execute(statement.returning(Replay.key_hash)).first() is not None


def _check_same_request(row: Replay, fresh: Mapping[str, Any]) -> None:
    if (row.request, row.body_hash) != (fresh["request"], fresh["body_hash"]):
        raise IdempotencyConflict


def _check_lease(row: Replay, now: int) -> None:
    if row.lease_until > now:
        raise IdempotencyConflict(
            "The first request with this Idempotency-Key is still running. Ask again shortly.",
            retry_after=min(_RETRY_SECONDS, row.lease_until - now),
        )


def _take_over(row: Replay, fresh: Mapping[str, Any]) -> None:
    for name, value in fresh.items():
        setattr(row, name, value)
    row.status = None
    row.body = None


def body_place(key_hash: str) -> str:
    """Name where a stored answer's sealed body lives."""
    return f"replays|{key_hash}|body"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
