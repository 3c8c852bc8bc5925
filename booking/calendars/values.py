"""What goes in and out of the calendars room: frozen values, no tables.

Moments are aware UTC datetimes. Only `SignIn` carries a secret; it never leaves the
room and hides it from `repr`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class FreshnessState(StrEnum):
    """How well a calendar is known: checked lately, too long ago, or never."""

    FRESH = "fresh"
    STALE = "stale"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """An account at a provider and its health.

    `error` is a sentence for its host; `retry_at` is when the breaker lets the next try through.
    `can_create_calendars` is what the server promised when it was discovered.
    """

    id: int
    provider: str
    preset: str
    url: str
    username: str
    account: str
    status: str
    can_create_calendars: bool
    synced_at: datetime | None
    error_count: int
    error_at: datetime | None
    error: str | None
    retry_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarView:
    """One calendar of a connection and what its host uses it for.

    `selected`: its events block all event types (`selection_id` names that choice and
    `tentative_blocks` its switch); `destination`: new bookings go there. `gone_at`: since when
    the provider's list no longer names it.
    """

    id: int
    connection_id: int
    name: str
    color: str | None
    primary: bool
    read_only: bool
    time_zone: str | None
    selected: bool
    destination: bool
    selection_id: int | None = None
    tentative_blocks: bool = False
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionView:
    """A calendar that blocks: all of a host's event types, or the one named."""

    id: int
    calendar_id: int
    event_type_id: int | None
    tentative_blocks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingCalendar:
    """A calendar that counts for one question of slots, and whether tentative events block."""

    calendar_id: int
    tentative_blocks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectEffect:
    """What disconnecting would change, told before it is done.

    `calendars` are names; `blocking` those whose events will no longer be seen; `destination` the
    one that receives bookings now, None where it lies elsewhere.
    """

    connection: ConnectionView
    calendars: tuple[str, ...]
    blocking: tuple[str, ...]
    destination: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchView:
    """How changes reach us: `push` through a channel, or `polling`."""

    channel_id: str | None = None
    expires_at: datetime | None = None
    attempts: int = 0
    mode: str = "polling"


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedCalendar:
    """What the busy store remembers of one calendar; as it is here: nothing yet."""

    synced_at: datetime | None = None
    has_cursor: bool = False
    error_count: int = 0
    error_at: datetime | None = None
    error: str | None = None
    retry_at: datetime | None = None
    cached_events: int = 0
    unread_events: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarStatus:
    """How one calendar's copy in the busy store stands.

    `cached_events` counts occurrences that block, `unread_events` events that could not be
    understood and so do not; `sync_token_present` tells whether the next
    refresh may ask for changes only.
    """

    calendar_id: int
    synced_at: datetime | None
    sync_token_present: bool
    error_count: int
    error_at: datetime | None
    error: str | None
    cached_events: int
    unread_events: int
    freshness: FreshnessState
    watch: WatchView


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """All that is needed to open an account at a provider.

    `secret` is the password, for a feed its whole address, for a granted access the grant.
    `addresses` are the account's own e-mail addresses, as far as discovery learned them.
    `account` is the provider's own key of the account, "" before it is known.
    `connection_id` is where a granted access is renewed, None before it is kept.
    """

    provider: str
    preset: str
    url: str
    username: str = ""
    secret: str = field(default="", repr=False)
    addresses: tuple[str, ...] = ()
    account: str = ""
    connection_id: int | None = None
