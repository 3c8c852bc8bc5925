"""Limits on how often something may be tried.

`Throttle` counts in the database: exact across processes, and when the database does not answer
the request fails, so a limit is never skipped. `LocalThrottle` counts in this process only, for
cheap reads. Who is limited, and by how much, is left to the doors.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

from sqlalchemy import delete, text, update
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
_SHARED = tuple(
    ipaddress.ip_network(block)
    for block in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
_MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
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
        self.hit_all({bucket: Limit(hits=limit, seconds=window_seconds)})

    def hit_all(self, limits: Mapping[str, Limit]) -> None:
        """Count one try in every bucket, each with its limit.

        Errors: RateLimited for the longest wait among those that are above their limit.
        """
        now = to_instant(self._clock.now())
        waits = [0]
        with writing(at_once=True) as session:
            # One order for all, so that two requests never wait for each other's rows.
            for key, limit in sorted((self._key(name), limit) for name, limit in limits.items()):
                row = {"bucket": key, "now": now, "ends_at": now + limit.seconds}
                hits, ends_at = session.execute(_COUNT, row).one()
                if hits > limit.hits:
                    waits.append(max(1, ends_at - now))
        if max(waits):
            raise RateLimited(max(waits))

    def pardon(self, bucket: str) -> None:
        """Take one try back: it turned out to be a good one."""
        row = ThrottleWindow.bucket == self._key(bucket)
        with writing() as session:
            session.execute(
                update(ThrottleWindow)
                .where(row, ThrottleWindow.hits > 0)
                .values(hits=ThrottleWindow.hits - 1)
            )

    def forget(self, bucket: str) -> None:
        """Empty a bucket: a success pardons the failures before it."""
        with writing() as session:
            session.execute(
                delete(ThrottleWindow).where(ThrottleWindow.bucket == self._key(bucket))
            )

    def name_of(self, bucket: str) -> str:
        """Return the keyed hash under which a bucket is counted: it names nobody."""
        return self._key(bucket)

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
    found = _parsed(address)
    if found is None:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False))
    return str(found)


def is_shared(address: str) -> bool:
    """Tell whether `address` may stand for many visitors at once.

    Loopback and private addresses are the operator's own proxy when `TRUSTED_PROXIES` is not
    set: a limit on them would lock all guests out together.
    """
    found = _parsed(address)
    return found is not None and any(found in block for block in _SHARED)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found
