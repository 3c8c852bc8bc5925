"""Leaving an account: its events stay as static copies, the switches go off.

Nothing is sent. What is known of each copy is kept at its task, so that switching it on again in
the same calendar takes the copy up and makes no second event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from booking.calendars import store as calendars
from booking.calendars.link_models import SyncLink, SyncPair
from booking.calendars.models import Calendar, Connection
from booking.calendars.sync_models import ReplicaItem
from booking.core.clock import Clock
from booking.sync.names import root_of
from booking.sync.ports import Item, Side
from booking.sync.rows import End, Link
from booking.tasks import store
from booking.tasks.models import Task
from booking.tasks.values import Ended

LEFT_PLACE = "tasks"


def end(
    session: Session, calendar: Calendar, connection: Connection, why: Ended, now: datetime
) -> int:
    """Leave a calendar to itself; return how many switches went off."""
    pair = store.pair_at(session, calendar.id)
    if pair is not None:
        _keep_copies(session, pair, place_of(connection.provider, calendar.remote_key))
        session.execute(delete(ReplicaItem).where(ReplicaItem.scope == pair.id))
        session.execute(delete(SyncLink).where(SyncLink.pair_id == pair.id))
        pair.retry_at, pair.error, pair.reason, pair.failures = None, None, "", 0
    count = 0
    for user_id in store.users_of(session, calendar.id):
        count = store.switch_off(session, user_id, why)
        row = store.target_row(session, user_id)
        row.ended_at, row.ended_why = now, why
        row.ended_name, row.ended_count = calendar.name, count
    session.flush()
    return count


class Leaving:
    """Tells the tasks that a connection is about to be removed by its host."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, session: Session, connection_id: int) -> None:
        """Switch off what goes to its calendars; the events stay there."""
        connection = session.get_one(Connection, connection_id)
        for calendar in calendars.calendars_of(session, connection_id):
            end(session, calendar, connection, Ended.DISCONNECTED, self._clock.now())


def place_of(provider: str, remote_key: str) -> str:
    """Name a calendar so that it is known again when its account is connected anew."""
    return hashlib.sha256(f"{provider}|{remote_key}".encode()).hexdigest()[:32]


def _keep_copies(session: Session, pair: SyncPair, place: str) -> None:
    mine = (SyncLink.pair_id == pair.id, SyncLink.right_key.is_not(None))
    for link in session.scalars(select(SyncLink).where(*mine)):
        task = session.get(Task, int(link.left_key)) if link.left_key else None
        if task is not None and task.sync_enabled:
            task.static_copy = {
                "place": place,
                "key": link.right_key,
                "uid": link.right_uid,
                "agreed": link.agreed,
                "left": link.left_shadow,
                "right": link.right_shadow,
            }
    session.flush()


def copies_among(tasks: Sequence[Task], place: str) -> dict[str, Task]:
    """Return those tasks that left a copy in this calendar, by the copy's key."""
    return {
        str(task.static_copy["key"]): task
        for task in tasks
        if task.static_copy is not None and task.static_copy["place"] == place
    }


def taken_up(task: Task, item: Item, link_id: int) -> Link | None:
    """Return the link of a task to the copy it left behind; None where that is another event."""
    copy: dict[str, Any] = task.static_copy or {}
    if copy.get("uid") != item.uid:
        return None
    key = str(task.id)
    return Link(
        id=link_id,
        origin=Side.LEFT,
        root=root_of(LEFT_PLACE, key),
        agreed=copy["agreed"],
        left=End(key=key, uid=f"task-{task.id}", shadow=copy["left"]),
        right=End(key=item.key, uid=item.uid, shadow=copy["right"]),
    )
