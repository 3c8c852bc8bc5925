"""Table of what hosts publish: their own feed of bookings, and their free and busy times."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from booking.db import Base


class Feed(Base):
    """What one host publishes; without a row, nothing.

    `token_hash` opens the feed of bookings, None: it is off. `shows_free_busy`: anybody may ask
    when the host is busy.
    """

    __tablename__ = "feeds"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    token_hash: Mapped[str | None] = mapped_column(String(64))
    token_made_at: Mapped[datetime | None]
    shows_free_busy: Mapped[bool] = mapped_column(default=False)
