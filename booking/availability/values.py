"""What goes in and out of the schedule service: frozen values, no tables.

Weekly rules and overrides keep the wire form of the API (docs/api.md), as they are shown and
edited that way; `booking.availability.hours` reads their meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """Opening hours of a host in one zone.

    `weekly`: `{"days": ["mon", ...], "start": "09:00", "end": "17:00"}`; `overrides`:
    `{"date": "2026-12-24", "intervals": [{"start", "end"}]}`, where no interval closes the date.
    """

    id: int
    name: str
    time_zone: str
    weekly: tuple[Mapping[str, Any], ...]
    overrides: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceView:
    """Local dates, first and last included, without bookings.

    `redirect_to` is the username of the colleague whom guests are sent to.
    """

    id: int
    start_date: date
    end_date: date
    reason: str
    redirect_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelView:
    """Local dates, first and last included, on which the default schedule keeps another zone."""

    id: int
    start_date: date
    end_date: date
    time_zone: str
