"""What the house asks of a calendar provider, whoever it is.

A provider talks to one account and translates; it keeps nothing, plans nothing and retries
nothing. Rows, cursors, deletions and repeats are left to the replica and the sync engine.
No optional methods: what a provider cannot do is told by its Capabilities and raises Unsupported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from booking.core.event import CalendarEvent


class Step(StrEnum):
    """What was being done at a provider when it failed; `ProviderError.step` holds the value.

    The steps before a server has answered at all are those of `security.outbound.Step`.
    """

    SIGN_IN = "sign_in"
    DISCOVERY = "discovery"
    LIST_CALENDARS = "list_calendars"
    CREATE_CALENDAR = "create_calendar"
    LIST_ITEMS = "list_items"
    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    WATCH = "watch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a provider can do with this account.

    `keeps_versions`: its versions guard writes (If-Match). `keeps_marks`: foreign properties
    survive on an item. `expands_series`: it reports instances, not series.
    `can_silence`: an item may name attendees without the server writing to them.
    `keeps_idle_exceptions`: an exception of a series that differs in nothing stays one.
    """

    can_write: bool
    can_create_calendar: bool
    has_cursor: bool
    has_push: bool = False
    keeps_versions: bool = True
    keeps_marks: bool = True
    expands_series: bool = False
    can_silence: bool = True
    keeps_idle_exceptions: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom the credentials belong to.

    `key` is the same for every connection to one account; `addresses` are the e-mail addresses
    under which it is invited, lower case; `home` is where the provider was found (for CalDAV the
    address to come back to, so discovery is done once).
    """

    key: str
    name: str = ""
    addresses: tuple[str, ...] = ()
    home: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCalendar:
    """A calendar at the provider. `color` is `#RRGGBB` in lower case, `time_zone` an IANA name.

    `conferences`: the kinds of video meetings that its events can have, None where that is unknown.
    """

    key: str
    name: str
    color: str | None = None
    primary: bool = False
    read_only: bool = False
    time_zone: str | None = None
    conferences: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An item that a listing names: its key and, where the provider has one, its version."""

    key: str
    version: str | None


class ChangeKind(StrEnum):
    """How much a listing proves."""

    DELTA = "delta"  # everything that changed since the cursor
    LISTING = "listing"  # everything there is; what it lacks is a candidate for removal


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What happened in a calendar since a cursor.

    `named`: each key once; `read`: those of them that the answer carried whole. `removed`:
    candidates only, never a proof: an item is gone when `fetch` or `get` of its key says so.
    `cursor`: where to go on next time; None where the provider keeps no place.
    A provider that cannot vouch for the whole answer raises BadAnswer instead of answering.
    """

    kind: ChangeKind
    named: tuple[Named, ...] = ()
    read: tuple[RemoteItem, ...] = ()
    removed: tuple[str, ...] = ()
    cursor: str | None = None

    @property
    def is_complete(self) -> bool:
        """Tell whether `named` is the whole calendar."""
        return self.kind is ChangeKind.LISTING


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteItem:
    """An item as it was read.

    `event` is None when the body could not be understood, and `quarantine` then says why; the
    item still exists. Both are empty for what is no event at all (a to-do): nothing to show.
    `raw` is the body as the provider holds it, "" where nothing is ever written back;
    `updated_at` its own time (UTC).
    """

    key: str
    version: str | None
    event: CalendarEvent | None
    quarantine: str = ""
    raw: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Items that were read, and keys that the provider itself said it does not have.

    A key in neither could not be read now, which proves nothing about it.
    """

    items: tuple[RemoteItem, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A write that was taken. `version` of None: the provider did not tell, so read the item."""

    key: str
    version: str | None


class CalendarProvider(Protocol):
    """One account at a provider.

    Every method may raise ReconnectRequired, PermissionDenied, Throttled, Unreachable and
    BadAnswer, each with `provider` and `step`. A write whose answer was lost raises Unreachable
    or BadAnswer: it may have happened, so read before sending it again.
    """

    @property
    def name(self) -> str:
        """The provider's short name, as in `connections.provider`."""

    @property
    def capabilities(self) -> Capabilities:
        """What can be done with this account."""

    def account(self) -> Account:
        """Find out whom the credentials belong to. The first call of a new connection."""

    def list_calendars(self) -> tuple[RemoteCalendar, ...]:
        """List the calendars that hold events, in the provider's order."""

    def create_calendar(self, name: str, color: str | None) -> RemoteCalendar:
        """Make a calendar. Errors: Unsupported where the server cannot or may not."""

    def changes(self, calendar: str, cursor: str | None) -> Changes:
        """Tell what changed since `cursor`; everything where it is None.

        Errors: CursorExpired; ItemGone when the calendar itself is not there.
        """

    def fetch(self, calendar: str, keys: Sequence[str]) -> Fetched:
        """Read many items in few requests; a key that was passed over is asked for by itself."""

    def get(self, calendar: str, key: str) -> RemoteItem:
        """Read one item. Errors: ItemGone."""

    def versions(self, calendar: str, keys: Sequence[str], group: str) -> Mapping[str, str | None]:
        """Tell the versions of items that we made, and of no others.

        `group` is what their marks begin with. A key that is missing proves nothing.
        """

    def key_for(self, calendar: str, name: str) -> str:
        """Say under which key `create` will put an item of this name, before it is sent."""

    def create(self, calendar: str, name: str, event: CalendarEvent) -> Written:
        """Make an item under a name of ours (`[a-z0-9-]`), fixed before sending.

        Errors: VersionConflict when the name or the event's UID is taken.
        """

    def creation(self, calendar: str, name: str, event: CalendarEvent) -> Callable[[], Written]:
        """Make `create` ready without asking anything; a call of what is returned sends it.

        Errors: Unsupported for an event that cannot be written there.
        """

    def update(
        self,
        calendar: str,
        key: str,
        version: str | None,
        event: CalendarEvent,
        *,
        base: RemoteItem | None = None,
    ) -> Written:
        """Change an item, keeping what we do not understand of it.

        `base`: the item as it was read a moment ago, which may spare reading it again.
        Errors: ItemGone; VersionConflict when it is no longer at `version` (None: whatever it is).
        """

    def delete(self, calendar: str, key: str, version: str | None) -> None:
        """Remove an item; done also when it is not there.

        Errors: VersionConflict when it is no longer at `version` (None: whatever it is).
        """
