"""Tables of connections, their calendars, and which of them count or receive."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base


class ConnectionStatus(StrEnum):
    """What a host sees of a connection's health."""

    CONNECTED = "connected"
    DEGRADED = "degraded"
    RECONNECT_REQUIRED = "reconnect_required"


class Connection(Base):
    """An account at a calendar provider.

    `secret` is sealed with the credential key ring; its associated data is
    `connections|<id>|secret`. `details` holds what discovery learned (home, principal,
    capabilities), never a secret. The breaker's state is `failures` and `retry_at`.
    """

    __tablename__ = "connections"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    provider: Mapped[str] = mapped_column(String(32))
    preset: Mapped[str] = mapped_column(String(32), default="generic")
    url: Mapped[str] = mapped_column(Text)
    username: Mapped[str] = mapped_column(String(320), default="")
    account: Mapped[str] = mapped_column(String(500), default="")
    secret: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(32), default=ConnectionStatus.CONNECTED)
    synced_at: Mapped[datetime | None]
    error_count: Mapped[int] = mapped_column(default=0)
    error_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Calendar(Base):
    """One calendar of a connection; `remote_key` is its address (href, id) at the provider.

    `conferences` names the kinds of video meetings that events of it can have, with commas between
    them; None where its provider does not tell. `gone_at` is set when the provider's list no longer
    names it: it is never deleted here, as selections and links hang on it.
    """

    __tablename__ = "calendars"
    __table_args__ = (UniqueConstraint("connection_id", "remote_key"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    remote_key: Mapped[str] = mapped_column(String(1000))
    name: Mapped[str] = mapped_column(String(500))
    color: Mapped[str | None] = mapped_column(String(9))
    primary: Mapped[bool] = mapped_column(default=False)
    read_only: Mapped[bool] = mapped_column(default=False)
    time_zone: Mapped[str | None] = mapped_column(String(64))
    gone_at: Mapped[datetime | None]
    conferences: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]


class SelectedCalendar(Base):
    """A calendar whose events block: a user, for all event types or for one; or a resource."""

    __tablename__ = "selected_calendars"
    __table_args__ = (
        Index(
            "uq_selected_calendars_user",
            "calendar_id",
            unique=True,
            sqlite_where=text("event_type_id IS NULL AND resource_id IS NULL"),
            postgresql_where=text("event_type_id IS NULL AND resource_id IS NULL"),
        ),
        Index("uq_selected_calendars_event_type", "calendar_id", "event_type_id", unique=True),
        Index("uq_selected_calendars_resource", "calendar_id", "resource_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("calendars.id", ondelete="CASCADE"), index=True
    )
    event_type_id: Mapped[int | None] = mapped_column(
        ForeignKey("event_types.id", ondelete="CASCADE"), index=True
    )
    resource_id: Mapped[int | None] = mapped_column(
        ForeignKey("resources.id", ondelete="CASCADE"), index=True
    )
    tentative_blocks: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class DestinationCalendar(Base):
    """The one calendar that receives a user's bookings (an event type may name another)."""

    __tablename__ = "destination_calendars"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("calendars.id", ondelete="CASCADE"), index=True
    )
