"""Tasks and their calendar as their owner sees them, read inside the caller's unit."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking.calendars.link_models import SyncDirty, SyncIntent, SyncLink, SyncPair
from booking.calendars.models import Calendar, Connection, ConnectionStatus
from booking.sync.rows import LinkState
from booking.tasks import store
from booking.tasks.conflicts import view_of
from booking.tasks.fields import NO_DUE_DATE
from booking.tasks.models import Task, TaskCalendar
from booking.tasks.values import Progress, SyncState, SyncView, TaskCalendarView, TaskView

NO_CALENDAR = "Choose the calendar that receives your tasks first."
RECONNECT = "The account of your tasks' calendar refuses our access. Reconnect it first."
_REASONS = {
    "no_answer": "The calendar server did not answer.",
    "name_taken": "Another event has this event's place in the calendar.",
    "forbidden": "The calendar cannot be changed with these credentials.",
    "unsupported": "The calendar cannot hold this event.",
}
_BROKEN = "The event cannot be read any more. Repair or delete it in the calendar."


def task_views(session: Session, user_id: int, tasks: Sequence[Task]) -> tuple[TaskView, ...]:
    """Return tasks with how their events stand."""
    links: dict[str, list[SyncLink]] = {}
    for link in store.links_of(session, user_id, [task.id for task in tasks]):
        links.setdefault(str(link.left_key), []).append(link)
    every = [link for found in links.values() for link in found]
    waiting = _waiting(session, every)
    pairs = {pair.id: pair for pair in store.pairs_of(session, user_id)}
    target = _target(session, user_id)
    why_not = _why_not(target)
    shown = []
    for task in tasks:
        found = links.get(str(task.id), [])
        sync = _sync(task, found, waiting, pairs, target)
        shown.append(_view(task, sync, why_not or ("" if task.due_at else NO_DUE_DATE)))
    return tuple(shown)


def task_view(session: Session, task: Task) -> TaskView:
    """Return one task."""
    return task_views(session, task.user_id, [task])[0]


def why_not_on(session: Session, user_id: int) -> str:
    """Return why none of a user's tasks can be switched on now, "" if they can."""
    return _why_not(_target(session, user_id))


def calendar_view(session: Session, user_id: int) -> TaskCalendarView:
    """Return the calendar that receives a user's tasks, and how far writing is."""
    row, target = store.find_target(session, user_id), _target(session, user_id)
    progress = _progress(session, user_id, target[0].id if target else None)
    view = TaskCalendarView(calendar_id=None, progress=progress)
    if target is not None:
        calendar, connection = target
        pair = store.pair_at(session, calendar.id)
        view = TaskCalendarView(
            calendar_id=calendar.id,
            name=calendar.name,
            account=str(connection.details.get("name") or connection.username or connection.url),
            connection_id=connection.id,
            needs_reconnect=connection.status == ConnectionStatus.RECONNECT_REQUIRED,
            progress=progress,
            synced_at=pair.synced_at if pair else None,
            error=(pair.reason or None) if pair else None,
            retry_at=pair.retry_at if pair else None,
        )
    return view if row is None or row.ended_at is None else _with_end(view, row)


def _with_end(view: TaskCalendarView, row: TaskCalendar) -> TaskCalendarView:
    return replace(
        view,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
        ended_name=row.ended_name,
        ended_count=row.ended_count,
    )


def _target(session: Session, user_id: int) -> tuple[Calendar, Connection] | None:
    row = store.find_target(session, user_id)
    if row is None or row.calendar_id is None:
        return None
    return store.calendar_of(session, row.calendar_id)


def _why_not(target: tuple[Calendar, Connection] | None) -> str:
    if target is None:
        return NO_CALENDAR
    return RECONNECT if target[1].status == ConnectionStatus.RECONNECT_REQUIRED else ""


def _waiting(session: Session, links: Sequence[SyncLink]) -> set[int]:
    """Return the links that a write is due for, or that are to be looked at."""
    ids = [link.id for link in links]
    by_key = {(link.pair_id, link.left_key): link.id for link in links}
    busy = select(SyncIntent.link_id).where(SyncIntent.link_id.in_(ids))
    marked = select(SyncDirty).where(
        SyncDirty.pair_id.in_({link.pair_id for link in links}),
        SyncDirty.link_id.in_(ids)
        | SyncDirty.key.in_([link.left_key for link in links if link.left_key]),
    )
    found = set(session.scalars(busy))
    for row in session.scalars(marked):
        key = row.link_id or by_key.get((row.pair_id, row.key))
        if key:
            found.add(key)
    return found


def _sync(
    task: Task,
    links: Sequence[SyncLink],
    waiting: set[int],
    pairs: dict[int, SyncPair],
    target: tuple[Calendar, Connection] | None,
) -> SyncView:
    state, error, url = SyncState.OFF, None, None
    at = {pairs[link.pair_id].right_calendar_id: link for link in links if link.pair_id in pairs}
    link = at.get(target[0].id) if target else None
    if not task.sync_enabled:
        state = SyncState.REMOVING if links else SyncState.OFF
    else:
        pair = _pair_at(pairs, target)
        state, error = _standing(link, pair, is_waiting=link is not None and link.id in waiting)
        url = _event_url(link, target)
    return SyncView(
        state=state,
        event_url=url,
        error=error,
        ended=task.sync_ended,
        conflict=view_of(task.conflict),
    )


def _pair_at(
    pairs: dict[int, SyncPair], target: tuple[Calendar, Connection] | None
) -> SyncPair | None:
    return next(
        (pair for pair in pairs.values() if target and pair.right_calendar_id == target[0].id), None
    )


def _standing(
    link: SyncLink | None, pair: SyncPair | None, *, is_waiting: bool
) -> tuple[SyncState, str | None]:
    if link is not None and link.state == LinkState.UNSYNCABLE.value:
        return SyncState.FAILING, _REASONS.get(link.reason, _BROKEN)
    if link is not None and link.right_key is not None and not is_waiting:
        return SyncState.WRITTEN, None
    if pair is not None and pair.reason:
        return SyncState.FAILING, pair.reason
    return SyncState.PENDING, None


def _event_url(link: SyncLink | None, target: tuple[Calendar, Connection] | None) -> str | None:
    """Return where a person sees the event; Google alone has an address that can be told."""
    if link is None or link.right_key is None or target is None or target[1].provider != "google":
        return None
    named = f"{link.right_key} {target[0].remote_key}".encode()
    eid = base64.urlsafe_b64encode(named).decode().rstrip("=")
    return f"https://www.google.com/calendar/event?eid={eid}"


def _progress(session: Session, user_id: int, calendar_id: int | None) -> Progress:
    total = store.number_enabled(session, user_id)
    pair = store.pair_at(session, calendar_id) if calendar_id else None
    if pair is None:
        return Progress(total=total, written=0, waiting=total, failing=0)
    mine = SyncLink.pair_id == pair.id
    stands = select(func.count()).where(
        mine, SyncLink.right_key.is_not(None), SyncLink.state == LinkState.LINKED.value
    )
    fails = select(func.count()).where(mine, SyncLink.state == LinkState.UNSYNCABLE.value)
    written = min(total, session.scalar(stands) or 0)
    failing = min(total - written, session.scalar(fails) or 0)
    return Progress(
        total=total, written=written, waiting=total - written - failing, failing=failing
    )


def _view(task: Task, sync: SyncView, why_not: str) -> TaskView:
    return TaskView(
        id=task.id,
        title=task.title,
        description=task.description,
        due_at=task.due_at,
        duration_minutes=task.duration_minutes,
        priority=task.priority,
        completed_at=task.completed_at,
        sync_enabled=task.sync_enabled,
        sync=sync,
        why_not=why_not,
        created_at=task.created_at,
        updated_at=task.updated_at,
    )
