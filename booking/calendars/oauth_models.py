"""Tables of connecting by OAuth: visits to a consent page, and whose turn it is to renew tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base


class OAuthVisit(Base):
    """Somebody was sent to a provider's consent page and may come back once.

    `state_hash` is the SHA-256 of the state; `login_hash` that of the login it was begun with.
    `connection_id` is the connection that is to be renewed, None for a new one.
    """

    __tablename__ = "oauth_visits"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    login_hash: Mapped[str] = mapped_column(String(64))
    provider: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    connection_id: Mapped[int | None] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    may_create: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class TokenLease(Base):
    """Which process renews a connection's tokens just now, and until when."""

    __tablename__ = "token_leases"

    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    owner: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]
