"""Questions to the table of event types; a host's rows are asked for by owner."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.calendars.models import Calendar, Connection
from booking.core.errors import NotFound
from booking.eventtypes.models import EventType

Pair = tuple[EventType, User]


def event_types_of(
    session: Session, user_id: int, *, after: int = 0, limit: int | None = None
) -> Sequence[Pair]:
    """Return a host's event types, the oldest first, from the one after id `after` on."""
    query = (
        select(EventType, User)
        .join(User, User.id == EventType.user_id)
        .where(EventType.user_id == user_id, EventType.id > after)
        .order_by(EventType.id)
        .limit(limit)
    )
    return session.execute(query).all()


def get_owned(session: Session, user_id: int, event_type_id: int) -> Pair:
    """Return one of the host's event types.

    Errors: NotFound where it is unknown or another's.
    """
    query = (
        select(EventType, User)
        .join(User, User.id == EventType.user_id)
        .where(EventType.id == event_type_id, EventType.user_id == user_id)
    )
    return _only(session.execute(query).one_or_none())


def get_bookable(session: Session, event_type_id: int) -> Pair:
    """Return an event type that guests may book, hidden ones included.

    Errors: NotFound where it is unknown or its host's account is closed.
    """
    query = (
        select(EventType, User)
        .join(User, User.id == EventType.user_id)
        .where(EventType.id == event_type_id, User.disabled_at.is_(None))
    )
    return _only(session.execute(query).one_or_none())


def get_named(session: Session, username: str, slug: str) -> Pair:
    """Return the event type behind a public address, hidden ones included.

    Errors: NotFound.
    """
    query = (
        select(EventType, User)
        .join(User, User.id == EventType.user_id)
        .where(User.username == username, EventType.slug == slug, User.disabled_at.is_(None))
    )
    return _only(session.execute(query).one_or_none())


def get_named_id(session: Session, username: str, slug: str) -> int:
    """Return the id of the event type behind a public address.

    Errors: NotFound.
    """
    query = (
        select(EventType.id)
        .join(User, User.id == EventType.user_id)
        .where(User.username == username, EventType.slug == slug, User.disabled_at.is_(None))
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound("There is no such event type.")
    return found


def listed_of(session: Session, username: str) -> Sequence[Pair]:
    """Return what a host shows to the public, the oldest first."""
    query = (
        select(EventType, User)
        .join(User, User.id == EventType.user_id)
        .where(User.username == username, User.disabled_at.is_(None), EventType.hidden.is_(False))
        .order_by(EventType.id)
    )
    return session.execute(query).all()


def _only(found: Pair | None) -> Pair:
    if found is None:
        raise NotFound("There is no such event type.")
    return found


def owns_event_type(session: Session, user_id: int, event_type_id: int) -> bool:
    """Tell whether this is one of the host's event types."""
    query = select(EventType.id).where(EventType.id == event_type_id, EventType.user_id == user_id)
    return session.scalar(query) is not None


def slugs_of(session: Session, user_id: int, *, except_id: int = 0) -> set[str]:
    """Return the names a host has taken, that of one event type left out."""
    query = select(EventType.slug).where(EventType.user_id == user_id, EventType.id != except_id)
    return set(session.scalars(query))


def count_of(session: Session, user_id: int) -> int:
    """Return how many event types a host has."""
    query = select(func.count()).select_from(EventType).where(EventType.user_id == user_id)
    return session.scalar(query) or 0


def may_write(session: Session, user_id: int, calendar_id: int) -> bool | None:
    """Tell whether the host may write this calendar; None where it is unknown or another's."""
    query = (
        select(Calendar.read_only)
        .join(Connection, Connection.id == Calendar.connection_id)
        .where(
            Calendar.id == calendar_id,
            Connection.user_id == user_id,
            Calendar.gone_at.is_(None),
        )
    )
    read_only = session.scalar(query)
    return None if read_only is None else not read_only


def drop(session: Session, event_type_id: int) -> None:
    """Delete an event type; its bookings stand, without it."""
    session.execute(delete(EventType).where(EventType.id == event_type_id))
