"""How far ahead guests may book, as instants: whole local dates of the host's schedule.

The last day of `rolling_available_days` hangs on the slots themselves and is found by the
calculator; here it is only bounded.
"""

from __future__ import annotations

from datetime import date, timedelta

from booking.availability.hours import WorkingHours
from booking.availability.opening import day_of, day_start
from booking.availability.reasons import Barrier, Reason, ReasonCode
from booking.availability.rules import BookingWindow, WindowType
from booking.core.instants import EARLIEST, LATEST, Instant

LOOK_AHEAD_DAYS = 61
_FRIDAY = 4
_ONE = timedelta(days=1)


def window_span(
    window: BookingWindow, now: Instant, hours: WorkingHours
) -> tuple[Instant, Instant]:
    """Return `[start, end)` in which a slot may start; open ends are EARLIEST and LATEST."""
    if window.type == WindowType.RANGE and window.start_date and window.end_date:
        return day_start(window.start_date, hours), day_start(window.end_date + _ONE, hours)
    if window.type == WindowType.UNLIMITED:
        return EARLIEST, LATEST
    last = _last_date(window, day_of(now, hours))
    return EARLIEST, day_start(last + _ONE, hours)


def _last_date(window: BookingWindow, today: date) -> date:
    days = window.days or 0
    if window.type == WindowType.ROLLING_BUSINESS_DAYS:
        return _business_days_after(today, days)
    ahead = LOOK_AHEAD_DAYS if window.type == WindowType.ROLLING_AVAILABLE_DAYS else days
    return today + timedelta(days=ahead)


def _business_days_after(today: date, days: int) -> date:
    """Return the date `days` business days on; Saturday and Sunday pass uncounted.

    Whole weeks are five each, and from a weekend they end on a Friday.
    """
    weeks, rest = divmod(days, _FRIDAY + 1)
    day = today + timedelta(weeks=weeks)
    while weeks and not rest and day.weekday() > _FRIDAY:
        day -= _ONE
    while rest:
        day += _ONE
        rest -= day.weekday() <= _FRIDAY
    return day


def window_barriers(window: BookingWindow, span: tuple[Instant, Instant]) -> list[Barrier]:
    """Return what lies before and after the window as barriers."""
    start, end = span
    before = Reason(code=ReasonCode.WINDOW, end=start, rule=window.type)
    after = Reason(code=ReasonCode.WINDOW, start=end, rule=window.type)
    barriers = [Barrier(EARLIEST, start, before), Barrier(end, LATEST, after)]
    return [barrier for barrier in barriers if barrier.start < barrier.end]
