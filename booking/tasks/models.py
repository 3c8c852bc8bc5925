"""Tables of tasks, and of the calendar that receives them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base


class Task(Base):
    """A to-do.

    `due_at` is when its event begins, `duration_minutes` how long that lasts. `sync_ended` tells
    why the switch went off by itself (`tasks.values.Ended`), "" where nobody has to be told.
    `conflict` is what the calendar said and the task did not take (`tasks.conflicts`).
    `static_copy` is the event that stayed behind when its account was left (`tasks.ending`).
    `put_back_at` is when a colour, stroke or link changed by hand was last put back.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_due", "user_id", "due_at"),
        Index("ix_tasks_switched", "user_id", "sync_enabled"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(500))
    description: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime | None]
    duration_minutes: Mapped[int] = mapped_column(default=30)
    priority: Mapped[str] = mapped_column(String(8), default="normal")
    completed_at: Mapped[datetime | None]
    sync_enabled: Mapped[bool] = mapped_column(default=False)
    sync_ended: Mapped[str] = mapped_column(String(16), default="")
    conflict: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    static_copy: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    put_back_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class TaskCalendar(Base):
    """The one calendar that receives a user's tasks.

    `ended_*` tell of the last time an account was left or refused: when, why
    (`tasks.values.Ended`), the calendar's name, and how many switches went off.
    """

    __tablename__ = "task_calendars"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    calendar_id: Mapped[int | None] = mapped_column(
        ForeignKey("calendars.id", ondelete="SET NULL"), index=True
    )
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str] = mapped_column(String(16), default="")
    ended_name: Mapped[str] = mapped_column(String(500), default="")
    ended_count: Mapped[int] = mapped_column(default=0)
