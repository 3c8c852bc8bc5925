"""Recurring bookings on the form: how often, on which dates, and which of them stand in the way.

The dates are listed before anything is sent: all that may be chosen are in the page, and those
that are not chosen are hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from booking.core.errors import InvalidInput, SlotUnavailable
from booking.core.instants import Instant
from booking.eventtypes.values import EventTypeView
from booking.web import current
from booking.web.public import wording
from booking.web.public.viewer import Viewer

ONCE = 1
_UNITS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}
_CLOSED = {
    "window": "is too far ahead to book",
    "limit": "is beyond what can be booked in that time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """The choice: `options` are pairs of a number and its words, `chosen` is one of the numbers.

    `starts` and `dates`, the same in words, are as many as the largest of them.
    """

    options: tuple[tuple[str, str], ...]
    chosen: str
    starts: tuple[Instant, ...]
    dates: tuple[str, ...]

    @property
    def count(self) -> int:
        """Return how many dates are chosen."""
        return int(self.chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicts:
    """What is not free, a sentence each; `fewer` dates before the first of them could be booked."""

    sentences: tuple[str, ...]
    fewer: int
    offer: str


def repeat_of(
    event: EventTypeView, start: Instant, viewer: Viewer, values: Mapping[str, Any]
) -> Repeat | None:
    """Return the choice for a series from `start` on, None where the event type has none."""
    rule = event.recurrence
    if rule is None:
        return None
    most = rule["max_count"]
    try:
        starts = current.services().slots.series(event.id, start, most)
    except InvalidInput:
        return None
    rhythm = rhythm_of(event)
    times = tuple((str(n), f"{n} times, {rhythm}") for n in range(2, most + 1))
    return Repeat(
        options=(("1", "Once"), *times),
        chosen=str(_within(values.get("repeat"), most)),
        starts=starts,
        dates=tuple(occurrence(each, starts[0], viewer) for each in starts),
    )


def rhythm_of(event: EventTypeView) -> str:
    """Return a rhythm such as `every week` or `every 2 weeks`, "" where there is no series."""
    if event.recurrence is None:
        return ""
    unit, interval = _UNITS[event.recurrence["frequency"]], event.recurrence["interval"]
    return f"every {unit}" if interval == 1 else f"every {interval} {unit}s"


def occurrence(start: int, first: int, viewer: Viewer) -> str:
    """Return a date with its time, and with its year where that is not the first one's."""
    moment = wording.local(start, viewer.zone)
    year = "" if moment.year == wording.local(first, viewer.zone).year else f" {moment.year}"
    return f"{wording.day_in_brief(moment.date())}{year}, {_time(start, viewer)}"


def conflicts_of(error: SlotUnavailable, repeat: Repeat, viewer: Viewer) -> Conflicts | None:
    """Return what to say about the later dates of a refused series, None where they are free."""
    start = repeat.starts[0]
    refused = [(each, codes) for each, codes in error.conflicts if each != start]
    if not refused:
        return None
    is_first_free = len(refused) == len(error.conflicts)
    fewer = repeat.starts.index(Instant(refused[0][0])) if is_first_free else 0
    return Conflicts(
        sentences=tuple(_conflict(each, codes, start, viewer) for each, codes in refused),
        fewer=fewer,
        offer=_offer(repeat, fewer),
    )


def _offer(repeat: Repeat, count: int) -> str:
    if count == ONCE:
        return f"Book once, on {_day(repeat.dates[0])}"
    return f"Book {count} times, until {_day(repeat.dates[count - 1])}" if count else ""


def _day(date_in_words: str) -> str:
    return date_in_words.partition(",")[0]


def _conflict(start: int, codes: tuple[str, ...], first: int, viewer: Viewer) -> str:
    """Return a sentence: `14:00 on Tue 8 Dec is not free`, with its period."""
    day = _day(occurrence(start, first, viewer))
    why = next((_CLOSED[code] for code in codes if code in _CLOSED), "is not free")
    return f"{_time(start, viewer)} on {day} {why}."


def _time(start: int, viewer: Viewer) -> str:
    moment = wording.local(start, viewer.zone)
    write = wording.with_letters if wording.is_repeated(moment) else wording.time_of_day
    return write(moment, viewer.hours)


def _within(given: object, most: int) -> int:
    """Return how often a form says, once where it says nonsense."""
    text = str(given or "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else ONCE
    return number if ONCE <= number <= most else ONCE
