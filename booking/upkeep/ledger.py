"""Who was erased, as keyed hashes: so that a backup from before can be made to forget again.

The ledger names nobody; with `SECRET_KEY` an address can be looked up in it, not read from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from booking.db import reading, writing
from booking.security.models import Erasure
from booking.security.tokens import derived

GUEST, USER = "guest", "user"
KEEP, REMOVE = "keep", "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One erasure; `subject_hash` is the receipt."""

    subject_hash: str
    kind: str
    copies: str
    erased_at: datetime


def receipt_of(secret_key: str, kind: str, email: str) -> str:
    """Return the keyed hash under which an address is written down."""
    return derived(secret_key, f"erased-{kind}", email.lower())


def write_down(session: Session, entry: Entry) -> None:
    """Note an erasure in the caller's unit; a later one of the same address replaces it."""
    session.merge(
        Erasure(
            subject_hash=entry.subject_hash,
            kind=entry.kind,
            copies=entry.copies,
            erased_at=entry.erased_at,
        )
    )
    session.flush()


def entries(session: Session) -> Sequence[Entry]:
    """Return every erasure."""
    return [
        Entry(
            subject_hash=row.subject_hash,
            kind=row.kind,
            copies=row.copies,
            erased_at=row.erased_at,
        )
        for row in session.scalars(select(Erasure).order_by(Erasure.erased_at))
    ]


def carried_over() -> Sequence[Entry]:
    """Return what the present database knows, none where it is empty or cannot be read."""
    try:
        with reading() as session:
            return entries(session)
    except SQLAlchemyError:
        return ()


def put_back(known: Iterable[Entry]) -> None:
    """Write down what was known before a backup was restored."""
    with writing() as session:
        for entry in known:
            write_down(session, entry)
