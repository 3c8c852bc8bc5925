"""What goes in and out of the tasks room: frozen values, no tables. Moments are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_SWITCHED = 10_000


class Priority(StrEnum):
    """How much a task presses; its event's colour follows it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Show(StrEnum):
    """Which tasks a list shows.

    `upcoming`: open ones, and completed ones until their due time is over. `completed`: all that
    are done, the history.
    """

    UPCOMING = "upcoming"
    COMPLETED = "completed"
    ALL = "all"


class SyncState(StrEnum):
    """How a task's event stands.

    `off`: there is none; `removing`: it is still to go; `pending`: it is still to be written;
    `failing`: writing it does not work, `error` says why.
    """

    OFF = "off"
    REMOVING = "removing"
    PENDING = "pending"
    WRITTEN = "written"
    FAILING = "failing"


class Ended(StrEnum):
    """Why a switch went off by itself."""

    EVENT_DELETED = "event_deleted"
    DISCONNECTED = "disconnected"
    REVOKED = "revoked"
    NO_DUE_DATE = "no_due_date"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictView:
    """Both sides were changed before they met; the task won.

    `kept` and `discarded` hold, by field (`title`, `description`, `due_at`, `duration_minutes`),
    the task's value and the calendar's. Moments are RFC 3339 texts in UTC.
    """

    fields: tuple[str, ...]
    at: datetime
    kept: Mapping[str, object]
    discarded: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncView:
    """How a task stands in its calendar; `ended` tells why its switch went off by itself."""

    state: SyncState
    event_url: str | None = None
    error: str | None = None
    ended: str = ""
    conflict: ConflictView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task as its owner sees it. `why_not`: why it cannot be switched on now, "" if it can."""

    id: int
    title: str
    description: str
    due_at: datetime | None
    duration_minutes: int
    priority: str
    completed_at: datetime | None
    sync_enabled: bool
    sync: SyncView
    why_not: str
    created_at: datetime
    updated_at: datetime

    @property
    def completed(self) -> bool:
        """Tell whether it is done."""
        return self.completed_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far writing is: of `total` tasks that are switched on, these many stand."""

    total: int
    written: int
    waiting: int
    failing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCalendarView:
    """The calendar that receives a user's tasks, and how that goes.

    `calendar_id` is None where none is chosen; `reconnect` names the connection that waits for its
    host. `ended_*` tell of the last time an account was left or refused.
    """

    calendar_id: int | None
    name: str | None = None
    account: str | None = None
    connection_id: int | None = None
    needs_reconnect: bool = False
    progress: Progress
    synced_at: datetime | None = None
    error: str | None = None
    retry_at: datetime | None = None
    ended_at: datetime | None = None
    ended_why: str = ""
    ended_name: str = ""
    ended_count: int = 0
