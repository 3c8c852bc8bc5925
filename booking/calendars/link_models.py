"""Tables of pairs: their links, and all that waits, happened or was lost along them.

What the rows mean stands in `booking.sync.rows`, whose values they hold.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base

KEPT_FOR = timedelta(days=30)
_COUNTED = BigInteger().with_variant(Integer, "sqlite")
_UNITS = JSON(none_as_null=True)


class PairStatus(StrEnum):
    """What the last run of a pair of calendars met.

    `stopped`: one of them may not be used (any more), which is probed for; `halted`: deletions wait
    for approval while all else goes on; `revoked`: an account waits for its host; `ending`: its
    copies are being removed, then the pair goes.
    """

    ACTIVE = "active"
    STOPPED = "stopped"
    HALTED = "halted"
    REVOKED = "revoked"
    ENDING = "ending"


class SyncPair(Base):
    """Two sides and the policy between them; a side of our own tables has no calendar.

    Of a pair of calendars: `is_paused` is its owner's wish, `status` what the last run met
    (`PairStatus`), `reason` a sentence about it. `seeded_at` is when everything that stood in both
    calendars was queued, `paired_at` when that was worked off, `synced_at` the last whole run,
    `changed_at` the last run that wrote. `details` holds what was learned of the servers.
    """

    __tablename__ = "sync_pairs"
    __table_args__ = (UniqueConstraint("policy", "left_calendar_id", "right_calendar_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    policy: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    left_calendar_id: Mapped[int | None] = mapped_column(
        ForeignKey("calendars.id", ondelete="CASCADE"), index=True
    )
    right_calendar_id: Mapped[int | None] = mapped_column(
        ForeignKey("calendars.id", ondelete="CASCADE"), index=True
    )
    direction: Mapped[str] = mapped_column(String(16), default="both")
    title_mask: Mapped[str | None] = mapped_column(String(200))
    is_paused: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(16), default="active")
    reason: Mapped[str] = mapped_column(Text, default="")
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    error_at: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    seeded_at: Mapped[datetime | None]
    paired_at: Mapped[datetime | None]
    synced_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    lease_owner: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class SyncLink(Base):
    """This left item is that right item (`sync.rows.Link`)."""

    __tablename__ = "sync_links"
    __table_args__ = (
        Index("ix_sync_links_left", "pair_id", "left_key"),
        Index("ix_sync_links_right", "pair_id", "right_key"),
        Index("ix_sync_links_root", "pair_id", "root"),
        Index(
            "ix_sync_links_retry",
            "pair_id",
            "retry_at",
            sqlite_where=text("retry_at IS NOT NULL"),
            postgresql_where=text("retry_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    pair_id: Mapped[int] = mapped_column(ForeignKey("sync_pairs.id", ondelete="CASCADE"))
    generation: Mapped[int] = mapped_column(default=0)
    origin: Mapped[str] = mapped_column(String(8))
    root: Mapped[str] = mapped_column(String(64))
    agreed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    stamps: Mapped[dict[str, Any]] = mapped_column(default=dict)
    left_key: Mapped[str | None] = mapped_column(String(1000))
    left_uid: Mapped[str] = mapped_column(String(1000), default="")
    left_shadow: Mapped[dict[str, Any] | None] = mapped_column(_UNITS)
    right_key: Mapped[str | None] = mapped_column(String(1000))
    right_uid: Mapped[str] = mapped_column(String(1000), default="")
    right_shadow: Mapped[dict[str, Any] | None] = mapped_column(_UNITS)
    state: Mapped[str] = mapped_column(String(16), default="linked")
    reason: Mapped[str] = mapped_column(Text, default="")
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    put_back_at: Mapped[datetime | None]


class SyncIntent(Base):
    """A write that is due (`sync.rows.Intent`); at most one per link and side."""

    __tablename__ = "sync_intents"
    __table_args__ = (UniqueConstraint("link_id", "side"),)

    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    pair_id: Mapped[int] = mapped_column(
        ForeignKey("sync_pairs.id", ondelete="CASCADE"), index=True
    )
    link_id: Mapped[int] = mapped_column(ForeignKey("sync_links.id", ondelete="CASCADE"))
    side: Mapped[str] = mapped_column(String(8))
    op: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(64), default="")
    uid: Mapped[str] = mapped_column(String(1000), default="")
    mark: Mapped[str] = mapped_column(String(500), default="")
    target: Mapped[dict[str, Any] | None] = mapped_column(_UNITS)
    if_match: Mapped[str | None] = mapped_column(String(500))
    attempts: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[int] = mapped_column(default=0)


class SyncHold(Base):
    """A deletion that waits (`sync.rows.Hold`)."""

    __tablename__ = "sync_holds"

    link_id: Mapped[int] = mapped_column(
        ForeignKey("sync_links.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    pair_id: Mapped[int] = mapped_column(
        ForeignKey("sync_pairs.id", ondelete="CASCADE"), index=True
    )
    side: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    found_at: Mapped[datetime]


class SyncDirty(Base):
    """What the next plan has to look at: a link, or an item on one side."""

    __tablename__ = "sync_dirty"
    __table_args__ = (UniqueConstraint("pair_id", "link_id", "side", "key"),)

    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    pair_id: Mapped[int] = mapped_column(ForeignKey("sync_pairs.id", ondelete="CASCADE"))
    link_id: Mapped[int] = mapped_column(default=0)
    side: Mapped[str] = mapped_column(String(8), default="")
    key: Mapped[str] = mapped_column(String(1000), default="")


class SyncRecord(Base):
    """What happened along a pair and must not be forgotten.

    `kind` is `conflict`, `trash`, `tombstone`, `notice` or `deed`; `detail` holds the value's own
    fields (`sync.rows.Conflict`, `Trash`, `Tombstone`, `Notice`, `Deed`). `undone_at` is when a
    lost value or a deleted item was restored.
    """

    __tablename__ = "sync_records"
    __table_args__ = (Index("ix_sync_records_pair", "pair_id", "kind", "at"),)

    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    pair_id: Mapped[int] = mapped_column(ForeignKey("sync_pairs.id", ondelete="CASCADE"))
    link_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
