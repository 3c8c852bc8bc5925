"""Tables of teams and their members."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base


class Team(Base):
    """Users who offer event types together, at `/team/<slug>`.

    `limits` is the wire form of the API (docs/api.md): the most bookings and minutes that one
    member takes for the team, over all of its event types.
    """

    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    limits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class TeamMember(Base):
    """A user of a team, with a role: `member`, `admin` or `owner`."""

    __tablename__ = "team_members"

    team_id: Mapped[int] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    role: Mapped[str] = mapped_column(String(16), default="member")
    joined_at: Mapped[datetime]
