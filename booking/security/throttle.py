"""Limits on how often something may be tried.

`Throttle` counts in the database: exact across processes, and when the database does not answer
the request fails, so a limit is never skipped. `LocalThrottle` counts in this process only, for
cheap reads. Who is limited, and by how much, is left to the doors.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from booking.core.clock import Clock, monotonic
from booking.core.errors import RateLimited
from booking.core.instants import to_instant
from booking.db import writing
from booking.security.models import ThrottleWindow
from booking.security.tokens import derived

_COUNT = text(
    """
    INSERT INTO throttle_windows (bucket, started_at, ends_at, hits)
    VALUES (:bucket, :now, :ends_at, 1)
    ON CONFLICT (bucket) DO UPDATE SET
        hits = CASE WHEN throttle_windows.ends_at <= :now THEN 1
                    ELSE throttle_windows.hits + 1 END,
        started_at = CASE WHEN throttle_windows.ends_at <= :now THEN :now
                          ELSE throttle_windows.started_at END,
        ends_at = CASE WHEN throttle_windows.ends_at <= :now THEN :ends_at
                       ELSE throttle_windows.ends_at END
    RETURNING hits, ends_at
    """
)
_IPV6_PREFIX = 64
_MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `hits` in a window of `seconds` that starts with the first of them."""

    hits: int
    seconds: int


class Throttle:
    """Counts in the database; buckets are stored as keyed hashes."""

    def __init__(self, clock: Clock, secret_key: str) -> None:
        self._clock = clock
        self._secret_key = secret_key

    def hit(self, bucket: str, limit: int, window_seconds: int) -> None:
        """Count one try in `bucket`.

        Errors: RateLimited when this one is above `limit`; the window is not prolonged by it.
        """
        now = to_instant(self._clock.now())
        with writing() as session:
            hits, ends_at = session.execute(
                _COUNT, {"bucket": self._key(bucket), "now": now, "ends_at": now + window_seconds}
            ).one()
        if hits > limit:
            raise RateLimited(max(1, ends_at - now))

    def forget(self, *buckets: str) -> None:
        """Empty buckets: a success pardons the failures before it."""
        keys = [self._key(bucket) for bucket in buckets]
        with writing() as session:
            session.execute(delete(ThrottleWindow).where(ThrottleWindow.bucket.in_(keys)))

    def _key(self, bucket: str) -> str:
        return derived(self._secret_key, "throttle", bucket)


def purge_windows(session: Session, now: int) -> int:
    """Delete the windows that ended before `now` (UTC epoch seconds); return how many."""
    ended = delete(ThrottleWindow).where(ThrottleWindow.ends_at <= now)
    return session.connection().execute(ended).rowcount


class LocalThrottle:
    """Counts in this process: `rate` tries a minute on average, `burst` at once.

    The least recently seen buckets are forgotten above 10,000.
    """

    def __init__(self, rate: int, burst: int, seconds: Callable[[], float] = monotonic) -> None:
        self._per_second = rate / 60
        self._burst = float(burst)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def hit(self, bucket: str) -> None:
        """Count one try. Errors: RateLimited."""
        now = self._seconds()
        with self._lock:
            left, since = self._levels.pop(bucket, (self._burst, now))
            left = min(self._burst, left + (now - since) * self._per_second)
            allowed = left >= 1
            self._levels[bucket] = (left - 1 if allowed else left, now)
            if len(self._levels) > _MOST_BUCKETS:
                self._levels.popitem(last=False)
        if not allowed:
            raise RateLimited(max(1, ceil((1 - left) / self._per_second)))


def network_of(address: str) -> str:
    """Return what one visitor can vary at will: an IPv4 address, or an IPv6 /64."""
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False))
    return str(found)


def is_shared(address: str) -> bool:
    """Tell whether `address` may stand for many visitors at once.

    Loopback and private addresses are the operator's own proxy when `TRUSTED_PROXIES` is not
    set: a limit on them would lock all guests out together.
    """
    try:
        found = ipaddress.ip_address(network_of(address).split("/", 1)[0])
    except ValueError:
        return False
    return found.is_loopback or found.is_private
