"""Limits: which local days, ISO weeks, months and years are full, counting the new booking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from booking.availability.facts import Ask, Situation, Tally
from booking.availability.hours import WorkingHours
from booking.availability.opening import day_of, day_start
from booking.availability.reasons import Barrier, Reason, ReasonCode
from booking.core.instants import Instant

Dates = tuple[date, date]


def period_of(day: date, kind: str) -> Dates:
    """Return the first date of the day, ISO week, month or year of `day`, and the next one's."""
    if kind == "day":
        return day, day + timedelta(days=1)
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    if kind == "month":
        return day.replace(day=1), (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return date(day.year, 1, 1), date(day.year + 1, 1, 1)


def counted_span(situation: Situation, start: int, end: int) -> tuple[Instant, Instant] | None:
    """Return the instants whose bookings the limits need for starts in `[start, end)`."""
    hours = situation.host.hours
    kinds = {kind for tally in situation.host.tallies for _, kind, _ in _rules(tally)}
    if not kinds:
        return None
    first, last = day_of(start, hours), day_of(end, hours)
    since = min(period_of(first, kind)[0] for kind in kinds)
    until = max(period_of(last, kind)[1] for kind in kinds)
    return day_start(since, hours), day_start(until, hours)


def limit_barriers(
    situation: Situation, ask: Ask, minutes: int, period: tuple[int, int]
) -> list[Barrier]:
    """Return the full periods that touch the instants of `period`, for one more of `minutes`."""
    hours = situation.host.hours
    barriers: list[Barrier] = []
    dates: tuple[date, ...] | None = None
    for tally in situation.host.tallies:
        if not tally.limits:
            continue
        dates = dates or _dates(hours, period)
        counted = [
            (day_of(item.start, hours), item.minutes)
            for item in tally.counted
            if ask.moving is None or item.booking_id != ask.moving
        ]
        for measure, kind, most in _rules(tally):
            new = minutes if measure == "minutes" else 1
            full = _full(counted, _periods(dates, kind), measure, kind, most - new)
            barriers += [_barrier(hours, span, f"{measure}.{kind}") for span in full]
    return barriers


def _rules(tally: Tally) -> list[tuple[str, str, int]]:
    limits = tally.limits
    return [
        (measure, kind, most)
        for measure, periods in (("bookings", limits.bookings), ("minutes", limits.minutes))
        for kind, most in periods.items()
    ]


def _dates(hours: WorkingHours, period: tuple[int, int]) -> tuple[date, ...]:
    first, last = day_of(period[0], hours), day_of(period[1], hours)
    return tuple(first + timedelta(days=ahead) for ahead in range((last - first).days + 1))


def _periods(dates: Iterable[date], kind: str) -> list[Dates]:
    return sorted({period_of(day, kind) for day in dates})


def _full(
    counted: list[tuple[date, int]], periods: list[Dates], measure: str, kind: str, room: int
) -> list[Dates]:
    """Return the periods that hold more than `room` already."""
    weight: Callable[[int], int] = (lambda length: length) if measure == "minutes" else lambda _: 1
    sums: Counter[date] = Counter()
    for day, length in counted:
        sums[period_of(day, kind)[0]] += weight(length)
    return [period for period in periods if sums[period[0]] > room]


def _barrier(hours: WorkingHours, dates: Dates, rule: str) -> Barrier:
    start, end = day_start(dates[0], hours), day_start(dates[1], hours)
    return Barrier(start, end, Reason(code=ReasonCode.LIMIT, start=start, end=end, rule=rule))
