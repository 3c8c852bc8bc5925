"""The engine's `StateStore` for tasks: what a step finds out is written at the task it concerns.

A conflict becomes the task's banner, a deleted event turns its switch off, in the unit that keeps
the step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from booking.calendars.pair_store import PairRows, PairStore
from booking.sync.rows import Changes, Conflict, NoticeKind
from booking.tasks.conflicts import noted
from booking.tasks.models import Task
from booking.tasks.values import Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStore:
    """One pair's rows under its lease; `zone` is the host's, for dates in conflicts."""

    pair: PairStore
    zone: str

    @contextmanager
    def reading(self) -> Iterator[TaskRows]:
        """Open a unit that only reads."""
        with self.pair.reading() as unit:
            yield TaskRows(unit.session, self)

    @contextmanager
    def writing(self) -> Iterator[TaskRows]:
        """Open a unit that is committed at its end. Errors: LeaseLost, and nothing is kept."""
        with self.pair.writing() as unit:
            yield TaskRows(unit.session, self)


class TaskRows(PairRows):
    """The rows of a pair of tasks inside an open unit (see `sync.rows.PairState`)."""

    def __init__(self, session: Session, store: TaskStore) -> None:
        super().__init__(session, store.pair)
        self._zone = store.zone

    def save(self, changes: Changes) -> None:
        """Apply what a step decided, and write it at the tasks."""
        self._note_conflicts(changes)
        for notice in changes.notices:
            if notice.kind is NoticeKind.UNLINKED:
                self._unlink(notice.key)
        super().save(changes)

    def _note_conflicts(self, changes: Changes) -> None:
        by_link: dict[int, list[Conflict]] = {}
        for conflict in changes.conflicts:
            by_link.setdefault(conflict.link_id, []).append(conflict)
        links = {**self.links(list(by_link)), **{link.id: link for link in changes.links}}
        for link_id, conflicts in by_link.items():
            task = self._task(links[link_id].left.key)
            if task is not None:
                task.conflict = noted(task.conflict, conflicts, self._zone)

    def _unlink(self, key: str | None) -> None:
        """Turn a task's switch off: its event was deleted in the calendar."""
        task = self._task(key)
        if task is not None and task.sync_enabled:
            task.sync_enabled = False
            task.sync_ended = Ended.EVENT_DELETED

    def _task(self, key: str | None) -> Task | None:
        return self.session.get(Task, int(key), populate_existing=True) if key else None
