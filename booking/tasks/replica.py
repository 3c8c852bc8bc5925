"""Tasks as the left side of a pair: those that are switched on and go to one calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from booking.calendars.content import ANSWERS
from booking.calendars.pair_dirty import mark_items
from booking.core.event import UNIT_NAMES
from booking.sync.ports import Capabilities, Item, Side, Units
from booking.tasks import store
from booking.tasks.colors import color_for
from booking.tasks.dress import LINK, LONGEST_TITLE, STRUCK, link_of
from booking.tasks.models import Task
from booking.tasks.rows import TaskRows
from booking.tasks.times import due_of, unit_of

CHUNK = 200
_HELD = ("title", "description", "when", "color")
_UNTITLED = "Untitled"
# A server that drops a stroke or a colour is told so again once an hour, and no more.
_PATIENCE = timedelta(hours=1)


class TasksSide:
    """The tasks of one calendar (see `sync.ports.Local`). Keys are task ids.

    A task takes over title, description and time; stroke, link and colour are its own and are put
    back where they were changed by hand. What it cannot hold (place, guests, a rule) stays in the
    calendar as it is.
    """

    capabilities = Capabilities(masked=frozenset(UNIT_NAMES) - set(_HELD) | {ANSWERS})

    def __init__(
        self, *, calendar_id: int, provider: str, zone: str, base_url: str, now: datetime
    ) -> None:
        """Take the calendar and its provider's name, and the host's zone for dates."""
        self._calendar_id = calendar_id
        self._provider = provider
        self._zone = zone
        self._base_url = base_url
        self._now = now

    def norm(self, units: Units) -> Units:
        """Return what a task will hold of `units`."""
        held = {name: units[name] for name in (*_HELD, STRUCK, LINK) if name in units}
        if "title" in held:
            held["title"] = str(held["title"] or "")[:LONGEST_TITLE].strip() or _UNTITLED
        if held.get("when") is not None:
            held["when"] = unit_of(*due_of(held["when"], self._zone))
        return held

    def dirty(self, state: TaskRows) -> Iterable[str]:
        """Return tasks without their event, and events without their task, some at a time."""
        session, pair_id = state.session, state.pair_id
        gone = store.unwanted(session, self._calendar_id, pair_id, CHUNK)
        new = store.unlinked(session, self._calendar_id, pair_id, self._now, CHUNK)
        return [*gone, *(str(task.id) for task in new)]

    def items(self, state: TaskRows, keys: Sequence[str]) -> Mapping[str, Item]:
        """Return the tasks that should stand in the calendar."""
        rows = store.wanted_rows(state.session, self._calendar_id, [int(key) for key in keys])
        return {str(row.id): self._item(row) for row in rows}

    def write(
        self, state: TaskRows, key: str | None, name: str, units: Units | None
    ) -> Item | None:
        """Change a task as its event was changed.

        Errors: TypeError for making or deleting one, which the policy never does.
        """
        del name
        if key is None or units is None:
            raise TypeError("a calendar neither makes nor deletes tasks")
        held = self.norm(units)
        (task,) = store.wanted_rows(state.session, self._calendar_id, [int(key)])
        task.title = str(held["title"])
        task.description = str(held.get("description") or "")
        task.due_at, task.duration_minutes = due_of(held["when"], self._zone)
        task.updated_at = self._now
        item = self._item(task)
        if self.norm(item.units) != held and self._is_patient(task):
            task.put_back_at = self._now
            mark_items(state.session, state.pair_id, Side.LEFT, [key])
        state.session.flush()
        return item

    def _is_patient(self, task: Task) -> bool:
        return task.put_back_at is None or self._now - task.put_back_at >= _PATIENCE

    def _item(self, task: Task) -> Item:
        due_at = task.due_at or self._now
        return Item(
            key=str(task.id),
            uid=f"task-{task.id}",
            version=task.updated_at.isoformat(),
            units={
                "title": task.title,
                "description": task.description,
                "when": unit_of(due_at, task.duration_minutes),
                "color": color_for(self._provider, task.priority),
                STRUCK: task.completed_at is not None,
                LINK: link_of(self._base_url, task.id),
            },
            updated_at=task.updated_at,
        )
