"""The picture of a week: seven columns of hours, busy times and overrides, and its text twin.

Everything is drawn by the clocks of the schedule's zone, so a day with 23 or 25 hours is drawn
like any other and named in words. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from booking.availability.hours import DAY_MINUTES, Override, Week
from booking.core.instants import from_instant
from booking.core.spans import Spans
from booking.core.zones import wall_to_instant
from booking.web import english
from booking.web.host import words

HOUR = 20  # pixels of an hour
COLUMN = 96
GUTTER = 48
HEAD = 30
_DEFAULT_SHOWN = (8 * 60, 18 * 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle in pixels, and what it says (`kind`: open, busy, override)."""

    x: int
    y: float
    width: int
    height: float
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One column: its minutes, and why they are what they are.

    `why` is `weekly`, `override` or `away`; `note` is a word under the date, "" mostly.
    """

    on: date
    open: Spans
    busy: Spans
    why: str

    @property
    def note(self) -> str:
        """Return what is special about the day."""
        if self.why == "away":
            return "away"
        if self.why == "override":
            return "changed" if self.open else "closed"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the template draws; `hours` are (label, y) of the lines."""

    width: int
    height: float
    days: tuple[Day, ...]
    columns: tuple[int, ...]
    hours: tuple[tuple[str, float], ...]
    boxes: tuple[Box, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """What opens a host's days: the week, overrides by date, and dates away."""

    zone: ZoneInfo
    weekly: Week
    overrides: Mapping[date, Override]
    away: Sequence[tuple[date, date]] = ()


def monday_of(day: date) -> date:
    """Return the Monday of the week of `day`."""
    return day - timedelta(days=day.weekday())


def span_of_week(monday: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return the instants at which the week begins and ends on the clocks of `zone`."""
    return (
        wall_to_instant(monday, 0, zone),
        wall_to_instant(monday + timedelta(days=7), 0, zone),
    )


def draw(monday: date, hours: Hours, busy: Spans) -> Picture:
    """Return the picture of the week from `monday` on; `busy` are instants."""
    days = tuple(_day(monday + timedelta(days=place), hours, busy) for place in range(7))
    top, bottom = _shown(days)
    return Picture(
        width=GUTTER + 7 * COLUMN,
        height=HEAD + (bottom - top) / 60 * HOUR + 8,
        days=days,
        columns=tuple(GUTTER + place * COLUMN for place in range(7)),
        hours=tuple(
            (f"{minute // 60:02}:00", _y(minute, top)) for minute in range(top, bottom + 1, 60)
        ),
        boxes=tuple(
            box for place, day in enumerate(days) for box in _boxes(place, day, top, bottom)
        ),
        sentences=tuple(_sentence(day) for day in days),
    )


def _day(on: date, hours: Hours, busy: Spans) -> Day:
    minutes, why = _open_on(on, hours)
    return Day(on=on, open=minutes, busy=_minutes_of(on, busy, hours.zone), why=why)


def _open_on(on: date, hours: Hours) -> tuple[Spans, str]:
    if any(first <= on <= last for first, last in hours.away):
        return (), "away"
    override = hours.overrides.get(on)
    if override is not None:
        return override.intervals, "override"
    return hours.weekly[on.weekday()], "weekly"


def _minutes_of(on: date, busy: Spans, zone: ZoneInfo) -> Spans:
    """Return the minutes of a local date that clocks show while something is busy."""
    first = wall_to_instant(on, 0, zone)
    last = wall_to_instant(on, DAY_MINUTES, zone)
    found = []
    for start, end in busy:
        if end <= first or start >= last:
            continue
        begin = 0 if start <= first else _minute(start, zone)
        finish = DAY_MINUTES if end >= last else _minute(end, zone)
        if begin < finish:
            found.append((begin, finish))
    return tuple(found)


def _minute(instant: int, zone: ZoneInfo) -> int:
    wall = from_instant(instant).astimezone(zone)  # type: ignore[arg-type]
    return wall.hour * 60 + wall.minute


def _shown(days: Sequence[Day]) -> tuple[int, int]:
    """Return the whole hours that the picture covers, in minutes of the day."""
    starts = [start for day in days for start, _ in day.open] + [_DEFAULT_SHOWN[0]]
    ends = [end for day in days for _, end in day.open] + [_DEFAULT_SHOWN[1]]
    top = max(0, min(starts) // 60 - 1)
    bottom = min(24, -(-max(ends) // 60) + 1)
    return top * 60, bottom * 60


def _y(minute: float, top: int) -> float:
    return HEAD + (minute - top) / 60 * HOUR


def _boxes(place: int, day: Day, top: int, bottom: int) -> list[Box]:
    x = GUTTER + place * COLUMN
    kind = "override" if day.why == "override" else "open"
    boxes = [_box(x + 4, COLUMN - 8, span, (top, bottom), kind) for span in day.open]
    boxes += [_box(x + 10, COLUMN - 20, span, (top, bottom), "busy") for span in day.busy]
    return [box for box in boxes if box.height > 0]


def _box(x: int, width: int, span: tuple[int, int], shown: tuple[int, int], kind: str) -> Box:
    start, end = max(span[0], shown[0]), min(span[1], shown[1])
    return Box(x=x, y=_y(start, shown[0]), width=width, height=(end - start) / 60 * HOUR, kind=kind)


def _sentence(day: Day) -> str:
    told = f"{words.day(day.on)}: {_open_words(day)}"
    if day.busy:
        told += f"; busy {english.listed([_span_words(span) for span in day.busy])}"
    return f"{told}."


def _open_words(day: Day) -> str:
    if day.why == "away":
        return "away, no bookings"
    hours = english.listed([_span_words(span) for span in day.open])
    why = " (changed for this date)" if day.why == "override" else ""
    return f"open {hours}{why}" if hours else f"closed{why}"


def _span_words(span: tuple[int, int]) -> str:
    return words.DASH.join(f"{minute // 60:02}:{minute % 60:02}" for minute in span)
