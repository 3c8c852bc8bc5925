"""The target calendar of a user's tasks, and many switches at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import Session

from booking.calendars import store as calendars
from booking.calendars.link_models import SyncLink, SyncPair
from booking.calendars.models import Calendar
from booking.core.clock import Clock
from booking.core.errors import InvalidInput
from booking.db import reading, writing
from booking.sync.policy import TASKS
from booking.tasks import store, views
from booking.tasks.carrying import ask_all, lock_tasks, refuse_switching_on
from booking.tasks.fields import NO_DUE_DATE
from booking.tasks.jobs import ask_sync
from booking.tasks.models import Task
from booking.tasks.values import MOST_SWITCHED, Ended, TaskCalendarView

_PORTION = 500
_POINTER = "/calendar_id"


class Which(StrEnum):
    """Which tasks are switched together.

    `open`: all that are not completed and have a due date; `ended`: those that went off when an
    account was left or refused.
    """

    OPEN = "open"
    ENDED = "ended"


class TaskSwitches:
    """Use cases that concern all of a user's tasks."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def calendar(self, user_id: int) -> TaskCalendarView:
        """Return which calendar receives the tasks, and how far writing is."""
        with reading() as session:
            return views.calendar_view(session, user_id)

    def set_calendar(self, user_id: int, calendar_id: int) -> TaskCalendarView:
        """Let the tasks go to this calendar; events move there from the one before.

        Errors: NotFound; InvalidInput for a calendar that cannot be written or is gone.
        """
        with writing() as session:
            calendar = calendars.get_calendar(session, user_id, calendar_id)
            _check(calendar)
            lock_tasks(session, user_id)
            row = store.target_row(session, user_id)
            before, row.calendar_id = row.calendar_id, calendar_id
            if before != calendar_id:
                _forget_end(session, user_id)
            session.flush()
            self._leave(session, before, calendar_id)
            ask_all(session, user_id, self._clock.now())
            return views.calendar_view(session, user_id)

    def clear_calendar(self, user_id: int) -> None:
        """Let tasks go nowhere: all switches go off, and the events go. Twice is no error."""
        with writing() as session:
            lock_tasks(session, user_id)
            row = store.find_target(session, user_id)
            if row is None or row.calendar_id is None:
                return
            before, row.calendar_id = row.calendar_id, None
            store.switch_off(session, user_id, "")
            session.flush()
            self._leave(session, before, None)

    def switch(
        self, user_id: int, which: Which | Sequence[int], *, enabled: bool
    ) -> TaskCalendarView:
        """Switch many tasks; the calendar follows in the background, what is to come first.

        Errors: InvalidInput where a named one has no due date; Conflict without a calendar.
        """
        now = self._clock.now()
        with writing() as session:
            lock_tasks(session, user_id)
            if enabled:
                refuse_switching_on(session, user_id)
            ids = _chosen(session, user_id, which, enabled=enabled)
            _set(session, ids, now, enabled=enabled, ended="")
            if enabled and ids:
                _forget_end(session, user_id)
            self._ask(session, user_id, now)
            return views.calendar_view(session, user_id)

    def stop(self, user_id: int) -> TaskCalendarView:
        """Switch off again what is not written yet; what stands in the calendar stays on."""
        now = self._clock.now()
        with writing() as session:
            lock_tasks(session, user_id)
            begun = (
                exists()
                .where(SyncLink.pair_id == SyncPair.id)
                .where(SyncPair.policy == TASKS.name, SyncPair.user_id == user_id)
                .where(SyncLink.left_key == store.key_of_task())
            )
            query = _enabled(user_id).where(~begun)
            _set(session, list(session.scalars(query)), now, enabled=False, ended=Ended.STOPPED)
            return views.calendar_view(session, user_id)

    def _leave(self, session: Session, before: int | None, after: int | None) -> None:
        """Have the events of the calendar before removed."""
        if before is not None and before != after and store.pair_at(session, before) is not None:
            ask_sync(session, before, now=self._clock.now())

    def _ask(self, session: Session, user_id: int, now: datetime) -> None:
        row = store.find_target(session, user_id)
        if row is not None and row.calendar_id is not None:
            ask_sync(session, row.calendar_id, now=now)


def _check(calendar: Calendar) -> None:
    if calendar.gone_at is not None:
        raise InvalidInput.at(_POINTER, "This calendar is no longer at its server. Choose another.")
    if calendar.read_only:
        raise InvalidInput.at(
            _POINTER,
            "This calendar can only be read with these credentials. Choose another one, or ask "
            "its owner for the right to write.",
        )


def _forget_end(session: Session, user_id: int) -> None:
    """Take the banner down that told of the last end."""
    row = store.target_row(session, user_id)
    row.ended_at, row.ended_why, row.ended_name, row.ended_count = None, "", "", 0


def _enabled(user_id: int) -> Select[int]:
    return select(Task.id).where(Task.user_id == user_id, Task.sync_enabled.is_(True))


def _chosen(
    session: Session, user_id: int, which: Which | Sequence[int], *, enabled: bool
) -> list[int]:
    """Return the tasks to be switched. Errors: InvalidInput."""
    if not isinstance(which, Which):
        return _named(session, user_id, which, enabled=enabled)
    if not enabled:
        return list(session.scalars(_enabled(user_id)))
    query = select(Task.id).where(
        Task.user_id == user_id, Task.sync_enabled.is_(False), Task.due_at.is_not(None)
    )
    if which is Which.ENDED:
        ended = Task.sync_ended.in_((Ended.DISCONNECTED, Ended.REVOKED))
        return list(session.scalars(query.where(ended)))
    return list(session.scalars(query.where(Task.completed_at.is_(None))))


def _named(session: Session, user_id: int, ids: Sequence[int], *, enabled: bool) -> list[int]:
    if len(ids) > MOST_SWITCHED:
        raise InvalidInput.at("/task_ids", f"Name at most {MOST_SWITCHED} tasks.")
    found: dict[int, datetime | None] = {}
    for start in range(0, len(ids), _PORTION):
        part = Task.id.in_(ids[start : start + _PORTION])
        query = select(Task.id, Task.due_at).where(Task.user_id == user_id, part)
        found.update((key, due_at) for key, due_at in session.execute(query))
    for place, key in enumerate(ids):
        if key not in found:
            raise InvalidInput.at(f"/task_ids/{place}", "There is no such task.")
        if enabled and found[key] is None:
            raise InvalidInput.at(f"/task_ids/{place}", NO_DUE_DATE)
    return list(found)


def _set(session: Session, ids: Sequence[int], now: datetime, *, enabled: bool, ended: str) -> None:
    for start in range(0, len(ids), _PORTION):
        session.execute(
            update(Task)
            .where(Task.id.in_(ids[start : start + _PORTION]))
            .values(sync_enabled=enabled, sync_ended=ended, put_back_at=None, updated_at=now)
            .execution_options(synchronize_session=False)
        )
