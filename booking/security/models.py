"""Tables of the security room: limits, idempotent answers, and the audit chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from booking.db import Base


class ThrottleWindow(Base):
    """How often something was tried since `started_at` (UTC epoch seconds).

    `bucket` is a hash: the row tells neither address nor account. `ends_at` is when the row
    means nothing any more.
    """

    __tablename__ = "throttle_windows"

    bucket: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[int]
    ends_at: Mapped[int] = mapped_column(index=True)
    hits: Mapped[int]


class Replay(Base):
    """One `Idempotency-Key` and, once `state` is `done`, the answer that it always gets.

    While `running`, `owner` may finish it; after `lease_until` (UTC epoch seconds) the request
    is taken for crashed and a repeat takes over with another owner.
    """

    __tablename__ = "replays"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    actor: Mapped[str] = mapped_column(String(100))
    request: Mapped[str] = mapped_column(String(500))
    body_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    owner: Mapped[str] = mapped_column(String(64))
    lease_until: Mapped[int]
    status: Mapped[int | None]
    headers: Mapped[list[Any]] = mapped_column(default=list)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Erasure(Base):
    """Who was erased, as a keyed hash: what a backup from before must forget again.

    `kind` is `guest` or `user`; `copies` is what became of the copies in calendars, `keep` or
    `remove`.
    """

    __tablename__ = "erasures"

    subject_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    copies: Mapped[str] = mapped_column(String(8))
    erased_at: Mapped[datetime]


class AuditEntry(Base):
    """One link of the append-only chain; `digest` covers the row and the digest before it."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(100), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
