"""Asking for background work on tasks: what the job is called and how repeats merge."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from booking.calendars.link_models import SyncLink, SyncPair
from booking.calendars.refresh_jobs import lane_of
from booking.queue import outbox
from booking.sync.policy import TASKS
from booking.tasks.models import Task, TaskCalendar

SYNC = "tasks.sync"
EVERY = timedelta(seconds=45)


def ask_sync(session: Session, calendar_id: int, *, now: datetime) -> None:
    """Have a calendar brought in step with its tasks, in the caller's transaction."""
    outbox.add(
        session,
        SYNC,
        {"calendar_id": calendar_id},
        now=now,
        dedup_key=f"tasks:{calendar_id}",
        lane=lane_of(calendar_id),
        aggregate_id=calendar_id,
    )


def ask_look(session: Session, calendar_id: int, *, now: datetime) -> None:
    """Have a calendar's events of tasks looked at at once: something says that one changed."""
    mine = (SyncPair.policy == TASKS.name, SyncPair.right_calendar_id == calendar_id)
    session.execute(
        update(SyncPair)
        .where(*mine)
        .values(synced_at=None)
        .execution_options(synchronize_session=False)
    )
    ask_sync(session, calendar_id, now=now)


def receives_tasks(session: Session, calendar_id: int) -> bool:
    """Tell whether events of tasks stand in a calendar."""
    query = (
        select(SyncLink.id)
        .join(SyncPair, SyncPair.id == SyncLink.pair_id)
        .where(SyncPair.policy == TASKS.name, SyncPair.right_calendar_id == calendar_id)
    )
    return session.scalar(query.limit(1)) is not None


def targets_in_use(session: Session) -> list[int]:
    """Return the calendars that receive tasks, whose changes are worth a push."""
    query = select(TaskCalendar.calendar_id).where(
        TaskCalendar.calendar_id.is_not(None),
        exists().where(Task.user_id == TaskCalendar.user_id, Task.sync_enabled.is_(True)),
    )
    return [key for key in session.scalars(query) if key is not None]


def ask_due(session: Session, now: datetime) -> int:
    """Have those calendars looked at whose minute is over, if any event of ours stands there.

    Also those that were never begun although tasks wait for them. Return how many.
    """
    for calendar_id in (due := sorted({*_looked_at(session, now), *_never_begun(session)})):
        ask_sync(session, calendar_id, now=now)
    return len(due)


def _looked_at(session: Session, now: datetime) -> list[int]:
    query = select(SyncPair.right_calendar_id).where(
        SyncPair.policy == TASKS.name,
        SyncPair.right_calendar_id.is_not(None),
        or_(SyncPair.synced_at.is_(None), SyncPair.synced_at <= now - EVERY),
        or_(SyncPair.retry_at.is_(None), SyncPair.retry_at <= now),
        or_(
            exists().where(SyncLink.pair_id == SyncPair.id),
            exists().where(Task.user_id == SyncPair.user_id, Task.sync_enabled.is_(True)),
        ),
    )
    return [key for key in session.scalars(query) if key is not None]


def _never_begun(session: Session) -> list[int]:
    begun = exists().where(
        SyncPair.policy == TASKS.name, SyncPair.right_calendar_id == TaskCalendar.calendar_id
    )
    query = select(TaskCalendar.calendar_id).where(
        TaskCalendar.calendar_id.is_not(None),
        exists().where(Task.user_id == TaskCalendar.user_id, Task.sync_enabled.is_(True)),
        ~begun,
    )
    return [key for key in session.scalars(query) if key is not None]
