"""Forgets what has outlived its purpose: counted tries, stored answers, old audit entries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from booking.core.clock import monotonic
from booking.core.instants import to_instant
from booking.db import writing
from booking.security.audit import purge_audit
from booking.security.replay import purge_replays
from booking.security.throttle import purge_windows
from booking.wiring import Services

_AUDIT_LASTS = timedelta(days=365)
_AT_ONCE = 5.0


def forget_guests(services: Services, seconds: float = _AT_ONCE) -> Callable[[], None]:
    """Return the hourly tick that clears bookings which are older than the site keeps guests.

    What takes longer than these seconds waits for the next time, as the other ticks wait for this.
    """

    def work() -> None:
        days, ends_at = services.settings.guest_data_days, monotonic() + seconds
        while days and services.eraser.forget_old(days) and monotonic() < ends_at:
            pass

    return work


def purge(services: Services) -> Callable[[], None]:
    """Return the hourly tick."""

    def work() -> None:
        now = services.clock.now()
        with writing() as session:
            purge_windows(session, to_instant(now))
            purge_replays(session, now)
            purge_audit(session, now - _AUDIT_LASTS)
        services.wishes.forget_old()

    return work
