"""Building series for tests in one line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.core.event import (
    AllDay,
    CalendarEvent,
    EventException,
    ExtraDate,
    Recurrence,
    Timed,
    When,
)
from booking.core.instants import Instant, to_instant
from booking.core.recurrence import canonical_rule, occurrences
from booking.core.zones import zone

BERLIN = zone("Europe/Berlin")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def timed(start: str, minutes: int = 60, zone: str | None = "Europe/Berlin") -> Timed:
    return Timed(start=wall(start), end=wall(start) + timedelta(minutes=minutes), zone=zone)


def all_day(start: str, days: int = 1) -> AllDay:
    first = date.fromisoformat(start)
    return AllDay(start=first, end=first + timedelta(days=days))


def series(when: When, *rules: str, extra: tuple[ExtraDate, ...] = ()) -> CalendarEvent:
    canonical = tuple(canonical_rule(rule, when) for rule in rules)
    return CalendarEvent(
        uid="series",
        when=when,
        title="Series",
        recurrence=Recurrence(rules=canonical, extra_dates=extra),
    )


def with_exceptions(event: CalendarEvent, *exceptions: EventException) -> CalendarEvent:
    ordered = sorted(exceptions, key=lambda exception: str(exception.original_start))
    return replace(event, exceptions=tuple(ordered))


def cancelled(start: str, *, and_future: bool = False) -> EventException:
    return EventException(original_start=wall(start), replacement=None, and_future=and_future)


def moved(
    event: CalendarEvent, start: str, to: When, *, and_future: bool = False
) -> EventException:
    instance = replace(event, when=to, recurrence=None, exceptions=())
    return EventException(original_start=wall(start), replacement=instance, and_future=and_future)


def window(start: str, end: str, zone: ZoneInfo = BERLIN) -> tuple[Instant, Instant]:
    return (
        to_instant(wall(start).replace(tzinfo=zone)),
        to_instant(wall(end).replace(tzinfo=zone)),
    )


def local(event: CalendarEvent, start: str, end: str, zone: ZoneInfo = BERLIN) -> list[str]:
    """Return what a person in `zone` reads: "2026-03-29 09:00-10:00" for each occurrence."""
    found = occurrences(event, window(start, end, zone), zone)
    return [f"{shown(one.start, zone)}-{shown(one.end, zone)[11:]}" for one in found]


def shown(instant: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(instant, zone):%Y-%m-%d %H:%M}"
