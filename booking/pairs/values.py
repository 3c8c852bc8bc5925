"""What goes in and out of the pairs room: frozen values, no tables. Moments are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from booking.sync.ports import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class EndChoice:
    """One side of a pair to be made: a calendar that exists, or one to be made at a connection.

    `pointer` names the side in the request, for faults.
    """

    pointer: str
    calendar_id: int | None = None
    connection_id: int | None = None
    name: str = ""
    color: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndView:
    """One side of a pair: a calendar and the account it is in."""

    calendar_id: int
    name: str
    color: str | None
    connection_id: int
    account: str
    read_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many items are linked, and how many are not in step.

    `held` wait for approval, `unsyncable` for another try or a change, `muted` were deleted by
    hand, `queued` are still to be looked at.
    """

    linked: int = 0
    held: int = 0
    unsyncable: int = 0
    muted: int = 0
    queued: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PairView:
    """A pair as its owner sees it.

    `status`: active, paused, halted, revoked or ending. `code` is stable and "" while all is well
    (`mass_deletion`, `reconnect_required`, `forbidden`, `not_found`, …); `reason` is a sentence.
    `paired_at` is when everything that stood in both calendars had been looked at once.
    """

    id: int
    left: EndView
    right: EndView
    direction: str
    title_mask: str | None
    status: str
    code: str
    reason: str
    counts: Counts
    synced_at: datetime | None
    changed_at: datetime | None
    paired_at: datetime | None
    error_count: int
    error_at: datetime | None
    error: str | None
    retry_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingItem:
    """An item that is left out for now or for good, and why."""

    id: int
    title: str
    when: Any
    state: str
    reason: str
    retry_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a run did. `written` counts per side and kind: `{"left": {"create": 1, …}, …}`.

    `held`: deletions that wait for approval; `skipped`: items that could not be written;
    `finished`: nothing is left to do.
    """

    pair_id: int
    status: str
    written: Mapping[str, Mapping[str, int]]
    conflicts: int = 0
    held: int = 0
    skipped: int = 0
    finished: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """One thing that a sync would do: `action` is create, change, delete, hold, link or skip."""

    action: str
    side: str
    title: str
    when: Any
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a sync would do, counted and (the first of it) listed."""

    create: int = 0
    change: int = 0
    delete: int = 0
    hold: int = 0
    link: int = 0
    skip: int = 0
    conflicts: int = 0
    would_halt: bool = False
    items: tuple[PlannedItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """Something that happened along a pair.

    `kind`: created, changed, deleted, conflict or edit_beats_deletion; `side`: where it was
    written, or whose value gave way. `changes`: by field, the values before and after (of a
    conflict: kept and lost).
    """

    id: int
    at: datetime
    kind: str
    side: Side
    title: str
    when: Any
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    restorable: bool = False
    restored_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashEntry:
    """The last version of an item that was removed from `side`; kept for thirty days."""

    id: int
    at: datetime
    side: Side
    title: str
    when: Any
    expires_at: datetime
    restored_at: datetime | None
