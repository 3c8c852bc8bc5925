"""From an event or a whole series to its occurrences in a period, within hard bounds.

A series keeps its wall time: nine o'clock stays nine o'clock in the event's zone, and so does its
end. A wall time that a clock change skips moves forward by the gap, a repeated one means the
first; where a change would leave nothing of an instance, it keeps its length instead.

Why no child process: every step is counted (`recurrence_dates.Budget`), so the time is bounded
here, where an error can name its reason.
Leaves to others: which occurrences block time (the busy store) and storing verdicts.
Source: RFC 5545, 3.8.5; RANGE=THISANDFUTURE: 3.2.13.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.core.event import (
    AllDay,
    Answer,
    CalendarEvent,
    EventException,
    EventStatus,
    OriginalStart,
    Recurrence,
    Timed,
    Transparency,
    When,
)
from booking.core.instants import Instant, from_instant, to_instant
from booking.core.recurrence_dates import Budget, dates_of
from booking.core.recurrence_rule import Rule, TooComplex, canonical_rule, rule_of
from booking.core.zones import zone as zone_named

__all__ = [
    "MOST_INSTANCES",
    "Occurrence",
    "TooComplex",
    "bounds",
    "canonical_rule",
    "occurrences",
    "touches",
]

MOST_INSTANCES = 5_000
_SLACK = timedelta(days=2)
_FURTHEST = timedelta(days=3_660)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One instance of an event.

    Units: `start` and `end` in UTC epoch seconds, half-open; a zero length is possible.
    `original_start` names the instance within its series, for good, whatever was moved.
    `event`: what describes this instance: the series, or the exception's replacement.
    """

    start: Instant
    end: Instant
    all_day: bool
    original_start: OriginalStart
    event: CalendarEvent

    @property
    def transparent(self) -> bool:
        """Tell whether it takes no time."""
        return self.event.transparency is Transparency.TRANSPARENT

    @property
    def status(self) -> EventStatus:
        """The status of this instance."""
        return self.event.status

    @property
    def declined(self) -> bool:
        """Tell whether the calendar's owner declined this instance."""
        return self.event.my_answer is Answer.DECLINED


def occurrences(
    event: CalendarEvent, window: tuple[Instant, Instant], zone: ZoneInfo
) -> tuple[Occurrence, ...]:
    """Return the occurrences that touch `window`, sorted by start.

    Units: `window` in UTC epoch seconds, half-open. `zone` is the calendar's: it says when dates
    begin and where floating times stand.
    An instance that starts inside the window counts even with zero length.
    The start of a series is an instance even where its rule does not match it, unless every rule
    ended before it, as calendars write a series of which all was deleted.
    Errors: TooComplex beyond 5,000 instances, extra dates and exceptions, or the work they cost.
    """
    if event.recurrence is None and not event.exceptions:
        found = [_occurrence(event, event.when, event.when.start, zone)]
    else:
        found = [*_instances(event, window, zone), *_replacements(event, zone)]
    touching = [
        occurrence for occurrence in found if touches(occurrence.start, occurrence.end, window)
    ]
    return tuple(sorted(touching, key=lambda one: (one.start, one.end, str(one.original_start))))


def touches(start: Instant, end: Instant, window: tuple[Instant, Instant]) -> bool:
    """Tell whether an instance between these bounds counts as lying in `window`."""
    first, last = window
    return start < last and (end > first or start >= first)


def bounds(when: When, zone: ZoneInfo) -> tuple[Instant, Instant]:
    """Return start and end of what takes place once, as `occurrences` does for a single event."""
    if isinstance(when, AllDay):
        return _instant(_as_wall(when.start), zone), _instant(_as_wall(when.end), zone)
    own = zone_named(when.zone) if when.zone else zone
    start = _instant(when.start, own)
    end = _instant(when.end, zone_named(when.end_zone) if when.end_zone else own)
    if end <= start:
        end = Instant(start + int(_length(when).total_seconds()))
    return start, max(start, end)


def _replacements(event: CalendarEvent, zone: ZoneInfo) -> Iterator[Occurrence]:
    for exception in event.exceptions:
        if exception.replacement is not None:
            body = exception.replacement
            yield _occurrence(body, body.when, exception.original_start, zone)


def _instances(
    event: CalendarEvent, window: tuple[Instant, Instant], zone: ZoneInfo
) -> Iterator[Occurrence]:
    """Yield the instances that no exception replaced, those moved by THISANDFUTURE included."""
    recurrence = event.recurrence or Recurrence()
    if len(recurrence.extra_dates) + len(event.exceptions) > MOST_INSTANCES:
        raise TooComplex(f"the series names more than {MOST_INSTANCES} single dates")
    seen = {_place(event.when, exc.original_start, zone) for exc in event.exceptions}
    futures = _Futures.of(event, zone)
    for start, end in _starts(event, recurrence, _widened(event, window)):
        place = _place(event.when, start, zone)
        if place in seen:
            continue
        seen.add(place)
        occurrence = futures.occurrence(event, start, end, place)
        if occurrence is not None:
            yield occurrence


def _starts(
    event: CalendarEvent, recurrence: Recurrence, walls: tuple[datetime, datetime]
) -> Iterator[tuple[OriginalStart, OriginalStart | None]]:
    """Yield the starts of all instances between two wall times, and the end where one is given."""
    if recurrence.only_exceptions:
        return
    for extra in recurrence.extra_dates:
        yield extra.start, extra.end
    start, is_timed = _as_wall(event.when.start), isinstance(event.when, Timed)
    rules = _rules(event, recurrence)
    if not rules or any(rule.until is None or rule.until >= start for rule in rules):
        yield event.when.start, None
    budget, number = Budget(), 0
    for rule in rules:
        for wall in dates_of(rule, start, *walls, budget):
            number += 1
            if number > MOST_INSTANCES:
                raise TooComplex(f"the series has more than {MOST_INSTANCES} instances at once")
            yield (wall if is_timed else wall.date()), None


def _rules(event: CalendarEvent, recurrence: Recurrence) -> tuple[Rule, ...]:
    zone_name = event.when.zone if isinstance(event.when, Timed) else None
    return tuple(rule_of(text, zone_name) for text in recurrence.rules)


def _widened(event: CalendarEvent, window: tuple[Instant, Instant]) -> tuple[datetime, datetime]:
    """Return wall times that hold the start of every instance reaching into the window.

    Errors: TooComplex where an instance lasts or was moved further than the calendar's arithmetic
    is meant for.
    """
    reach, ahead = _length(event.when), timedelta()
    for exception in event.exceptions:
        if exception.and_future and exception.replacement is not None:
            when = exception.replacement.when
            shift = _as_wall(when.start) - _as_wall(exception.original_start)
            reach, ahead = max(reach, shift + _length(when)), max(ahead, -shift)
    if event.recurrence and max(reach, ahead) > _FURTHEST:
        raise TooComplex(f"an instance lasts or was moved more than {_FURTHEST.days} days")
    first, last = (from_instant(instant).replace(tzinfo=None) for instant in window)
    return first - min(reach, _FURTHEST) - _SLACK, last + ahead + _SLACK


@dataclass(frozen=True, slots=True)
class _Futures:
    """The exceptions that reach on, in order: which one describes an instance."""

    places: tuple[int, ...]
    exceptions: tuple[EventException, ...]
    zone: ZoneInfo

    @classmethod
    def of(cls, event: CalendarEvent, zone: ZoneInfo) -> _Futures:
        reaching = [exception for exception in event.exceptions if exception.and_future]
        places = tuple(_place(event.when, exc.original_start, zone) for exc in reaching)
        return cls(places, tuple(reaching), zone)

    def occurrence(
        self, event: CalendarEvent, start: OriginalStart, end: OriginalStart | None, place: int
    ) -> Occurrence | None:
        """Return the instance at `start`, or None if it was cancelled with those before it."""
        index = bisect_left(self.places, place)
        if index == 0:
            when = _lasting_to(_carried(event.when, event.when.start, start), end)
            return _occurrence(event, when, start, self.zone)
        exception = self.exceptions[index - 1]
        if exception.replacement is None:
            return None
        when = _carried(exception.replacement.when, exception.original_start, start)
        return _occurrence(exception.replacement, when, start, self.zone)


def _carried(when: When, origin: OriginalStart, start: OriginalStart) -> When:
    """Return `when`, which belongs to the instance at `origin`, for the instance at `start`."""
    if isinstance(when, Timed):
        return when.moved_to(when.start + (_as_wall(start) - _as_wall(origin)))
    return when.moved_to(when.start + (_as_date(start) - _as_date(origin)))


def _lasting_to(when: When, end: OriginalStart | None) -> When:
    if isinstance(when, Timed) and isinstance(end, datetime):
        return Timed(start=when.start, end=end, zone=when.zone)
    return when


def _occurrence(
    event: CalendarEvent, when: When, original_start: OriginalStart, zone: ZoneInfo
) -> Occurrence:
    start, end = bounds(when, zone)
    return Occurrence(
        start=start,
        end=end,
        all_day=isinstance(when, AllDay),
        original_start=original_start,
        event=event,
    )


def _place(when: When, start: OriginalStart, zone: ZoneInfo) -> int:
    """Return a number by which instances of one series are compared, and equal ones are equal."""
    if isinstance(when, AllDay):
        return _as_date(start).toordinal()
    return _instant(_as_wall(start), zone_named(when.zone) if when.zone else zone)


def _instant(wall: datetime, zone: ZoneInfo) -> Instant:
    return to_instant(wall.replace(tzinfo=zone))


def _length(when: When) -> timedelta:
    return _as_wall(when.end) - _as_wall(when.start)


def _as_wall(start: OriginalStart) -> datetime:
    return start if isinstance(start, datetime) else datetime.combine(start, time())


def _as_date(start: OriginalStart) -> date:
    return start.date() if isinstance(start, datetime) else start
