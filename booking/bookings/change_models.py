"""Tables of what hosts do by hand to bookings' events, and of looking after them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from booking.db import Base


class CalendarChange(Base):
    """A booking's event was moved or deleted in one destination calendar.

    `kind` and `state` are those of `deciding`. `starts_at` and `ends_at` (UTC epoch seconds) are
    where a moved event stands, None where it has no time of day any more. `reason` says why the
    host is asked although their profile says otherwise, or why it cannot be accepted. `decide_by`
    ends the grace of `following`; `settled_at` is when a change was followed.
    """

    __tablename__ = "calendar_changes"
    __table_args__ = (
        Index("ix_calendar_changes_state", "calendar_id", "state"),
        Index("ix_calendar_changes_due", "state", "decide_by"),
    )

    booking_id: Mapped[int] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("calendars.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[int | None]
    ends_at: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    noticed_at: Mapped[datetime]
    decide_by: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class CalendarLook(Base):
    """When the bookings' events in a destination calendar were last looked after.

    `revision` is that of the busy cache (`Cursor.revision`) with which they were compared last,
    `looked_at` when they were last read by their own addresses; `missing_since`: the calendar
    itself could not be found since then; `retry_at`: the last look failed, so the next one waits.
    """

    __tablename__ = "calendar_looks"

    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("calendars.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    revision: Mapped[int] = mapped_column(default=0)
    looked_at: Mapped[datetime]
    missing_since: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
