"""Where concrete things meet: settings become services."""

from __future__ import annotations

from dataclasses import dataclass

from booking.core.clock import Clock, SystemClock
from booking.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything the doors may call."""

    settings: Settings
    clock: Clock


def build_services(settings: Settings, clock: Clock | None = None) -> Services:
    """Build every service once, for one process."""
    chosen = clock or SystemClock()
    return Services(settings=settings, clock=chosen)
