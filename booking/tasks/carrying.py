"""What every change of a task has in common: nobody else writes meanwhile, and a job carries it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.calendars.link_models import SyncPair
from booking.calendars.pair_dirty import mark_links
from booking.core.errors import Conflict
from booking.sync.policy import TASKS
from booking.tasks import store, views
from booking.tasks.jobs import ask_sync


def lock_tasks(session: Session, user_id: int) -> None:
    """Keep workers from writing to a user's tasks until the unit ends.

    A worker's units hold the row of their pair, so whoever changes tasks takes the same rows.
    """
    mine = (SyncPair.policy == TASKS.name, SyncPair.user_id == user_id)
    session.execute(select(SyncPair.id).where(*mine).order_by(SyncPair.id).with_for_update())


def refuse_switching_on(session: Session, user_id: int) -> None:
    """Refuse where no task can be switched on now, and say what to do. Errors: Conflict."""
    why_not = views.why_not_on(session, user_id)
    if why_not:
        raise Conflict(why_not)


def carry(session: Session, user_id: int, task_ids: Sequence[int], now: datetime) -> None:
    """Have the events of these tasks follow them, in whatever calendar they stand."""
    ask_all(session, user_id, now, marked=task_ids)


def ask_all(session: Session, user_id: int, now: datetime, *, marked: Sequence[int] = ()) -> None:
    """Have every calendar that is concerned brought in step; look at `marked` tasks first."""
    pairs = {pair.id: pair for pair in store.pairs_of(session, user_id)}
    concerned: set[int] = set()
    for link in store.links_of(session, user_id, marked):
        mark_links(session, link.pair_id, [link.id])
        concerned.add(pairs[link.pair_id].right_calendar_id or 0)
    row = store.find_target(session, user_id)
    if row is not None and row.calendar_id and store.number_enabled(session, user_id):
        concerned.add(row.calendar_id)
    for calendar_id in sorted(concerned - {0}):
        ask_sync(session, calendar_id, now=now)
