"""The table of event types; fields are those of the API (docs/api.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base


class EventType(Base):
    """What a host offers, with every rule that decides its slots.

    JSON columns hold the validated wire form: `window`, `limits`, `location`, `recurrence` as
    objects, `questions`, `durations_minutes`, `reminders_minutes` as lists. `version` rises on
    every change.
    """

    __tablename__ = "event_types"
    __table_args__ = (UniqueConstraint("user_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    slug: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    color: Mapped[str | None] = mapped_column(String(9))
    hidden: Mapped[bool] = mapped_column(default=False)
    duration_minutes: Mapped[int]
    durations_minutes: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    slot_interval_minutes: Mapped[int | None]
    slot_alignment: Mapped[str] = mapped_column(String(8), default="fit")
    start_offset_minutes: Mapped[int] = mapped_column(default=0)
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(default=0)
    minimum_notice_minutes: Mapped[int] = mapped_column(default=120)
    window: Mapped[dict[str, Any]] = mapped_column(default=dict)
    limits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    first_slot_only: Mapped[bool] = mapped_column(default=False)
    restriction_schedule_id: Mapped[int | None] = mapped_column(
        ForeignKey("schedules.id", ondelete="SET NULL")
    )
    seats: Mapped[int | None]
    show_seats_left: Mapped[bool] = mapped_column(default=False)
    recurrence: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    requires_confirmation: Mapped[bool] = mapped_column(default=False)
    pending_blocks: Mapped[bool] = mapped_column(default=True)
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("schedules.id", ondelete="SET NULL"))
    scheduling: Mapped[str] = mapped_column(String(16), default="single")
    use_event_type_calendars: Mapped[bool] = mapped_column(default=False)
    destination_calendar_id: Mapped[int | None] = mapped_column(
        ForeignKey("calendars.id", ondelete="SET NULL")
    )
    location: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    questions: Mapped[list[Any]] = mapped_column(default=list)
    confirmation_redirect_url: Mapped[str | None] = mapped_column(Text)
    guest_can_cancel: Mapped[bool] = mapped_column(default=True)
    guest_can_reschedule: Mapped[bool] = mapped_column(default=True)
    reminders_minutes: Mapped[list[int]] = mapped_column(default=list)
    time_zone_locked: Mapped[str | None] = mapped_column(String(64))
    visibility: Mapped[str] = mapped_column(String(16), default="busy")
    on_stale: Mapped[str] = mapped_column(String(16), default="offer")
    created_at: Mapped[datetime]
