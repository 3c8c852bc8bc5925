"""Plain factories for the engine's tests: times are written as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from booking.availability.calculator import find_slots
from booking.availability.facts import (
    Answer,
    Ask,
    Busy,
    CalendarBlock,
    HostFacts,
    OwnBlock,
    Situation,
    Source,
)
from booking.availability.hours import OutOfOffice, Override, Travel, Week, WorkingHours
from booking.availability.rules import SlotRules
from booking.core.instants import Instant, from_instant
from booking.core.spans import Spans, join
from booking.core.zones import zone

UTC = zone("UTC")
BERLIN = zone("Europe/Berlin")
MONDAY = "2026-11-23"
EVENT_TYPE = 7


def at(text: str, where: ZoneInfo = UTC) -> Instant:
    """Return the instant of "2026-11-23 09:00", or of the midnight of "2026-11-23"."""
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=where).timestamp()))


def minutes(text: str) -> Spans:
    """Return "09:00-12:00 13:00-17:00" in minutes of the day."""
    pairs = [part.split("-") for part in text.split()]
    return join((_minute(start), _minute(end)) for start, end in pairs)


def _minute(wall: str) -> int:
    hour, minute = wall.split(":")
    return int(hour) * 60 + int(minute)


def daily(text: str = "09:00-17:00") -> Week:
    """Return a week whose seven days are open alike."""
    day = minutes(text)
    return day, day, day, day, day, day, day


def override(day: str, text: str = "") -> Override:
    """Return other hours for one date, closed unless some are given."""
    return Override(date=date.fromisoformat(day), intervals=minutes(text))


def away(first: str, last: str) -> OutOfOffice:
    """Return an absence."""
    return OutOfOffice(first=date.fromisoformat(first), last=date.fromisoformat(last))


def trip(first: str, last: str, where: str) -> Travel:
    """Return a journey."""
    return Travel(first=date.fromisoformat(first), last=date.fromisoformat(last), zone=zone(where))


def event(start: str, end: str, where: ZoneInfo = UTC, calendar_id: int = 1) -> CalendarBlock:
    """Return a calendar event on MONDAY, given as "10:00", or on the date it names."""
    return CalendarBlock(_on(start, where), _on(end, where), calendar_id, 100 + calendar_id)


def booking(start: str, end: str, ref: int = 1, **more: Any) -> OwnBlock:
    """Return a booking on MONDAY; buffers in minutes."""
    return _own(start, end, ref, Source.BOOKING, more)


def hold(start: str, end: str, ref: int = 1, **more: Any) -> OwnBlock:
    """Return a guest's hold on MONDAY that ends in the far future."""
    more.setdefault("expires_at", at("2030-01-01"))
    return _own(start, end, ref, Source.HOLD, more)


def _own(start: str, end: str, ref: int, source: Source, more: dict[str, Any]) -> OwnBlock:
    buffers = {name: more.pop(name, 0) * 60 for name in ("before", "after")}
    return OwnBlock(
        start=_on(start, UTC), end=_on(end, UTC), source=source, ref=ref, **buffers, **more
    )


def _on(text: str, where: ZoneInfo) -> Instant:
    return at(text if " " in text else f"{MONDAY} {text}", where)


def offer(
    hours: str | WorkingHours = "09:00-17:00",
    *,
    duration: int = 60,
    busy: Iterable[CalendarBlock] = (),
    own: Iterable[OwnBlock] = (),
    floor: int = 0,
    restriction: WorkingHours | None = None,
    facts: dict[str, Any] | None = None,
    **rules: Any,
) -> Situation:
    """Return an event type in UTC, open alike on every day, that may be booked at once."""
    if isinstance(hours, str):
        hours = WorkingHours(zone=UTC, weekly=daily(hours))
    rules.setdefault("minimum_notice_minutes", 0)
    blocks = Busy(calendar=tuple(sorted(busy)), own=tuple(own))
    return Situation(
        rules=SlotRules(duration_minutes=duration, **rules),
        host=HostFacts(hours=hours, busy=blocks, floor_minutes=floor, **(facts or {})),
        restriction=restriction,
        event_type_id=EVENT_TYPE,
    )


def ask(
    start: str = MONDAY,
    end: str = "2026-11-24",
    *,
    now: str = "2026-11-20",
    where: ZoneInfo = UTC,
    **more: Any,
) -> Ask:
    """Return a question about MONDAY in UTC, unless told otherwise."""
    return Ask(
        now=at(now, where), start=at(start, where), end=at(end, where), guest_zone=where, **more
    )


def starts(answer: Answer, where: ZoneInfo = UTC) -> list[str]:
    """Return the wall times at which slots start."""
    return [wall(slot.start, where) for slot in answer.slots]


def wall(instant: int, where: ZoneInfo = UTC) -> str:
    """Return the wall time at an instant."""
    return from_instant(Instant(instant)).astimezone(where).strftime("%H:%M")


def day_wall(instant: int, where: ZoneInfo = UTC) -> str:
    """Return the date and wall time at an instant."""
    return from_instant(Instant(instant)).astimezone(where).strftime("%Y-%m-%d %H:%M")


def found(situation: Situation, question: Ask | None = None) -> list[str]:
    """Return the wall times of the slots on MONDAY."""
    return starts(find_slots(situation, question or ask()))
