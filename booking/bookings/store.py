"""SQL of bookings, holds and claims. Functions are named by the question they answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings.change_store import standing_elsewhere
from booking.bookings.models import (
    Booking,
    BookingCopy,
    BookingHost,
    BookingStatus,
    Claim,
    Hold,
    Seat,
)
from booking.bookings.values import Actor
from booking.calendars.models import Calendar, Connection
from booking.core.errors import IllegalTransition
from booking.db import lock_subjects
from booking.resources.models import Resource

_CLAIMS = 1  # the namespace of advisory locks on hosts and resources
_VISITORS = 21  # the namespace of advisory locks on visitors
_BOOKINGS: Any = Booking.__table__
_BOOKED = (
    select(_BOOKINGS.c.id)
    .where(_BOOKINGS.c.ical_uid.in_(bindparam("b_uids", expanding=True)))
    .limit(1)
)
_KEY_DIGITS = 13  # hexadecimal digits that fit into a lock's key beside its namespace


def lock_hosts(session: Session, host_ids: Iterable[int]) -> None:
    """Make this unit the only one that books these hosts and resources, until it ends."""
    lock_subjects(session, _CLAIMS, list(host_ids))


def claim(
    session: Session,
    *,
    subject_id: int,
    span: tuple[int, int],
    booking_id: int | None = None,
    hold_id: int | None = None,
    sitting_id: int | None = None,
) -> None:
    """Occupy a host or resource for a span: the only place that inserts a claim.

    Errors: sqlalchemy's IntegrityError where the database refuses the overlap; see
    `is_overlap`.
    """
    session.add(
        Claim(
            subject_id=subject_id,
            booking_id=booking_id,
            hold_id=hold_id,
            sitting_id=sitting_id,
            starts_at=span[0],
            ends_at=span[1],
        )
    )
    session.flush()


def expired_holds(
    session: Session, now: datetime, subject_ids: Sequence[int] | None = None
) -> list[int]:
    """Return the holds whose time is over: all, or those that occupy these hosts or resources."""
    query = select(Hold.id).where(Hold.expires_at <= now)
    if subject_ids is not None:
        own = select(Claim.hold_id).where(Claim.subject_id.in_(subject_ids))
        seated = (
            select(Seat.hold_id)
            .join(Claim, Claim.sitting_id == Seat.sitting_id)
            .where(Claim.subject_id.in_(subject_ids))
        )
        query = query.where(or_(Hold.id.in_(own), Hold.id.in_(seated)))
    return sorted(session.scalars(query))


def occupied_by_booking(session: Session, booking: Booking) -> list[int]:
    """Return the hosts and resources that a booking occupies, by itself or in a sitting."""
    is_theirs = Claim.booking_id == booking.id
    if booking.sitting_id is not None:
        is_theirs = or_(is_theirs, Claim.sitting_id == booking.sitting_id)
    query = select(Claim.subject_id).where(is_theirs)
    return sorted(set(session.scalars(query)))


def occupied_by_hold(session: Session, hold_id: int) -> list[int]:
    """Return the hosts and resources that a hold occupies, by itself or in a sitting."""
    sittings = select(Seat.sitting_id).where(Seat.hold_id == hold_id)
    query = select(Claim.subject_id).where(
        or_(Claim.hold_id == hold_id, Claim.sitting_id.in_(sittings))
    )
    return sorted(set(session.scalars(query)))


def held(session: Session, now: datetime) -> list[int]:
    """Return the hosts and resources that holds occupy whose time is over."""
    ids = expired_holds(session, now)
    return sorted({each for hold_id in ids for each in occupied_by_hold(session, hold_id)})


def touch(session: Session, subject_ids: Iterable[int]) -> None:
    """Raise the versions of these hosts and resources: what is remembered of their slots is void.

    Whoever touches several holds their locks, so two units never wait for each other.
    """
    ids = sorted(set(subject_ids))
    for table in (User, Resource):
        session.execute(
            update(table)
            .where(table.id.in_(ids))
            .values(slots_version=table.slots_version + 1)
            .execution_options(synchronize_session=False)
        )


def lock_visitor(session: Session, visitor: str) -> None:
    """Count one visitor's holds alone, until the unit ends; take it after the hosts' locks."""
    digest = hashlib.sha256(visitor.encode()).hexdigest()
    lock_subjects(session, _VISITORS, [int(digest[:_KEY_DIGITS], 16)])


def ends_of_holds(
    session: Session, now: datetime, whose: ColumnElement[bool]
) -> Sequence[datetime]:
    """Return when those living holds end, the first to end first."""
    query = select(Hold.expires_at).where(Hold.expires_at > now, whose)
    return session.scalars(query.order_by(Hold.expires_at)).all()


def find_hold(session: Session, hold_id: int) -> Hold | None:
    """Return the hold, live or not."""
    return session.get(Hold, hold_id)


def find_by_uid(session: Session, uid: str) -> Booking | None:
    """Return the booking with this public name."""
    return session.scalars(select(Booking).where(Booking.uid == uid)).one_or_none()


def compare_and_set(session: Session, booking: Booking, **values: Any) -> None:
    """Change a booking only if nobody changed it since it was read; raise its revision.

    Errors: IllegalTransition where somebody was faster.
    """
    statement = (
        update(Booking)
        .where(Booking.id == booking.id, Booking.revision == booking.revision)
        .values(revision=booking.revision + 1, **values)
        .returning(Booking.id)
        .execution_options(synchronize_session=False)
    )
    if session.execute(statement).first() is None:
        raise IllegalTransition("This booking was just changed by somebody else. Look again.")
    session.refresh(booking)


def change(session: Session, booking: Booking, actor: Actor, now: datetime, **values: Any) -> None:
    """Change what everybody has to hear of: iTIP's sequence rises (RFC 5546, 2.1.4).

    Errors: IllegalTransition where somebody was faster.
    """
    compare_and_set(
        session,
        booking,
        sequence=booking.sequence + 1,
        changed_by=actor,
        updated_at=now,
        **values,
    )


def is_overlap(error: Exception) -> bool:
    """Tell whether the database refused overlapping claims (either engine's guard)."""
    return "claims_do_not_overlap" in str(getattr(error, "orig", error))


def expired_requests(session: Session, now: datetime) -> list[str]:
    """Return public names of requests whose time to be answered is over."""
    query = select(Booking.uid).where(
        Booking.status == BookingStatus.PENDING, Booking.expires_at <= now
    )
    return list(session.scalars(query.limit(100)))


def own_uids(session: Session, user_id: int, uids: Sequence[str]) -> frozenset[str]:
    """Return those calendar UIDs that never block in this user's calendars.

    They are those of bookings with this host, and of copies that stand there for other hosts: a
    booking blocks whom it claims. An event that was moved by hand blocks until that is decided.
    """
    # Nearly all events of a calendar are nobody's booking: that is asked first, and cheaply.
    if not uids or session.connection().execute(_BOOKED, {"b_uids": uids}).first() is None:
        return frozenset()
    has_host = exists().where(BookingHost.booking_id == Booking.id, BookingHost.user_id == user_id)
    has_copy = exists().where(
        BookingCopy.booking_id == Booking.id,
        BookingCopy.calendar_id == Calendar.id,
        Connection.id == Calendar.connection_id,
        Connection.user_id == user_id,
    )
    query = select(Booking.ical_uid).where(Booking.ical_uid.in_(uids), or_(has_host, has_copy))
    return frozenset(session.scalars(query)) - standing_elsewhere(session, user_id, uids)


def sequence_of(session: Session, ical_uid: str) -> int:
    """Return the sequence number that a booking's event has to carry now."""
    return session.scalar(select(Booking.sequence).where(Booking.ical_uid == ical_uid)) or 0
