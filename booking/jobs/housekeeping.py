"""Forgets what has outlived its purpose: counted tries, stored answers, old audit entries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from booking.core.instants import to_instant
from booking.db import writing
from booking.security.audit import purge_audit
from booking.security.replay import purge_replays
from booking.security.throttle import purge_windows
from booking.wiring import Services

_AUDIT_LASTS = timedelta(days=365)


def forget_guests(services: Services) -> Callable[[], None]:
    """Return the hourly tick that clears bookings which are older than the site keeps guests."""

    def work() -> None:
        days = services.settings.guest_data_days
        while days and services.eraser.forget_old(days):
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
