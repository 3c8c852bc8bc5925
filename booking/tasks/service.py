"""Tasks of a user, always asked for by their owner, and their switches.

Every change is committed together with the job that carries it to the calendar.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from booking.calendars.record_rows import forget_old
from booking.core.clock import Clock
from booking.core.errors import Conflict, InvalidInput
from booking.core.ids import new_id
from booking.db import reading, writing
from booking.sync.policy import TASKS
from booking.tasks import store, views
from booking.tasks.carrying import carry, lock_tasks, refuse_switching_on
from booking.tasks.fields import NO_DUE_DATE, read_change, read_new
from booking.tasks.jobs import ask_due
from booking.tasks.models import Task
from booking.tasks.values import Ended, Show, TaskView

_PLAIN = ("title", "description", "duration_minutes", "priority")


class TaskService:
    """Use cases of tasks."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def page(
        self, user_id: int, show: Show, *, after: int = 0, limit: int = 50
    ) -> tuple[TaskView, ...]:
        """Return tasks in the order of their ids, those behind `after`."""
        with reading() as session:
            found = store.tasks_by_id(
                session, user_id, show, self._clock.now(), after=after, limit=limit
            )
            return views.task_views(session, user_id, found)

    def by_due(
        self, user_id: int, show: Show, *, skip: int = 0, limit: int = 50
    ) -> tuple[TaskView, ...]:
        """Return tasks as a person reads them: by due time, completed ones the latest first."""
        with reading() as session:
            found = store.tasks_by_due(
                session, user_id, show, self._clock.now(), skip=skip, limit=limit
            )
            return views.task_views(session, user_id, found)

    def get(self, user_id: int, task_id: int) -> TaskView:
        """Return a task. Errors: NotFound."""
        with reading() as session:
            return views.task_view(session, store.get_task(session, user_id, task_id))

    def create(self, user_id: int, fields: Mapping[str, object]) -> TaskView:
        """Make a task; its switch is off unless `sync_enabled` says otherwise.

        Errors: InvalidInput; Conflict where it cannot be switched on now.
        """
        given, now = read_new(fields), self._clock.now()
        with writing() as session:
            task = Task(
                id=new_id(),
                user_id=user_id,
                title=given["title"],
                description=given.get("description", ""),
                duration_minutes=given.get("duration_minutes", 30),
                priority=given.get("priority", "normal"),
                due_at=given.get("due_at"),
                completed_at=now if given.get("completed") else None,
                created_at=now,
                updated_at=now,
            )
            session.add(task)
            if given.get("sync_enabled"):
                switch_on(session, task)
            session.flush()
            carry(session, user_id, [task.id], now)
            return views.task_view(session, task)

    def change(self, user_id: int, task_id: int, fields: Mapping[str, object]) -> TaskView:
        """Change the given fields; without a due date the switch goes off.

        Errors: NotFound; InvalidInput; Conflict where it cannot be switched on now.
        """
        given = read_change(fields)
        with writing() as session:
            task = locked(session, user_id, task_id)
            self._apply(session, task, given)
            return views.task_view(session, task)

    def delete(self, user_id: int, task_id: int) -> None:
        """Delete a task; its event goes too. Errors: NotFound."""
        with writing() as session:
            task = locked(session, user_id, task_id)
            session.delete(task)
            session.flush()
            carry(session, user_id, [task_id], self._clock.now())

    def dismiss(self, user_id: int, task_id: int) -> TaskView:
        """Take a conflict's banner down. Errors: NotFound."""
        with writing() as session:
            task = locked(session, user_id, task_id)
            task.conflict = None
            session.flush()
            return views.task_view(session, task)

    def use_other(self, user_id: int, task_id: int) -> TaskView:
        """Take what the calendar said in a conflict after all. Errors: NotFound; Conflict."""
        with writing() as session:
            task = locked(session, user_id, task_id)
            if task.conflict is None:
                raise Conflict("This task has no conflict (any more).")
            given = dict(task.conflict["discarded"])
            if "due_at" in given:
                given["due_at"] = datetime.fromisoformat(given["due_at"])
            task.conflict = None
            self._apply(session, task, given)
            return views.task_view(session, task)

    def ask_due(self) -> int:
        """Have those calendars looked at whose minute is over; return how many."""
        with writing() as session:
            return ask_due(session, self._clock.now())

    def forget_old(self) -> int:
        """Drop what happened more than thirty days ago; return how much."""
        with writing() as session:
            return forget_old(session, TASKS.name, self._clock.now())

    def _apply(self, session: Session, task: Task, given: Mapping[str, Any]) -> None:
        """Change a task and carry it to the calendar."""
        now = self._clock.now()
        for name in _PLAIN:
            if name in given:
                setattr(task, name, given[name])
        if "due_at" in given:
            task.due_at = given["due_at"]
        if "completed" in given and given["completed"] != (task.completed_at is not None):
            task.completed_at = now if given["completed"] else None
        if given.get("sync_enabled") is False:
            task.sync_enabled, task.sync_ended = False, ""
        elif given.get("sync_enabled"):
            switch_on(session, task)
        elif task.sync_enabled and task.due_at is None:
            task.sync_enabled, task.sync_ended = False, Ended.NO_DUE_DATE
        task.updated_at = now
        session.flush()
        carry(session, task.user_id, [task.id], now)


def locked(session: Session, user_id: int, task_id: int) -> Task:
    """Return a task that no worker writes to until the unit ends. Errors: NotFound."""
    lock_tasks(session, user_id)
    return store.get_task(session, user_id, task_id)


def switch_on(session: Session, task: Task) -> None:
    """Switch a task on. Errors: InvalidInput without a due date; Conflict without a calendar."""
    if task.due_at is None:
        raise InvalidInput.at("/sync_enabled", NO_DUE_DATE)
    refuse_switching_on(session, task.user_id)
    if not task.sync_enabled:
        task.sync_enabled, task.sync_ended, task.put_back_at = True, "", None
