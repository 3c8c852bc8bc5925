"""Taking and giving up places: claims on hosts and resources, and numbered seats.

A booking or hold claims everybody it needs, buffers included. With seats, guests of one slot share
a sitting: it claims once, and each guest takes numbered seats of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session

from booking.bookings import store
from booking.bookings.lifecycle import claimed_span
from booking.bookings.models import Claim, Seat, Sitting
from booking.core.errors import SlotUnavailable
from booking.core.ids import new_id
from booking.eventtypes.models import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """Who takes a place: a booking or a hold, with as many seats as it needs."""

    booking_id: int | None = None
    hold_id: int | None = None
    seats: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A slot as it is occupied: its span, and what its event type says about buffers and seats."""

    start: int
    end: int
    before_minutes: int
    after_minutes: int
    event_type_id: int | None = None
    seats: int | None = None

    @classmethod
    def of(cls, event_type: EventType, span: tuple[int, int]) -> Place:
        """Return a slot of an event type."""
        return cls(
            start=span[0],
            end=span[1],
            before_minutes=event_type.buffer_before_minutes,
            after_minutes=event_type.buffer_after_minutes,
            event_type_id=event_type.id,
            seats=event_type.seats,
        )


def take(session: Session, place: Place, subject_ids: Sequence[int], taker: Taker) -> int | None:
    """Occupy these hosts and resources for a slot; return the sitting where there are seats.

    Errors: SlotUnavailable without enough seats; IntegrityError where the database refuses the
    overlap, see `store.is_overlap`.
    """
    covered = claimed_span(
        place.start,
        place.end,
        before_minutes=place.before_minutes,
        after_minutes=place.after_minutes,
    )
    if place.seats is None:
        for subject_id in sorted(subject_ids):
            store.claim(
                session,
                subject_id=subject_id,
                span=covered,
                booking_id=taker.booking_id,
                hold_id=taker.hold_id,
            )
        return None
    sitting_id = _find_sitting(session, place, subject_ids)
    if sitting_id is None:
        sitting_id = _open_sitting(session, place)
        for subject_id in sorted(subject_ids):
            store.claim(session, subject_id=subject_id, span=covered, sitting_id=sitting_id)
    _sit_down(session, sitting_id, place.seats, taker)
    return sitting_id


def _find_sitting(session: Session, place: Place, subject_ids: Iterable[int]) -> int | None:
    """Return the sitting at this slot in which all of these hosts and resources take part.

    What its event type no longer needs may take part as well.
    """
    query = (
        select(Sitting.id, Claim.subject_id)
        .join(Claim, Claim.sitting_id == Sitting.id)
        .where(
            Sitting.event_type_id == place.event_type_id,
            Sitting.starts_at == place.start,
            Sitting.ends_at == place.end,
        )
        .order_by(Sitting.id)
    )
    members: dict[int, set[int]] = {}
    for sitting_id, subject_id in session.execute(query):
        members.setdefault(sitting_id, set()).add(subject_id)
    wanted = set(subject_ids)
    return next((sitting_id for sitting_id, who in members.items() if wanted <= who), None)


def _open_sitting(session: Session, place: Place) -> int:
    sitting = Sitting(
        id=new_id(),
        event_type_id=place.event_type_id,
        starts_at=place.start,
        ends_at=place.end,
        buffer_before_minutes=place.before_minutes,
        buffer_after_minutes=place.after_minutes,
    )
    session.add(sitting)
    session.flush()
    return sitting.id


def _sit_down(session: Session, sitting_id: int, seats: int, taker: Taker) -> None:
    """Take the lowest free numbers. Errors: SlotUnavailable without enough seats left.

    Guests keep their numbers where there are fewer seats now.
    """
    taken = set(session.scalars(select(Seat.number).where(Seat.sitting_id == sitting_id)))
    left = max(0, seats - len(taken))
    free = [number for number in range(1, seats + 1) if number not in taken]
    if left < taker.seats:
        raise SlotUnavailable(f"Only {left} of these seats {'is' if left == 1 else 'are'} left.")
    session.add_all(
        Seat(
            sitting_id=sitting_id,
            number=number,
            booking_id=taker.booking_id,
            hold_id=taker.hold_id,
        )
        for number in free[: taker.seats]
    )
    session.flush()


def give_up(session: Session, *, booking_id: int | None = None, hold_id: int | None = None) -> None:
    """Give up what a booking or hold occupies; a sitting ends with its last guest."""
    is_theirs = Seat.booking_id == booking_id if hold_id is None else Seat.hold_id == hold_id
    sittings = set(session.scalars(select(Seat.sitting_id).where(is_theirs)))
    session.execute(delete(Seat).where(is_theirs))
    is_claim = Claim.booking_id == booking_id if hold_id is None else Claim.hold_id == hold_id
    session.execute(delete(Claim).where(is_claim))
    end_empty_sittings(session, sittings)


def end_empty_sittings(session: Session, sitting_ids: Iterable[int]) -> None:
    """Remove those of these sittings, with their claims, in which nobody sits any more."""
    _end_empty(session, Sitting.id.in_(sorted(sitting_ids)))


def end_deserted_sittings(session: Session, subject_ids: Sequence[int] | None = None) -> None:
    """Remove sittings that lost their last hold together with its event type.

    All of them, or those of these hosts and resources.
    """
    which: list[ColumnElement[bool]] = [Sitting.event_type_id.is_(None)]
    if subject_ids is not None:
        is_theirs = (Claim.sitting_id == Sitting.id) & Claim.subject_id.in_(subject_ids)
        which.append(exists().where(is_theirs))
    _end_empty(session, *which)


def _end_empty(session: Session, *which: ColumnElement[bool]) -> None:
    someone = exists().where(Seat.sitting_id == Sitting.id)
    query = delete(Sitting).where(*which, ~someone)
    session.execute(query.execution_options(synchronize_session=False))


def has_place(session: Session, booking_id: int) -> bool:
    """Tell whether a booking occupies its time."""
    claims = select(func.count()).select_from(Claim).where(Claim.booking_id == booking_id)
    seats = select(func.count()).select_from(Seat).where(Seat.booking_id == booking_id)
    return bool(session.scalar(claims) or session.scalar(seats))
