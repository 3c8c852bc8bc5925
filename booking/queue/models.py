"""Tables of the queue: jobs in the outbox, and the workers' heartbeats."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from booking.db import Base


class JobState(StrEnum):
    """Where a job stands: `ready` and `leased` are alive, `dead` was given up."""

    READY = "ready"
    LEASED = "leased"
    DEAD = "dead"


class Job(Base):
    """One piece of background work, written in the transaction that makes it necessary.

    `dedup_key` is unique among living jobs: asking twice for the same work leaves one row.
    `attempts` and `fence` rise when a worker claims the row; `crashes` counts leases that ran
    out. A finished job leaves no row; a dead one stays until somebody looks at it. `rerun` says
    that the same work was asked for again while it was running.
    `lane` is whose work it is (a connection's id): lanes take turns, and few jobs of one run at
    once. `rank` 1 is routine, which waits while anything else is due.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_due", "state", "due_at"),
        Index("ix_jobs_aggregate_id", "aggregate_id", "seq"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    kind: Mapped[str] = mapped_column(String(64))
    dedup_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    aggregate_id: Mapped[int | None]
    seq: Mapped[int] = mapped_column(default=0)
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(16), default=JobState.READY)
    attempts: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(100))
    expires_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    rerun: Mapped[bool] = mapped_column(default=False)
    lane: Mapped[int | None]
    rank: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Worker(Base):
    """A worker process and when it was last alive."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    seen_at: Mapped[datetime]
