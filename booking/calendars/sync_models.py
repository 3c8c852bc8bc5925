"""Tables of replicas and what is derived from them: cursors, items, busy rows.

Links, intents and the other rows of pairs stand in `link_models`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from booking.db import Base

SHARED = 0  # the scope of a calendar's own replica, which all its uses share


class Cursor(Base):
    """How far a calendar has been read, and how that went; one row per calendar.

    `token` is the provider's place in its feed; `parameters` a hash of what it was asked with.
    `covered_from` and `covered_until` (UTC epoch seconds) bound the expanded busy rows.
    `synced_at` is the last complete reading, `failing_since` the first failure after it;
    `changed_at` is when busy rows last changed, and `revision` counts how often they did.
    `detail` is how much is kept of its items: `times`, `full` while a pair uses the calendar,
    `mixed` on the way from one to the other.
    """

    __tablename__ = "calendar_cursors"

    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("calendars.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    token: Mapped[str | None] = mapped_column(Text)
    parameters: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[str] = mapped_column(String(8), default="times")
    generation: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    covered_from: Mapped[int] = mapped_column(default=0)
    covered_until: Mapped[int] = mapped_column(default=0)
    synced_at: Mapped[datetime | None]
    full_at: Mapped[datetime | None]
    emptied_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    error_count: Mapped[int] = mapped_column(default=0)
    error_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    retry_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)


class ReplicaItem(Base):
    """An item of a calendar as it was last read.

    `scope` is 0 for the calendar's shared replica, or the pair whose own items these are where a
    calendar is only looked at item by item. `content` holds merge units; what only busy times are
    kept for has no titles in it. `is_series` and `first_at` (UTC epoch seconds of the first start)
    tell which items a moving window has to be expanded for again.
    `root` and `likeness` (`sync.names`) find the item on the other side of a pair that is the same
    event. `wrote_at` is when we last wrote it, `replaced` the version which that write replaced.
    """

    __tablename__ = "replica_items"
    __table_args__ = (
        UniqueConstraint("calendar_id", "scope", "key"),
        Index("ix_replica_items_uid", "calendar_id", "uid"),
        Index("ix_replica_items_root", "calendar_id", "root"),
        Index("ix_replica_items_likeness", "calendar_id", "likeness"),
        Index("ix_replica_items_wrote_at", "calendar_id", "wrote_at"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendars.id", ondelete="CASCADE"))
    scope: Mapped[int] = mapped_column(default=0)
    key: Mapped[str] = mapped_column(String(1000))
    uid: Mapped[str] = mapped_column(String(1000), default="")
    version: Mapped[str | None] = mapped_column(String(500))
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_series: Mapped[bool] = mapped_column(default=False)
    first_at: Mapped[int] = mapped_column(default=0)
    mark: Mapped[str] = mapped_column(String(500), default="")
    root: Mapped[str] = mapped_column(String(64), default="")
    likeness: Mapped[str] = mapped_column(String(64), default="")
    replaced: Mapped[str | None] = mapped_column(String(500))
    wrote_at: Mapped[datetime | None]
    is_mirrored: Mapped[bool] = mapped_column(default=True)
    fault: Mapped[str] = mapped_column(Text, default="")
    raw: Mapped[str | None] = mapped_column(Text, deferred=True)
    updated_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime | None]
    touched: Mapped[dict[str, Any]] = mapped_column(default=dict)


class BusyRow(Base):
    """A stretch in which an item of a calendar blocks; UTC epoch seconds, half-open.

    No row is longer than a week: longer blocks are split, so a range query can bound its start
    and costs what lies in the range, not what the store holds.
    """

    __tablename__ = "busy_rows"
    __table_args__ = (
        Index(
            "ix_busy_rows_range",
            "calendar_id",
            "starts_at",
            "ends_at",
            "is_tentative",
            "is_own",
        ),
        Index("ix_busy_rows_item", "calendar_id", "item_key"),
        Index("ix_busy_rows_uid", "uid"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendars.id", ondelete="CASCADE"))
    item_key: Mapped[str] = mapped_column(String(1000))
    uid: Mapped[str] = mapped_column(String(1000), default="")
    starts_at: Mapped[int]
    ends_at: Mapped[int]
    is_tentative: Mapped[bool] = mapped_column(default=False)
    is_all_day: Mapped[bool] = mapped_column(default=False)
    is_own: Mapped[bool] = mapped_column(default=False)
