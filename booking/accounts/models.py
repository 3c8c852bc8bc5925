"""Tables of accounts: users and their API keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base


class User(Base):
    """An account; as a host, somebody who offers time.

    `email` is stored normalised. `login_stamp` is what a login cookie carries: changing it ends
    every login. `slots_version` rises with whatever changes this host's slots.
    `default_schedule_id` names a row of another room, so whoever sets it checks it.
    """

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(16), default="en")
    password_hash: Mapped[str | None] = mapped_column(String(200), deferred=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[datetime | None]
    login_stamp: Mapped[str] = mapped_column(String(64), unique=True)
    buffer_minutes: Mapped[int] = mapped_column(default=0)
    default_schedule_id: Mapped[int | None] = mapped_column(BigInteger)
    on_calendar_change: Mapped[str] = mapped_column(String(16), default="ask")
    slots_version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class ApiKey(Base):
    """A program's key: `prefix` finds the row, `secret_hash` (SHA-256) proves the rest."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64), deferred=True)
    scopes: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
