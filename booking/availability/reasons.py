"""Why a start is not offered: codes, causes, and the stretch of starts a cause bars.

A `Barrier` speaks of starts: a slot that starts inside it is barred. Everything but the opening
hours comes as barriers, so that one question, "which barriers hold this start?", serves the
listing, the check and the explanation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from booking.core.instants import Instant


class ReasonCode(StrEnum):
    """Why a start is not offered; the names of `/slots/explain`, and one that it never shows."""

    BUSY_CALENDAR = "busy_calendar"
    BOOKING = "booking"
    BUFFER = "buffer"
    NOTICE = "notice"
    WINDOW = "window"
    LIMIT = "limit"
    OVERRIDE = "override"
    OUT_OF_OFFICE = "out_of_office"
    HOLD = "hold"
    OUTSIDE_HOURS = "outside_hours"
    STALE = "stale"
    OFF_GRID = "off_grid"
    """Only of a start that was asked for by itself: nothing bars it, but no slot starts there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One cause and its stretch `[start, end)`; None is an end that is not known or not there.

    `calendar_id` with `ref` (the busy row), `booking_id` or `hold_id` name the block behind it;
    `rule` tells which rule: `bookings.week`, `minutes.day`, `first_slot_only`, `restriction`, or
    the type of the booking window.
    """

    code: ReasonCode
    start: Instant | None = None
    end: Instant | None = None
    calendar_id: int | None = None
    ref: int | None = None
    booking_id: int | None = None
    hold_id: int | None = None
    rule: str | None = None


class Barrier(NamedTuple):
    """Starts in `[start, end)` are barred for `reason`, save the one at `except_at`."""

    start: int
    end: int
    reason: Reason
    except_at: int | None = None

    def bars(self, start: int) -> bool:
        """Tell whether a slot may not start there."""
        return self.start <= start < self.end and start != self.except_at
