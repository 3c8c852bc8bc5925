"""Questions to the tables of connections, calendars, selections and destinations.

Rows are asked for by owner: what belongs to somebody else is not found. The busy store and the
sync state have stores of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session, undefer

from booking.calendars.models import (
    Calendar,
    Connection,
    DestinationCalendar,
    SelectedCalendar,
)
from booking.calendars.sync_models import Cursor
from booking.core.errors import NotFound


def connections_of(session: Session, user_id: int) -> Sequence[Connection]:
    """Return a user's connections, the oldest first."""
    query = select(Connection).where(Connection.user_id == user_id).order_by(Connection.id)
    return session.scalars(query).all()


def get_connection(session: Session, user_id: int, connection_id: int) -> Connection:
    """Return one of the user's connections.

    Errors: NotFound where it is unknown or another's.
    """
    query = select(Connection).where(Connection.id == connection_id, Connection.user_id == user_id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such connection.")
    return found


def connection_with_secret(session: Session, connection_id: int) -> Connection:
    """Return any connection with its sealed secret loaded, for background work.

    Errors: NotFound where it was disconnected meanwhile.
    """
    query = (
        select(Connection).where(Connection.id == connection_id).options(undefer(Connection.secret))
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("This connection was removed.")
    return found


def find_connection(session: Session, connection_id: int) -> Connection | None:
    """Return any connection, for background work."""
    return session.get(Connection, connection_id)


def all_connections(session: Session) -> Sequence[Connection]:
    """Return every host's connections, for background work."""
    return session.scalars(select(Connection).order_by(Connection.id)).all()


def find_calendar_by_key(session: Session, connection_id: int, key: str) -> Calendar | None:
    """Return the calendar of a connection that has this address at its provider."""
    query = select(Calendar).where(
        Calendar.connection_id == connection_id, Calendar.remote_key == key
    )
    return session.scalars(query).one_or_none()


def calendars_of(session: Session, connection_id: int) -> Sequence[Calendar]:
    """Return a connection's calendars, the main one first, then by name."""
    query = (
        select(Calendar)
        .where(Calendar.connection_id == connection_id)
        .order_by(Calendar.primary.desc(), Calendar.name, Calendar.id)
    )
    return session.scalars(query).all()


def get_calendar(session: Session, user_id: int, calendar_id: int) -> Calendar:
    """Return a calendar of one of the user's connections.

    Errors: NotFound where it is unknown or another's.
    """
    query = (
        select(Calendar)
        .join(Connection, Connection.id == Calendar.connection_id)
        .where(Calendar.id == calendar_id, Connection.user_id == user_id)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such calendar.")
    return found


def calendars_of_user(session: Session, user_id: int) -> Sequence[Calendar]:
    """Return all calendars of all of a user's connections."""
    query = (
        select(Calendar)
        .join(Connection, Connection.id == Calendar.connection_id)
        .where(Connection.user_id == user_id)
        .order_by(Calendar.connection_id, Calendar.primary.desc(), Calendar.name)
    )
    return session.scalars(query).all()


def owner_of_calendar(session: Session, calendar_id: int) -> int | None:
    """Return whose calendar this is."""
    query = (
        select(Connection.user_id)
        .join(Calendar, Calendar.connection_id == Connection.id)
        .where(Calendar.id == calendar_id)
    )
    return session.scalars(query).one_or_none()


def selections_of(session: Session, user_id: int) -> Sequence[SelectedCalendar]:
    """Return everything a user selected for event types, the oldest first."""
    query = (
        select(SelectedCalendar)
        .where(SelectedCalendar.user_id == user_id, SelectedCalendar.resource_id.is_(None))
        .order_by(SelectedCalendar.id)
    )
    return session.scalars(query).all()


def selections_for(
    session: Session, user_id: int, event_type_id: int | None
) -> Sequence[SelectedCalendar]:
    """Return what blocks one event type by its own list, or (None) the user's common list.

    Calendars that are gone from their provider still count: their last known events block until
    the host decides otherwise.
    """
    query = select(SelectedCalendar).where(
        SelectedCalendar.user_id == user_id,
        SelectedCalendar.resource_id.is_(None),
        SelectedCalendar.event_type_id.is_(None)
        if event_type_id is None
        else SelectedCalendar.event_type_id == event_type_id,
    )
    return session.scalars(query.order_by(SelectedCalendar.calendar_id)).all()


def get_selection(session: Session, user_id: int, selection_id: int) -> SelectedCalendar:
    """Return one of the user's selections.

    Errors: NotFound where it is unknown or another's.
    """
    query = select(SelectedCalendar).where(
        SelectedCalendar.id == selection_id,
        SelectedCalendar.user_id == user_id,
        SelectedCalendar.resource_id.is_(None),
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("This calendar is not selected.")
    return found


def find_selection(
    session: Session, calendar_id: int, event_type_id: int | None
) -> SelectedCalendar | None:
    """Return how a calendar is selected for one event type, or (None) for all of them."""
    query = select(SelectedCalendar).where(
        SelectedCalendar.calendar_id == calendar_id,
        SelectedCalendar.resource_id.is_(None),
        SelectedCalendar.event_type_id.is_(None)
        if event_type_id is None
        else SelectedCalendar.event_type_id == event_type_id,
    )
    return session.scalars(query).one_or_none()


def is_selected(session: Session, calendar_id: int) -> bool:
    """Tell whether a host, an event type or a resource is still blocked by this calendar."""
    query = select(exists().where(SelectedCalendar.calendar_id == calendar_id))
    return bool(session.scalar(query))


def selected_among(session: Session, calendar_ids: Iterable[int]) -> set[int]:
    """Return those of `calendar_ids` whose events block something."""
    query = select(SelectedCalendar.calendar_id).where(
        SelectedCalendar.calendar_id.in_(list(calendar_ids))
    )
    return set(session.scalars(query))


def find_destination(session: Session, user_id: int) -> DestinationCalendar | None:
    """Return where a user's bookings are written, if anywhere."""
    return session.get(DestinationCalendar, user_id)


def put_destination(session: Session, user_id: int, calendar_id: int) -> None:
    """Make a calendar the one that receives the user's bookings."""
    row = find_destination(session, user_id)
    if row is None:
        session.add(DestinationCalendar(user_id=user_id, calendar_id=calendar_id))
    else:
        row.calendar_id = calendar_id
    session.flush()


def drop_destination(session: Session, user_id: int) -> None:
    """Leave the user without a calendar that receives bookings."""
    session.execute(delete(DestinationCalendar).where(DestinationCalendar.user_id == user_id))


def drop_connection(session: Session, connection_id: int) -> None:
    """Delete a connection with its secret; its calendars and what hangs on them go along."""
    session.execute(delete(Connection).where(Connection.id == connection_id))


def mark_gone(session: Session, calendar_ids: Iterable[int], now: datetime) -> None:
    """Remember since when these calendars are missing from their provider's list."""
    session.execute(
        update(Calendar)
        .where(Calendar.id.in_(list(calendar_ids)), Calendar.gone_at.is_(None))
        .values(gone_at=now)
    )


def forget_waits(session: Session, calendar_ids: Iterable[int]) -> None:
    """Let calendars be read again at once, however often they failed before."""
    session.execute(
        update(Cursor).where(Cursor.calendar_id.in_(list(calendar_ids))).values(retry_at=None)
    )
