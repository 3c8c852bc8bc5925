"""The events in the demo's calendars, placed around the day of its first run."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from booking.core.event import AllDay, CalendarEvent, Recurrence, Timed, Transparency

ZONE = "Europe/Berlin"
_WEEKDAYS = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"


def demo_events(today: date) -> dict[str, tuple[CalendarEvent, ...]]:
    """Return the events of each calendar by its name; UIDs are their names on the server."""
    monday = today - timedelta(days=today.weekday())
    return {"work": _work(monday), "personal": _personal(monday)}


def _work(monday: date) -> tuple[CalendarEvent, ...]:
    return (
        _timed("standup", "Stand-up", monday, "09:30", "09:45", _WEEKDAYS),
        _timed("review", "Design review", monday, "14:00", "15:30", "FREQ=WEEKLY;BYDAY=MO"),
        _timed("planning", "Planning", _day(monday, 1), "10:00", "12:00", "FREQ=WEEKLY;INTERVAL=2"),
        _timed("one-to-one", "One-to-one", _day(monday, 2), "11:00", "11:45", "FREQ=WEEKLY"),
        _timed("client", "Client visit", _day(monday, 8), "13:00", "16:00"),
        _all_day("offsite", "Team offsite", _day(monday, 16), 2),
    )


def _personal(monday: date) -> tuple[CalendarEvent, ...]:
    return (
        _timed("swimming", "Swimming", _day(monday, 3), "12:00", "13:15", "FREQ=WEEKLY"),
        _timed("dentist", "Dentist", _day(monday, 11), "15:30", "16:30"),
        _all_day("birthday", "Birthday", _day(monday, 9), 1, Transparency.TRANSPARENT),
        _all_day("holiday", "Day off", _day(monday, 25), 1),
    )


def _day(monday: date, offset: int) -> date:
    return monday + timedelta(days=offset)


def _timed(
    name: str, title: str, day: date, start: str, end: str, rule: str | None = None
) -> CalendarEvent:
    return CalendarEvent(
        uid=f"demo-{name}",
        title=title,
        when=Timed(
            start=datetime.combine(day, time.fromisoformat(start)),
            end=datetime.combine(day, time.fromisoformat(end)),
            zone=ZONE,
        ),
        recurrence=Recurrence(rules=(rule,)) if rule else None,
    )


def _all_day(
    name: str,
    title: str,
    first: date,
    days: int,
    transparency: Transparency = Transparency.OPAQUE,
) -> CalendarEvent:
    return CalendarEvent(
        uid=f"demo-{name}",
        title=title,
        when=AllDay(start=first, end=first + timedelta(days=days)),
        transparency=transparency,
    )
