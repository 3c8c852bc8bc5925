"""Tables of bookings, holds, and the claims that make double booking impossible."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    column,
    false,
    func,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base


class BookingStatus(StrEnum):
    """Where a booking stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class CalendarState(StrEnum):
    """Where a booking's copy in the destination calendar stands."""

    NONE = "none"
    PENDING = "pending"
    WRITTEN = "written"
    FAILING = "failing"
    DEAD = "dead"


BEHIND = (CalendarState.PENDING, CalendarState.FAILING)
"""The states of a copy that still has to be written, moved or removed."""


LIVING = (BookingStatus.CONFIRMED, BookingStatus.PENDING)
"""The statuses of bookings that stand: limits and turns count them."""


class Booking(Base):
    """A promise between a host and a guest.

    Times are UTC epoch seconds. `uid` is public and constant; `ical_uid` names the event in
    every calendar and mail. `revision` rises with every change and guards compare-and-set;
    `sequence` is iTIP's (RFC 5546, 2.1.4) and rises with time, place, people or status.
    `host_id` is the first of its hosts (`BookingHost`). Occurrences of one recurring booking share
    a `series_uid`; guests of one seated slot share a sitting. `no_show_at` is when a host noted
    that the guest did not come. `guest_is_verified`: the guest proved to read `guest_email`.
    `invites_from` is who sends the invitations, decided once (`inviting`).
    `erased_at` is when the guest's data was taken out; the time stays.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lasts"),
        Index("ix_bookings_host_starts", "host_id", "starts_at"),
        Index("ix_bookings_event_type_starts", "event_type_id", "starts_at"),
        Index("ix_bookings_series_uid", "series_uid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    uid: Mapped[str] = mapped_column(String(40), unique=True)
    ical_uid: Mapped[str] = mapped_column(String(300), unique=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    event_type_id: Mapped[int | None] = mapped_column(
        ForeignKey("event_types.id", ondelete="SET NULL")
    )
    title: Mapped[str] = mapped_column(String(500))
    starts_at: Mapped[int]
    ends_at: Mapped[int]
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(default=1)
    sequence: Mapped[int] = mapped_column(default=0)
    guest_name: Mapped[str] = mapped_column(String(200))
    guest_email: Mapped[str] = mapped_column(String(320), index=True)
    guest_phone: Mapped[str | None] = mapped_column(String(50))
    guest_locale: Mapped[str | None] = mapped_column(String(16))
    guest_time_zone: Mapped[str] = mapped_column(String(64))
    additional_guests: Mapped[list[str]] = mapped_column(default=list)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    location: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    meeting_url: Mapped[str | None] = mapped_column(Text)
    meeting_error: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    changed_by: Mapped[str] = mapped_column(String(16), default="guest")
    series_uid: Mapped[str | None] = mapped_column(String(40))
    sitting_id: Mapped[int | None] = mapped_column(
        ForeignKey("sittings.id", ondelete="SET NULL"), index=True
    )
    expires_at: Mapped[datetime | None]
    no_show_at: Mapped[datetime | None]
    guest_is_verified: Mapped[bool] = mapped_column(default=False, server_default=false())
    erased_at: Mapped[datetime | None]
    invites_from: Mapped[str] = mapped_column(String(16), default="none", server_default="none")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class BookingEvent(Base):
    """One change of a booking, written with it: what, by whom, when and why.

    `revision`, `sequence` and `status` are the booking's after the change, so the revisions of a
    booking's events are its history in order. `previous` holds what the change replaced: `start`
    and `end` (UTC epoch seconds), `host_ids`. `in_calendar`: the host did it by hand in their
    calendar. `told_at` is when all listeners had heard of it.
    """

    __tablename__ = "booking_events"
    __table_args__ = (
        UniqueConstraint("booking_id", "revision", name="uq_booking_events_revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    revision: Mapped[int]
    sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)
    previous: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    in_calendar: Mapped[bool] = mapped_column(default=False, server_default=false())
    told_at: Mapped[datetime | None]


class BookingHost(Base):
    """A host of a booking, and why it was this one (`availability.hosts_choice.ChoiceReason`).

    `among` are the ids of those who were free, `shortfall` how many bookings the host was behind;
    the draw's seed is the booking's id. Rows stay when a booking is cancelled.
    """

    __tablename__ = "booking_hosts"

    booking_id: Mapped[int] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    position: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(32), default="fixed")
    among: Mapped[list[Any]] = mapped_column(default=list)
    shortfall: Mapped[float | None]


class BookingCopy(Base):
    """A booking's event in one destination calendar, and where writing it stands.

    A calendar that no host of the booking uses any more is not wanted: its event is removed.
    `failing_since` is when writing it began to fail, `failure_told_at` when its calendar's owner
    was told.
    """

    __tablename__ = "booking_copies"
    __table_args__ = (Index("ix_booking_copies_behind", "calendar_id", "state"),)

    booking_id: Mapped[int] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("calendars.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    is_wanted: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str] = mapped_column(String(16), default=CalendarState.NONE)
    error: Mapped[str | None] = mapped_column(Text)
    failing_since: Mapped[datetime | None]
    failure_told_at: Mapped[datetime | None]


class BookingReminder(Base):
    """A reminder of a confirmed booking that is still to come, `minutes` before its start.

    `due_at` (UTC epoch seconds) is that moment; where the booking has moved meanwhile, the row is
    void.
    """

    __tablename__ = "booking_reminders"

    booking_id: Mapped[int] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    minutes: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_at: Mapped[int] = mapped_column(index=True)


class Sitting(Base):
    """A seated slot that has guests: one claim of its hosts and resources, seats counted."""

    __tablename__ = "sittings"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lasts"),
        Index("ix_sittings_event_type_starts", "event_type_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    event_type_id: Mapped[int | None] = mapped_column(
        ForeignKey("event_types.id", ondelete="SET NULL")
    )
    starts_at: Mapped[int]
    ends_at: Mapped[int]
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(default=0)


class Seat(Base):
    """One numbered seat of a sitting, taken by a booking or a hold: a number is given once."""

    __tablename__ = "seats"

    sitting_id: Mapped[int] = mapped_column(
        ForeignKey("sittings.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    booking_id: Mapped[int | None] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), index=True
    )
    hold_id: Mapped[int | None] = mapped_column(
        ForeignKey("holds.id", ondelete="CASCADE"), index=True
    )


class Hold(Base):
    """A guest's few minutes on one slot while the form is filled in.

    Its id is random: whoever has it may use, renew and release the hold.
    `visitor` is a keyed hash of whoever holds it: enough to count, too little to name an address.
    Whom it occupies stand in its claims, or in those of the sitting in which it has a seat.
    """

    __tablename__ = "holds"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    event_type_id: Mapped[int] = mapped_column(
        ForeignKey("event_types.id", ondelete="CASCADE"), index=True
    )
    starts_at: Mapped[int]
    ends_at: Mapped[int]
    expires_at: Mapped[datetime]
    visitor: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime]


class Wish(Base):
    """A booking that waits for its guest to confirm an e-mail address; its time is on hold.

    `sealed` holds the guest's form; `booking_uid` is the booking that it became.
    """

    __tablename__ = "wishes"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    event_type_id: Mapped[int] = mapped_column(
        ForeignKey("event_types.id", ondelete="CASCADE"), index=True
    )
    hold_id: Mapped[int | None]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    booking_uid: Mapped[str | None] = mapped_column(String(40))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime]


class Claim(Base):
    """One host or resource occupied by one booking, hold or sitting, buffers included.

    The database refuses two active claims of one subject that overlap: an exclusion constraint
    on PostgreSQL, triggers on SQLite (see the migration). Times are UTC epoch seconds; no claim
    is longer than four days, so that looking for neighbours is a short walk along an index.
    """

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lasts"),
        CheckConstraint("ends_at - starts_at <= 345600", name="is_short"),
        Index("ix_claims_subject", "subject_id", "starts_at", "ends_at"),
        ExcludeConstraint(
            (func.int8range(column("subject_id"), column("subject_id"), "[]"), "&&"),
            (func.int8range(column("starts_at"), column("ends_at"), "[)"), "&&"),
            where=column("active"),
            using="gist",
            name="claims_do_not_overlap",
        ).ddl_if(dialect="postgresql"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    subject_id: Mapped[int]
    booking_id: Mapped[int | None] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), index=True
    )
    hold_id: Mapped[int | None] = mapped_column(
        ForeignKey("holds.id", ondelete="CASCADE"), index=True
    )
    sitting_id: Mapped[int | None] = mapped_column(
        ForeignKey("sittings.id", ondelete="CASCADE"), index=True
    )
    starts_at: Mapped[int]
    ends_at: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
