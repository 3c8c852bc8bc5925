"""SQL of bookings, holds and claims. Functions are named by the question they answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from booking.bookings.models import Booking, BookingStatus, Claim, Hold
from booking.core.errors import IllegalTransition
from booking.db import lock_subjects

_CLAIMS = 1  # the namespace of advisory locks on hosts and resources


def lock_hosts(session: Session, host_ids: Iterable[int]) -> None:
    """Make this unit the only one that books these hosts, until it ends."""
    lock_subjects(session, _CLAIMS, list(host_ids))


def claim(
    session: Session,
    *,
    subject_id: int,
    span: tuple[int, int],
    booking_id: int | None = None,
    hold_id: int | None = None,
    active: bool = True,
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
            starts_at=span[0],
            ends_at=span[1],
            active=active,
        )
    )
    session.flush()


def move_claims(session: Session, booking_id: int, span: tuple[int, int], *, active: bool) -> None:
    """Give a booking's claims another span in one statement, guarded like an insert."""
    session.execute(
        update(Claim)
        .where(Claim.booking_id == booking_id)
        .values(starts_at=span[0], ends_at=span[1], active=active)
    )


def release_claims(session: Session, booking_id: int) -> None:
    """Give up a booking's place."""
    session.execute(delete(Claim).where(Claim.booking_id == booking_id))


def drop_hold(session: Session, hold_id: int) -> None:
    """Remove a hold and, by cascade, its claims."""
    session.execute(delete(Hold).where(Hold.id == hold_id))


def drop_expired_holds(session: Session, now: datetime, host_id: int | None = None) -> int:
    """Remove holds whose time is over, with their claims; return how many."""
    query = select(Hold.id).where(Hold.expires_at <= now)
    if host_id is not None:
        query = query.where(Hold.host_id == host_id)
    expired = list(session.scalars(query))
    if expired:
        session.execute(delete(Hold).where(Hold.id.in_(expired)))
    return len(expired)


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


def is_overlap(error: Exception) -> bool:
    """Tell whether the database refused overlapping claims (either engine's guard)."""
    return "claims_do_not_overlap" in str(getattr(error, "orig", error))


def expired_requests(session: Session, now: datetime) -> list[str]:
    """Return public names of requests whose time to be answered is over."""
    query = select(Booking.uid).where(
        Booking.status == BookingStatus.PENDING, Booking.expires_at <= now
    )
    return list(session.scalars(query.limit(100)))


def own_uids(session: Session, host_id: int, uids: Sequence[str]) -> frozenset[str]:
    """Return those calendar UIDs that are this host's bookings': their copies never block."""
    query = select(Booking.ical_uid).where(Booking.host_id == host_id, Booking.ical_uid.in_(uids))
    return frozenset(session.scalars(query))


def sequence_of(session: Session, ical_uid: str) -> int:
    """Return the sequence number that a booking's event has to carry now."""
    return session.scalar(select(Booking.sequence).where(Booking.ical_uid == ical_uid)) or 0
