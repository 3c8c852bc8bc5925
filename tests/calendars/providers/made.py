"""Events and iCalendar texts as the tests of providers need them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from booking.core.clock import FrozenClock
from booking.core.event import CalendarEvent, Timed

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CLOCK = FrozenClock(NOW)
NINE = datetime(2026, 11, 23, 9, 0)  # noqa: DTZ001  (a wall time)


def event(uid: str, title: str = "Meeting", *, hour: int = 9, zone: str = "UTC") -> CalendarEvent:
    """An hour on Monday."""
    start = NINE.replace(hour=hour)
    when = Timed(start=start, end=start + timedelta(hours=1), zone=zone)
    return CalendarEvent(uid=uid, when=when, title=title)


def ics(uid: str, title: str = "Meeting", *lines: str) -> str:
    """The same as another program would write it, with further lines in the VEVENT."""
    return "\r\n".join(
        (
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//another//program//EN",
            *vevent(uid, title, *lines),
            "END:VCALENDAR",
            "",
        )
    )


def vevent(uid: str, title: str, *lines: str) -> tuple[str, ...]:
    return (
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20261121T080000Z",
        "DTSTART:20261123T090000Z",
        "DTEND:20261123T100000Z",
        f"SUMMARY:{title}",
        *lines,
        "END:VEVENT",
    )
