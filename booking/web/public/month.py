"""The month and the day a guest sees, made from slots. Pure: no requests, no services.

A month's slots are asked once; the grid, the counts and the times of a day come from them.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from booking.bookings.values import OfferedSlot
from booking.core.instants import Instant
from booking.core.zones import wall_to_instant
from booking.web import english
from booking.web.public import wording
from booking.web.public.viewer import Viewer

_MONTH = re.compile(r"(20[0-9]{2}|21[0-8][0-9])-(0[1-9]|1[0-2])")
_FEW, _SOME = 2, 6
_NOON, _EVENING = 12, 17


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCell:
    """One date of the grid; `level` tells from 0 (no times) to 3 how much is free."""

    on: date
    count: int
    level: int
    label: str
    is_today: bool
    is_selected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month: `weeks` hold cells, None outside it; `previous` and `following` are `YYYY-MM`."""

    heading: str
    key: str
    previous: str | None
    following: str | None
    weekdays: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[DayCell | None, ...], ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeChoice:
    """A start to choose: `value` is RFC 3339 in UTC, the slot's identity.

    `seats` is "" where the event type shows none; `spoken` says everything.
    """

    value: str
    label: str
    spoken: str
    seats: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPart:
    """Times of a morning, an afternoon or an evening."""

    name: str
    times: tuple[TimeChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The times of one date."""

    on: date
    heading: str
    count: int
    parts: tuple[DayPart, ...]


def parse_month(text: str) -> date | None:
    """Return the first of the month written `YYYY-MM`, None for anything else."""
    found = _MONTH.fullmatch(text)
    return date(int(found[1]), int(found[2]), 1) if found else None


def parse_date(text: str) -> date | None:
    """Return the date written `YYYY-MM-DD`, None for anything else."""
    month = parse_month(text[:7])
    try:
        return date.fromisoformat(text) if month and len(text) == 10 else None
    except ValueError:
        return None


def month_key(day: date) -> str:
    """Return the month of `day` as `YYYY-MM`."""
    return f"{day:%Y-%m}"


def month_after(first: date, months: int = 1) -> date:
    """Return the first of the month that comes `months` after (before, if negative)."""
    return first + relativedelta(months=months, day=1)


def bounds(first: date, zone: ZoneInfo) -> tuple[Instant, Instant]:
    """Return the instants at which the month starting at `first` begins and ends in `zone`."""
    return wall_to_instant(first, 0, zone), wall_to_instant(month_after(first), 0, zone)


def rfc3339(instant: int) -> str:
    """Return the instant as RFC 3339 in UTC, such as `2026-07-07T12:00:00Z`."""
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%SZ}"


def month_view(
    slots: Sequence[OfferedSlot],
    first: date,
    viewer: Viewer,
    *,
    today: date,
    last: date,
    selected: date | None,
) -> Month:
    """Return the grid of the month that starts at `first`.

    `today` ends the way back, `last` (a date in the last month worth showing) the way on.
    """
    counts = Counter(wording.local(slot.start, viewer.zone).date() for slot in slots)
    weeks = calendar.Calendar(viewer.first_weekday).monthdatescalendar(first.year, first.month)
    return Month(
        heading=wording.month_in_full(first),
        key=month_key(first),
        previous=month_key(month_after(first, -1)) if first > today else None,
        following=month_key(month_after(first)) if month_after(first) <= last else None,
        weekdays=_weekdays(viewer.first_weekday),
        weeks=tuple(
            tuple(
                _cell(day, counts[day], today, selected) if day.month == first.month else None
                for day in week
            )
            for week in weeks
        ),
        count=len(slots),
    )


def day_view(slots: Sequence[OfferedSlot], day: date, viewer: Viewer) -> Day:
    """Return the times of `day`, grouped by the part of the day they start in."""
    of_day = [slot for slot in slots if wording.local(slot.start, viewer.zone).date() == day]
    choices = _choices(of_day, viewer)
    parts = groupby(choices, key=lambda pair: _part(pair[0].hour))
    return Day(
        on=day,
        heading=f"{day:%A} {day.day} {day:%B}",
        count=len(choices),
        parts=tuple(
            DayPart(name=name, times=tuple(choice for _, choice in pairs)) for name, pairs in parts
        ),
    )


def first_day(slots: Sequence[OfferedSlot], zone: ZoneInfo) -> date | None:
    """Return the first date with times, None where there is none."""
    return wording.local(slots[0].start, zone).date() if slots else None


def choices_of(slots: Sequence[OfferedSlot], viewer: Viewer) -> tuple[TimeChoice, ...]:
    """Return the slots as choices; letters of the zone stand where a wall time comes twice."""
    return tuple(choice for _, choice in _choices(slots, viewer))


def _choices(slots: Sequence[OfferedSlot], viewer: Viewer) -> list[tuple[datetime, TimeChoice]]:
    starts = [wording.local(slot.start, viewer.zone) for slot in slots]
    return [
        (start, _choice(slot, start, viewer.hours))
        for slot, start in zip(slots, starts, strict=True)
    ]


def _choice(slot: OfferedSlot, start: datetime, hours: str) -> TimeChoice:
    written = wording.with_letters if wording.is_repeated(start) else wording.time_of_day
    label = written(start, hours)
    seats = "" if slot.seats_left is None else wording.seats_left(slot.seats_left)
    length = wording.spoken_length((slot.end - slot.start) // 60)
    return TimeChoice(
        value=rfc3339(slot.start),
        label=label,
        spoken=", ".join(filter(None, (label, length, seats))),
        seats=seats,
    )


def _cell(day: date, count: int, today: date, selected: date | None) -> DayCell:
    return DayCell(
        on=day,
        count=count,
        level=(count > 0) + (count > _FEW) + (count > _SOME),
        label=f"{wording.day_in_full(day)}, {english.counted(count, 'time')}",
        is_today=day == today,
        is_selected=day == selected,
    )


def _weekdays(first_weekday: int) -> tuple[tuple[str, str], ...]:
    some_monday = date(2024, 1, 1)
    days = [some_monday + timedelta(days=first_weekday + place) for place in range(7)]
    return tuple((f"{day:%a}", f"{day:%A}") for day in days)


def _part(hour: int) -> str:
    if hour < _NOON:
        return "Morning"
    return "Afternoon" if hour < _EVENING else "Evening"
