"""The table of event types; fields are those of the API (docs/api.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base


class EventType(Base):
    """What a host offers, with every rule that decides its slots.

    JSON columns hold the validated wire form: `window`, `limits`, `location`, `recurrence` as
    objects, `questions`, `durations_minutes`, `reminders_minutes` as lists. `user_id` is the owner,
    who is the host where `scheduling` is `single`; with a `team_id` it stands on the team's page.
    """

    __tablename__ = "event_types"
    __table_args__ = (
        Index(
            "uq_event_types_user_slug",
            "user_id",
            "slug",
            unique=True,
            sqlite_where=text("team_id IS NULL"),
            postgresql_where=text("team_id IS NULL"),
        ),
        Index("uq_event_types_team_slug", "team_id", "slug", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
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
    guest_cancel_notice_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    guest_reschedule_notice_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    requires_email_confirmation: Mapped[bool] = mapped_column(default=False, server_default=false())
    private_links_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    reminders_minutes: Mapped[list[int]] = mapped_column(default=list)
    time_zone_locked: Mapped[str | None] = mapped_column(String(64))
    visibility: Mapped[str] = mapped_column(String(16), default="busy")
    on_stale: Mapped[str] = mapped_column(String(16), default="offer")
    created_at: Mapped[datetime]


class PrivateLink(Base):
    """A link that opens one event type, until a moment or for so many bookings.

    Its token is derived from `id` (`security.tokens`) and stored nowhere. `uses` counts bookings.
    """

    __tablename__ = "private_links"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    event_type_id: Mapped[int] = mapped_column(
        ForeignKey("event_types.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(200), default="")
    expires_at: Mapped[datetime | None]
    most_uses: Mapped[int | None]
    uses: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class EventTypeHostRow(Base):
    """A host of an event type with several; without rows the owner is the one host.

    `since` is when the host joined: bookings made before are not held against the others.
    """

    __tablename__ = "event_type_hosts"

    event_type_id: Mapped[int] = mapped_column(
        ForeignKey("event_types.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    position: Mapped[int]
    fixed: Mapped[bool] = mapped_column(default=False)
    group: Mapped[int] = mapped_column("host_group", default=0)
    weight: Mapped[int] = mapped_column(default=100)
    priority: Mapped[int] = mapped_column(default=2)
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("schedules.id", ondelete="SET NULL"))
    since: Mapped[datetime]


class EventTypeResourceRow(Base):
    """A resource that each booking of an event type occupies."""

    __tablename__ = "event_type_resources"

    event_type_id: Mapped[int] = mapped_column(
        ForeignKey("event_types.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    resource_id: Mapped[int] = mapped_column(
        ForeignKey("resources.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    position: Mapped[int]
