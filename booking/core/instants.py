"""Instants: whole UTC seconds since 1970, and the way to and from aware datetimes.

Arithmetic on availability is integer arithmetic; wall time is left to `booking.core.zones`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NewType

Instant = NewType("Instant", int)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60
DAY = 86_400

EARLIEST = Instant(-2_208_988_800)
"""1900-01-01T00:00Z: nothing before it can be asked about."""

LATEST = Instant(7_258_118_400)
"""2200-01-01T00:00Z: nothing from here on can be asked about."""


def to_instant(moment: datetime) -> Instant:
    """Return the instant of an aware datetime.

    Units: UTC epoch seconds; a fraction of a second is dropped (towards the past).
    Errors: ValueError for a naive datetime, as its place in time is unknown.
    """
    try:
        elapsed = moment - _EPOCH
    except TypeError:
        raise ValueError("A naive datetime has no instant.") from None
    return Instant(elapsed.days * DAY + elapsed.seconds)


def from_instant(instant: Instant) -> datetime:
    """Return `instant` as an aware datetime in UTC."""
    return datetime.fromtimestamp(instant, UTC)
