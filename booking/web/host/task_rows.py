"""Tasks as rows of a page: in words, on the host's clocks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from booking.core.zones import zone
from booking.tasks.values import (
    ConflictView,
    Ended,
    Progress,
    SyncState,
    TaskCalendarView,
    TaskView,
)
from booking.web import english
from booking.web.host import words

PRIORITIES = (("low", "Low"), ("normal", "Normal"), ("high", "High"), ("urgent", "Urgent"))
_STATES = {
    SyncState.OFF: ("", ""),
    SyncState.REMOVING: ("Being taken off the calendar", ""),
    SyncState.PENDING: ("Waiting to be written", ""),
    SyncState.WRITTEN: ("On the calendar", "good"),
    SyncState.FAILING: ("Not written", "bad"),
}
_ENDED: dict[str, str] = {
    Ended.EVENT_DELETED: "Its event was deleted in the calendar, so the switch went off.",
    Ended.DISCONNECTED: "The account was disconnected. Its event stays there as it was.",
    Ended.REVOKED: "The account refused our access. Its event stays there as it was.",
    Ended.NO_DUE_DATE: "Without a due date it left the calendar.",
    Ended.STOPPED: "Stopped before it was written.",
}
_FIELDS = {
    "title": "the title",
    "description": "the description",
    "due_at": "the due time",
    "duration_minutes": "the length",
}
_LONGEST_QUOTE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task as a page shows it. `conflicts` are sentences, one a field."""

    task: TaskView
    due: str
    is_late: bool
    priority: str
    priority_kind: str
    state: str
    state_kind: str
    ended: str
    conflicts: tuple[str, ...]


def row(task: TaskView, zone_name: str, now: datetime) -> TaskRow:
    """Return a task in words."""
    state, kind = _STATES[task.sync.state]
    kinds = {"urgent": "bad", "high": "warn"}
    return TaskRow(
        task=task,
        due=due_words(task.due_at, zone_name),
        is_late=task.due_at is not None and task.due_at < now and not task.completed,
        priority="" if task.priority == "normal" else dict(PRIORITIES)[task.priority],
        priority_kind=kinds.get(task.priority, ""),
        state=state,
        state_kind=kind,
        ended="" if task.sync_enabled else _ENDED.get(task.sync.ended, ""),
        conflicts=conflict_words(task.sync.conflict, zone_name),
    )


def due_words(due_at: datetime | None, zone_name: str) -> str:
    """Return a due time such as `Tue 24 November 2026, 10:00`."""
    if due_at is None:
        return "No due date"
    local = due_at.astimezone(zone(zone_name))
    return f"{words.day(local.date())}, {words.clock(local)}"


def due_input(due_at: datetime | None, zone_name: str) -> str:
    """Return a due time as a field for date and time has it."""
    return "" if due_at is None else f"{due_at.astimezone(zone(zone_name)):%Y-%m-%dT%H:%M}"


def conflict_words(conflict: ConflictView | None, zone_name: str) -> tuple[str, ...]:
    """Return what a conflict says, a sentence or two for each field."""
    if conflict is None:
        return ()
    days = {
        str(value)[:10]
        for values in (conflict.kept, conflict.discarded)
        if (value := values.get("due_at")) is not None
    }
    said = []
    for name in conflict.fields:
        kept = _value(name, conflict.kept[name], zone_name, is_same_day=len(days) == 1)
        lost = _value(name, conflict.discarded[name], zone_name, is_same_day=len(days) == 1)
        said.append(f"Both changed {_FIELDS[name]}. Kept {kept}, discarded {lost}.")
    return tuple(said)


def _value(name: str, value: object, zone_name: str, *, is_same_day: bool) -> str:
    if name == "due_at":
        local = datetime.fromisoformat(str(value)).astimezone(zone(zone_name))
        return words.clock(local) if is_same_day else f"{words.day(local.date())}, {local:%H:%M}"
    if name == "duration_minutes":
        return words.length(int(str(value)))
    text = str(value)
    short = text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
    return f"“{short}”" if short else "nothing"


def progress_words(progress: Progress) -> str:
    """Return how far writing is, as a sentence."""
    if not progress.total:
        return "No task is switched on."
    verb = "is" if progress.total == 1 else "are"
    total = english.counted(progress.total, "task")
    return f"{progress.written} of {total} {verb} on the calendar."


def ended_words(view: TaskCalendarView) -> tuple[str, str]:
    """Return what happened to the account of the tasks, and the remedy; ("", "") if nothing."""
    count = english.counted(view.ended_count, "switch", "switches")
    if view.ended_why == Ended.DISCONNECTED:
        text = f"You disconnected the account of “{view.ended_name}”."
        remedy = f"Events stay there as they are; {count} went off. Choose a calendar to go on."
        return text, remedy
    if view.ended_why == Ended.REVOKED:
        text = f"The account of “{view.ended_name}” no longer lets us in."
        return text, f"Events stay there as they are; {count} went off. Reconnect to go on."
    return "", ""
