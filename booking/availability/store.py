"""Questions to the tables of schedules, absences and travel; rows are asked for by owner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from booking.availability.models import OutOfOffice, Schedule, Travel
from booking.core.errors import NotFound

Row = TypeVar("Row", Schedule, OutOfOffice, Travel)


def schedules_of(
    session: Session, user_id: int, *, after: int = 0, limit: int | None = None
) -> Sequence[Schedule]:
    """Return a user's schedules, the oldest first, from the one after id `after` on."""
    return _owned_by(session, Schedule, user_id, after, limit)


def absences_of(
    session: Session, user_id: int, *, after: int = 0, limit: int | None = None
) -> Sequence[OutOfOffice]:
    """Return a user's absences in the order they were entered."""
    return _owned_by(session, OutOfOffice, user_id, after, limit)


def travels_of(
    session: Session, user_id: int, *, after: int = 0, limit: int | None = None
) -> Sequence[Travel]:
    """Return a user's journeys in the order they were entered."""
    return _owned_by(session, Travel, user_id, after, limit)


def _owned_by(
    session: Session, table: type[Row], user_id: int, after: int, limit: int | None
) -> Sequence[Row]:
    query = select(table).where(table.user_id == user_id, table.id > after).order_by(table.id)
    return session.scalars(query.limit(limit)).all()


def get_owned(session: Session, table: type[Row], user_id: int, row_id: int) -> Row:
    """Return one of the user's schedules, absences or journeys.

    Errors: NotFound where it is unknown or another's.
    """
    query = select(table).where(table.id == row_id, table.user_id == user_id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def owns_schedule(session: Session, user_id: int, schedule_id: int) -> bool:
    """Tell whether this is one of the user's schedules."""
    query = select(Schedule.id).where(Schedule.id == schedule_id, Schedule.user_id == user_id)
    return session.scalar(query) is not None


def find_schedule(session: Session, schedule_id: int) -> Schedule | None:
    """Return any schedule, for the slots of an event type that names it."""
    return session.get(Schedule, schedule_id)


def find_schedules(session: Session, schedule_ids: Iterable[int]) -> Mapping[int, Schedule]:
    """Return those of these schedules that exist, by id."""
    query = select(Schedule).where(Schedule.id.in_(schedule_ids))
    return {row.id: row for row in session.scalars(query)}


def absences_between(
    session: Session, user_ids: Sequence[int], first: date, last: date
) -> Sequence[OutOfOffice]:
    """Return the absences of these users that touch the local dates `first` to `last`."""
    query = (
        select(OutOfOffice)
        .where(
            OutOfOffice.user_id.in_(user_ids),
            OutOfOffice.start_date <= last,
            OutOfOffice.end_date >= first,
        )
        .order_by(OutOfOffice.start_date, OutOfOffice.id)
    )
    return session.scalars(query).all()


def travels_between(
    session: Session, user_ids: Sequence[int], first: date, last: date
) -> Sequence[Travel]:
    """Return the journeys of these users that touch the local dates `first` to `last`."""
    query = (
        select(Travel)
        .where(Travel.user_id.in_(user_ids), Travel.start_date <= last, Travel.end_date >= first)
        .order_by(Travel.start_date, Travel.id)
    )
    return session.scalars(query).all()


def count_owned(session: Session, table: type[Row], user_id: int) -> int:
    """Return how many of these a user has."""
    query = select(func.count()).select_from(table).where(table.user_id == user_id)
    return session.scalar(query) or 0


def drop(session: Session, row: Row) -> None:
    """Delete a schedule, an absence or a journey; event types lose a schedule they named."""
    table = type(row)
    session.execute(delete(table).where(table.id == row.id))
