"""The history of bookings: every change is written down with it, and told from the outbox."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings.choosing import hosts_of
from booking.bookings.conferences import WORTH_WAITING, awaits_link
from booking.bookings.lifecycle import EventKind
from booking.bookings.models import Booking, BookingEvent
from booking.bookings.values import BookingEventView, Cause, Person, Previous
from booking.core.ids import new_id
from booking.core.instants import Instant
from booking.queue import outbox

TELL = "bookings.tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A booking's time and hosts just before a change."""

    starts_at: int
    ends_at: int
    host_ids: tuple[int, ...]

    @classmethod
    def of(cls, session: Session, booking: Booking) -> Before:
        """Return them as they are now, under the caller's lock."""
        return cls(
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            host_ids=tuple(hosts_of(session, booking.id)),
        )

    def replaced(self, after: Before) -> dict[str, Any] | None:
        """Return what of this is no longer so, as it is stored; None where all is."""
        found: dict[str, Any] = {}
        if (self.starts_at, self.ends_at) != (after.starts_at, after.ends_at):
            found |= {"start": self.starts_at, "end": self.ends_at}
        if set(self.host_ids) != set(after.host_ids):
            found["host_ids"] = list(self.host_ids)
        return found or None


def record(
    session: Session,
    booking: Booking,
    kind: EventKind,
    cause: Cause,
    before: Before | None = None,
) -> None:
    """Write down a change in its own transaction, and ask for it to be told.

    It is told at once, or a moment later with the link of the video meeting that is being made.
    The booking stands as it is after the change. `before` is given where its time or hosts may
    have changed. Writing a change of the same revision down twice breaks a constraint.
    """
    event = BookingEvent(
        id=new_id(),
        booking_id=booking.id,
        revision=booking.revision,
        sequence=booking.sequence,
        kind=kind,
        status=booking.status,
        actor=cause.actor,
        user_id=cause.user_id,
        at=cause.now,
        reason=cause.reason,
        in_calendar=cause.in_calendar,
        previous=None if before is None else before.replaced(Before.of(session, booking)),
    )
    session.add(event)
    outbox.add(
        session,
        TELL,
        {"event_id": event.id},
        now=cause.now,
        due_at=cause.now + WORTH_WAITING if awaits_link(session, booking) else cause.now,
        aggregate_id=booking.id,
        seq=booking.revision,
    )


def of_booking(
    session: Session, booking_id: int, *, after: int = 0, limit: int | None = None
) -> tuple[BookingEventView, ...]:
    """Return a booking's changes in order, from the one after revision `after` on."""
    query = (
        select(BookingEvent)
        .where(BookingEvent.booking_id == booking_id, BookingEvent.revision > after)
        .order_by(BookingEvent.revision)
        .limit(limit)
    )
    return views(session, session.scalars(query).all())


def replaced_after(session: Session, uid: str, revision: int) -> Previous:
    """Return what changes after `revision` replaced: the time and hosts that stood until then."""
    query = (
        select(BookingEvent.previous)
        .join(Booking, Booking.id == BookingEvent.booking_id)
        .where(Booking.uid == uid, BookingEvent.revision > revision)
        .order_by(BookingEvent.revision.desc())
    )
    stood: dict[str, Any] = {}
    for previous in session.scalars(query):
        stood |= previous or {}
    return _previous(stood, _named(session, stood.get("host_ids", ()))) or Previous()


def untold(session: Session, event_id: int) -> Sequence[BookingEvent]:
    """Return an event that was not told yet, behind those of its booking that came before it.

    On PostgreSQL they are locked: who asks at the same time waits, and then finds them told.
    """
    this = select(BookingEvent.booking_id, BookingEvent.revision).where(BookingEvent.id == event_id)
    found = session.execute(this).one_or_none()
    if found is None:
        return ()
    query = (
        select(BookingEvent)
        .where(
            BookingEvent.booking_id == found.booking_id,
            BookingEvent.revision <= found.revision,
            BookingEvent.told_at.is_(None),
        )
        .order_by(BookingEvent.revision)
        .with_for_update()
    )
    return session.scalars(query).all()


def views(session: Session, events: Sequence[BookingEvent]) -> tuple[BookingEventView, ...]:
    """Return events as values, with one query for all the names in them."""
    people = _people(session, events)
    return tuple(_view(event, people) for event in events)


def _people(session: Session, events: Iterable[BookingEvent]) -> Mapping[int, Person]:
    ids = {event.user_id for event in events if event.user_id is not None}
    ids |= {host_id for event in events for host_id in (event.previous or {}).get("host_ids", ())}
    return _named(session, ids)


def _named(session: Session, ids: Collection[int]) -> Mapping[int, Person]:
    if not ids:
        return {}
    query = select(User.id, User.name).where(User.id.in_(ids))
    return {row.id: Person(user_id=row.id, name=row.name) for row in session.execute(query)}


def _view(event: BookingEvent, people: Mapping[int, Person]) -> BookingEventView:
    return BookingEventView(
        id=event.id,
        kind=event.kind,
        status=event.status,
        actor=event.actor,
        user=people.get(event.user_id or 0),
        at=event.at,
        reason=event.reason,
        sequence=event.sequence,
        revision=event.revision,
        previous=_previous(event.previous, people),
        in_calendar=event.in_calendar,
    )


def _previous(stored: Mapping[str, Any] | None, people: Mapping[int, Person]) -> Previous | None:
    if stored is None:
        return None
    hosts = (people.get(host_id) for host_id in stored.get("host_ids", ()))
    return Previous(
        start=None if "start" not in stored else Instant(stored["start"]),
        end=None if "end" not in stored else Instant(stored["end"]),
        hosts=tuple(person for person in hosts if person is not None),
    )
