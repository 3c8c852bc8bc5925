"""How dates, times and zones are written for a guest. Pure.

English words; 12 or 24 hours as the guest wants. Every time that could mean two instants says
which: offsets stand beside zones, abbreviations beside the hour that comes twice.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.web import english

MINUTES_AN_HOUR = 60
_TO = " \N{EN DASH} "


def day_in_full(day: date) -> str:
    """Return a date such as `Tuesday 7 July 2026`."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def day_in_short(day: date) -> str:
    """Return a date such as `Tue 7 July`."""
    return f"{day:%a} {day.day} {day:%B}"


def day_in_brief(day: date) -> str:
    """Return a date such as `Tue 7 Jul`."""
    return f"{day:%a} {day.day} {day:%b}"


def day_and_month(day: date) -> str:
    """Return a date such as `7 July`."""
    return f"{day.day} {day:%B}"


def month_in_full(day: date) -> str:
    """Return a month such as `July 2026`."""
    return f"{day:%B} {day.year}"


def time_of_day(moment: datetime, hours: str) -> str:
    """Return the wall time, `14:00` or, where `hours` is "12", `2:00 PM`."""
    if hours == "12":
        return f"{moment.hour % 12 or 12}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"
    return f"{moment:%H:%M}"


def abbreviation(moment: datetime) -> str:
    """Return the zone's letters at `moment`, such as `EDT`; the offset where it has none."""
    name = moment.tzname() or ""
    return name if name.isalpha() else english.offset(moment)


def zone_with_offset(zone: ZoneInfo, at: int) -> str:
    """Return a zone as it is named beside times, such as `Berlin (UTC+2)`."""
    moment = local(at, zone)
    return f"{english.city(zone.key)} ({english.offset(moment)})"


def length(minutes: int) -> str:
    """Return a length such as `45 min`, `1 hour` or `1 h 30 min`."""
    whole, rest = divmod(minutes, MINUTES_AN_HOUR)
    if not whole:
        return f"{rest} min"
    if not rest:
        return "1 hour" if whole == 1 else f"{whole} hours"
    return f"{whole} h {rest} min"


def spoken_length(minutes: int) -> str:
    """Return a length in whole words, such as `30 minutes`."""
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def seats_left(number: int) -> str:
    """Return how many seats are left, such as `3 seats left`."""
    return f"{english.counted(number, 'seat')} left"


def local(instant: int, zone: ZoneInfo) -> datetime:
    """Return the instant as an aware datetime in `zone`."""
    return datetime.fromtimestamp(instant, zone)


def span_of(start: int, end: int, zone: ZoneInfo, hours: str) -> str:
    """Return both ends of a span, with letters where one of these times comes twice."""
    first, last = local(start, zone), local(end, zone)
    if is_repeated(first) or is_repeated(last):
        return f"{with_letters(first, hours)}{_TO}{with_letters(last, hours)}"
    return f"{time_of_day(first, hours)}{_TO}{time_of_day(last, hours)}"


def with_letters(moment: datetime, hours: str) -> str:
    """Return a wall time with its zone's letters, such as `01:30 EDT`."""
    return f"{time_of_day(moment, hours)} {abbreviation(moment)}"


def is_repeated(moment: datetime) -> bool:
    """Tell whether clocks show this wall time twice that night (PEP 495)."""
    first = moment.replace(fold=0).utcoffset() or timedelta()
    second = moment.replace(fold=1).utcoffset() or timedelta()
    return first > second
