"""The table of rooms and equipment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base


class Resource(Base):
    """Something that one booking at a time occupies; its selected calendars block it as well.

    `team_id`: the team whose members may use it; without one it is the user's own.
    `slots_version` rises with whatever changes when it is free.
    """

    __tablename__ = "resources"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    team_id: Mapped[int | None] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(64), default="room")
    capacity: Mapped[int | None]
    slots_version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
