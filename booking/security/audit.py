"""The audit log: who did what that matters to safety, as an append-only hash chain.

Each entry's digest covers its content and the digest before it, so a row that was changed,
removed from the middle or slipped in is found by `first_broken`. Subjects and details are ids
and words, never addresses, titles or secrets. Which deeds are told is left to their rooms.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from booking.db import lock_subjects
from booking.security.models import AuditEntry

_NAMESPACE: Final = 97
_GENESIS: Final = "0" * 64
_PAGE = 1000

Detail = str | int | bool | None


def record(
    session: Session, now: datetime, actor: str, action: str, subject: str, **details: Detail
) -> None:
    """Append one entry in the caller's unit.

    `actor` is `user:<id>`, `key:<id>` or `system`; `action` a dotted word such as `login.failed`.
    """
    lock_subjects(session, _NAMESPACE, [0])
    last = session.scalar(select(AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1))
    previous = last or _GENESIS
    session.add(
        AuditEntry(
            at=now,
            actor=actor,
            action=action,
            subject=subject,
            details=dict(details),
            previous=previous,
            digest=_digest(previous, now, (actor, action, subject), details),
        )
    )
    session.flush()


def first_broken(session: Session) -> int | None:
    """Return the id of the first entry that does not follow from the one before, None if all do.

    The oldest entry left by retention is the start of the chain.
    """
    expected: str | None = None
    for entry in _oldest_first(session):
        words = (entry.actor, entry.action, entry.subject)
        digest = _digest(entry.previous, entry.at, words, entry.details)
        if entry.digest != digest or (expected is not None and entry.previous != expected):
            return entry.id
        expected = entry.digest
    return None


def _oldest_first(session: Session) -> Iterator[AuditEntry]:
    after = 0
    while True:
        later = select(AuditEntry).where(AuditEntry.id > after).order_by(AuditEntry.id)
        page = session.scalars(later.limit(_PAGE)).all()
        if not page:
            return
        for entry in page:
            after = entry.id
            yield entry
            # A year of entries need not be in memory at once.
            session.expunge(entry)


def purge_audit(session: Session, before: datetime) -> int:
    """Delete the entries older than `before`; return how many."""
    old = delete(AuditEntry).where(AuditEntry.at < before)
    return session.connection().execute(old).rowcount


def _digest(
    previous: str, at: datetime, words: tuple[str, str, str], details: Mapping[str, object]
) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    content = json.dumps([previous, moment, *words, dict(details)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
