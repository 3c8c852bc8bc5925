"""When a failing connection is tried again, and what its host is told: decisions alone.

The breaker of one connection: five failures in a row open it for 10 seconds, then for half as long
again each time, up to an hour; each wait is ended by one probe, so a server that is back after a
while is met within half that while. A refused sign-in waits for the host. What concerns a
single calendar (gone, read-only) says nothing about the account and is kept with that calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.calendars.models import ConnectionStatus
from booking.core.errors import (
    BookingError,
    CalendarGone,
    CursorExpired,
    ItemGone,
    PermissionDenied,
    ReconnectRequired,
    Throttled,
    Unreachable,
    Unsupported,
    VersionConflict,
)
from booking.security.outbound_exchange import seconds_left

FAILURES_TO_OPEN = 5
_FIRST_SECONDS = 10
_GROWTH = 1.5
_LONGEST_SECONDS = 3600
_MOST_RETRY_AFTER = 3600
_PROBE_SECONDS = 60
_OF_ONE_CALENDAR = (
    CalendarGone,
    ItemGone,
    PermissionDenied,
    VersionConflict,
    CursorExpired,
    Unsupported,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a failure makes of a connection; `retry_at` of None: nothing has to wait."""

    status: ConnectionStatus
    failures: int
    retry_at: datetime | None


def concerns_account(error: BookingError) -> bool:
    """Tell whether `error` says something about the connection, not about one calendar alone."""
    return not isinstance(error, _OF_ONE_CALENDAR)


def was_hurried(error: BookingError) -> bool:
    """Tell whether an answer is missing since the caller's own deadline (`within`) has passed."""
    return isinstance(error, Unreachable) and seconds_left(1.0) <= 0


def after_failure(failures: int, error: BookingError, now: datetime) -> Verdict:
    """Judge one more failure after `failures` in a row.

    Source: docs/architecture.md, "Retries"; Retry-After counts up to an hour.
    """
    count = failures + 1
    if isinstance(error, ReconnectRequired):
        return Verdict(status=ConnectionStatus.RECONNECT_REQUIRED, failures=count, retry_at=None)
    seconds = wait_seconds(count)
    if isinstance(error, Throttled):
        seconds = max(seconds, min(error.retry_after, _MOST_RETRY_AFTER))
    retry_at = now + timedelta(seconds=seconds) if seconds else None
    return Verdict(status=ConnectionStatus.DEGRADED, failures=count, retry_at=retry_at)


def wait_seconds(failures: int) -> int:
    """Return how long the breaker stays open after this many failures in a row: 0, then 10 on."""
    if failures < FAILURES_TO_OPEN:
        return 0
    steps = min(failures - FAILURES_TO_OPEN, 20)
    return min(_LONGEST_SECONDS, round(_FIRST_SECONDS * _GROWTH**steps))


def probe_ends(now: datetime) -> datetime:
    """Return until when one probe keeps the others waiting."""
    return now + timedelta(seconds=_PROBE_SECONDS)
