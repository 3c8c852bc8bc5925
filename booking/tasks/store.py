"""Questions to the tables of tasks; rows are asked for by owner.

Which events there are is told by the links of the user's pairs, never by the tasks themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from booking.calendars.link_models import SyncIntent, SyncLink, SyncPair
from booking.calendars.models import Calendar, Connection
from booking.core.errors import NotFound
from booking.sync.policy import TASKS
from booking.sync.rows import LinkState
from booking.tasks.models import Task, TaskCalendar
from booking.tasks.values import Show


def get_task(session: Session, user_id: int, task_id: int) -> Task:
    """Return one of the user's tasks. Errors: NotFound."""
    query = select(Task).where(Task.id == task_id, Task.user_id == user_id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such task.")
    return found


def shown(user_id: int, show: Show, now: datetime) -> Select[Task]:
    """Return the question for a list of a user's tasks; see `values.Show`."""
    query = select(Task).where(Task.user_id == user_id)
    if show is Show.UPCOMING:
        return query.where(or_(Task.completed_at.is_(None), Task.due_at > now))
    return query.where(Task.completed_at.is_not(None)) if show is Show.COMPLETED else query


def tasks_by_id(
    session: Session, user_id: int, show: Show, now: datetime, *, after: int, limit: int
) -> Sequence[Task]:
    """Return a part of a list, in the order of ids."""
    query = shown(user_id, show, now).where(Task.id > after).order_by(Task.id)
    return session.scalars(query.limit(limit)).all()


def tasks_by_due(
    session: Session, user_id: int, show: Show, now: datetime, *, skip: int, limit: int
) -> Sequence[Task]:
    """Return a part of a list: what is due first comes first; completed ones the latest first."""
    query = shown(user_id, show, now)
    if show is Show.COMPLETED:
        query = query.order_by(Task.completed_at.desc(), Task.id.desc())
    else:
        query = query.order_by(Task.due_at.is_(None), Task.due_at, Task.id)
    return session.scalars(query.offset(skip).limit(limit)).all()


def find_target(session: Session, user_id: int) -> TaskCalendar | None:
    """Return where a user's tasks go, and what became of the last target."""
    return session.get(TaskCalendar, user_id, populate_existing=True)


def target_row(session: Session, user_id: int) -> TaskCalendar:
    """Return the same row, made where there is none yet."""
    row = find_target(session, user_id)
    if row is None:
        row = TaskCalendar(user_id=user_id)
        session.add(row)
        session.flush()
    return row


def users_of(session: Session, calendar_id: int) -> list[int]:
    """Return the users whose tasks go to this calendar."""
    query = select(TaskCalendar.user_id).where(TaskCalendar.calendar_id == calendar_id)
    return list(session.scalars(query))


def calendar_of(session: Session, calendar_id: int) -> tuple[Calendar, Connection]:
    """Return a calendar with its connection. Errors: NotFound where it was disconnected."""
    query = (
        select(Calendar, Connection)
        .join(Connection, Connection.id == Calendar.connection_id)
        .where(Calendar.id == calendar_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such calendar.")
    return found[0], found[1]


def pairs_of(session: Session, user_id: int) -> Sequence[SyncPair]:
    """Return the pairs between a user's tasks and the calendars they are, or were, written to."""
    query = select(SyncPair).where(SyncPair.policy == TASKS.name, SyncPair.user_id == user_id)
    return session.scalars(query.order_by(SyncPair.id)).all()


def pair_at(session: Session, calendar_id: int) -> SyncPair | None:
    """Return the pair of a calendar, None where no task was ever written to it."""
    query = select(SyncPair).where(
        SyncPair.policy == TASKS.name, SyncPair.right_calendar_id == calendar_id
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def is_wanted(calendar_id: int) -> ColumnElement[bool]:
    """Return what is true of tasks that should stand in a calendar."""
    goes_there = exists().where(
        TaskCalendar.user_id == Task.user_id, TaskCalendar.calendar_id == calendar_id
    )
    return and_(Task.sync_enabled.is_(True), Task.due_at.is_not(None), goes_there)


def key_of_task() -> ColumnElement[str]:
    """Return a task's key as links name it."""
    return cast(Task.id, String(1000))


def _linked(pair_id: int) -> ColumnElement[bool]:
    return exists().where(SyncLink.pair_id == pair_id, SyncLink.left_key == key_of_task())


def unlinked(
    session: Session, calendar_id: int, pair_id: int, now: datetime, limit: int
) -> Sequence[Task]:
    """Return tasks that should stand in a calendar and have no event: what is to come first."""
    query = (
        select(Task)
        .where(is_wanted(calendar_id), ~_linked(pair_id))
        .order_by(Task.due_at < now, Task.due_at, Task.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def unwanted(session: Session, calendar_id: int, pair_id: int, limit: int) -> list[str]:
    """Return the keys of events whose tasks should not stand in a calendar (any more).

    Those that a write is under way for, or that wait for another try, are left out.
    """
    wanted = select(key_of_task()).where(is_wanted(calendar_id))
    query = (
        select(SyncLink.left_key)
        .where(
            SyncLink.pair_id == pair_id,
            SyncLink.left_key.is_not(None),
            SyncLink.left_key.not_in(wanted),
            SyncLink.state == LinkState.LINKED.value,
            ~exists().where(SyncIntent.link_id == SyncLink.id),
        )
        .limit(limit)
    )
    return [str(key) for key in session.scalars(query)]


def wanted_rows(session: Session, calendar_id: int, ids: Sequence[int]) -> Sequence[Task]:
    """Return those of these tasks that should stand in a calendar, as they now are."""
    query = select(Task).where(Task.id.in_(ids), is_wanted(calendar_id))
    return session.scalars(query.execution_options(populate_existing=True)).all()


def links_of(session: Session, user_id: int, task_ids: Sequence[int]) -> Sequence[SyncLink]:
    """Return the links of these tasks, in whatever calendar."""
    query = (
        select(SyncLink)
        .join(SyncPair, SyncPair.id == SyncLink.pair_id)
        .where(
            SyncPair.policy == TASKS.name,
            SyncPair.user_id == user_id,
            SyncLink.left_key.in_([str(key) for key in task_ids]),
        )
    )
    return session.scalars(query.execution_options(populate_existing=True)).all()


def right_ends(session: Session, pair_id: int) -> Sequence[tuple[str, str]]:
    """Return the keys, left and right, of all events that stand."""
    query = (
        select(SyncLink.left_key, SyncLink.right_key)
        .where(SyncLink.pair_id == pair_id, SyncLink.right_key.is_not(None))
        .order_by(SyncLink.id)
    )
    return [(str(left), str(right)) for left, right in session.execute(query)]


def due_times(session: Session, ids: Sequence[int]) -> Mapping[str, datetime | None]:
    """Return when tasks are due, by key."""
    found: dict[str, datetime | None] = {}
    for start in range(0, len(ids), 500):
        query = select(Task.id, Task.due_at).where(Task.id.in_(ids[start : start + 500]))
        found.update((str(key), due_at) for key, due_at in session.execute(query))
    return found


def number_enabled(session: Session, user_id: int) -> int:
    """Return how many of a user's tasks are switched on."""
    query = select(func.count()).where(Task.user_id == user_id, Task.sync_enabled.is_(True))
    return session.scalar(query) or 0


def switch_off(session: Session, user_id: int, ended: str) -> int:
    """Switch all of a user's tasks off, and say why; return how many there were."""
    mine = (Task.user_id == user_id, Task.sync_enabled.is_(True))
    count = session.scalar(select(func.count()).where(*mine)) or 0
    session.execute(
        update(Task)
        .where(*mine)
        .values(sync_enabled=False, sync_ended=ended)
        .execution_options(synchronize_session=False)
    )
    return count
