"""When a failed job is tried again, and when it is given up: one table for all kinds."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from booking.core.errors import (
    BookingError,
    BreakerOpen,
    InvalidInput,
    NotFound,
    PermissionDenied,
    ReconnectRequired,
    Throttled,
    Unsupported,
)

_MOST_UNKNOWN = 8
_MOST_RETRY_AFTER = 3600
_HOPELESS = (InvalidInput, NotFound, PermissionDenied, ReconnectRequired, Unsupported)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """Exponential back-off between `base` and `cap` seconds, for at most `max_age`."""

    base: float
    cap: float
    max_age: timedelta


_FOR_EVER = timedelta(days=3650)
DEFAULT = RetryRule(base=5, cap=900, max_age=timedelta(hours=72))
RULES = {
    # Every booking has a clock of its own, `bookings.writer.TRIED_FOR`; the account's breaker keeps
    # long outages from costing much, so the first moment after a short one is not missed.
    "bookings.write": replace(DEFAULT, cap=30, max_age=_FOR_EVER),
    "bookings.meet": RetryRule(base=2, cap=120, max_age=timedelta(hours=24)),
    "mail.send": RetryRule(base=10, cap=3600, max_age=timedelta(hours=24)),
    # Another worker is reading the calendar: it may have begun before the change.
    "calendars.hint": RetryRule(base=0.4, cap=5, max_age=timedelta(hours=1)),
    "calendars.refresh": RetryRule(base=30, cap=21_600, max_age=_FOR_EVER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a failed job: tried again at `due_at`, or dead where that is None."""

    due_at: datetime | None
    reason: str


def judge(
    kind: str, error: Exception, *, attempts: int, created_at: datetime, now: datetime
) -> Verdict:
    """Decide about a failed job.

    `attempts` counts the one that just failed. A delay is random between a half and the whole of
    the exponential step, so that many jobs do not come back together; never below Retry-After.
    """
    rule = RULES.get(kind, DEFAULT)
    reason = error.message if isinstance(error, BookingError) else type(error).__name__
    if isinstance(error, _HOPELESS) or now - created_at > rule.max_age:
        return Verdict(due_at=None, reason=reason)
    if not isinstance(error, BookingError) and attempts >= _MOST_UNKNOWN:
        return Verdict(due_at=None, reason=reason)
    if isinstance(error, BreakerOpen):
        # No request was made: the breaker has a back-off of its own, so this one adds nothing.
        wait = error.retry_after + random.uniform(0, 2)  # noqa: S311 - jitter, not a secret
        return Verdict(due_at=now + timedelta(seconds=wait), reason=reason)
    step = min(rule.cap, rule.base * 2 ** min(attempts - 1, 20))
    delay = random.uniform(step / 2, step)  # noqa: S311 - jitter, not a secret
    if isinstance(error, Throttled):
        delay = max(delay, min(error.retry_after, _MOST_RETRY_AFTER))
    return Verdict(due_at=now + timedelta(seconds=delay), reason=reason)
