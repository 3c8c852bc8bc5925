"""How moments, lengths and lists are written on a host's pages. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.core.zones import zone
from booking.web import english

DASH = "\N{EN DASH}"
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def ago(moment: datetime | None, now: datetime) -> str:
    """Return how long `moment` is past: `just now`, `2 min ago`, `3 h ago`, `4 days ago`."""
    if moment is None:
        return "never"
    passed = now - moment
    if passed < _MINUTE:
        return "just now"
    if passed < _HOUR:
        return f"{passed // _MINUTE} min ago"
    if passed < _DAY:
        return f"{passed // _HOUR} h ago"
    return f"{english.counted(passed // _DAY, 'day')} ago"


def until(moment: datetime, now: datetime) -> str:
    """Return how long it is to `moment`: `in a moment`, `in 3 min`, `in 2 h`."""
    left = moment - now
    if left < _MINUTE:
        return "in a moment"
    return f"in {left // _MINUTE} min" if left < _HOUR else f"in {left // _HOUR} h"


def day(moment: date) -> str:
    """Return a date such as `Tue 7 July 2026`."""
    return f"{moment:%a} {moment.day} {moment:%B %Y}"


def short_day(moment: date) -> str:
    """Return a date such as `7 July`."""
    return f"{moment.day} {moment:%B}"


def clock(moment: datetime) -> str:
    """Return a wall time such as `14:00`."""
    return f"{moment:%H:%M}"


def local(instant: int, zone_name: str) -> datetime:
    """Return an instant as an aware datetime on the clocks of a zone."""
    return datetime.fromtimestamp(instant, zone(zone_name))


def span(start: int, end: int, zone_name: str) -> str:
    """Return two instants with a dash between; a later date of the end is named."""
    first, last = local(start, zone_name), local(end, zone_name)
    more = "" if first.date() == last.date() else f" ({short_day(last.date())})"
    return f"{clock(first)}{DASH}{clock(last)}{more}"


def zone_label(zone_name: str, at: datetime) -> str:
    """Return a zone as it stands beside times, such as `Berlin (UTC+2)`."""
    return f"{english.city(zone_name)} ({english.offset(at.astimezone(zone(zone_name)))})"


def length(minutes: int) -> str:
    """Return a length such as `45 min`, `1 h` or `1 h 30 min`; whole days as days."""
    if minutes and minutes % 1440 == 0:
        return english.counted(minutes // 1440, "day")
    whole, rest = divmod(minutes, 60)
    parts = [f"{whole} h"] if whole else []
    return " ".join([*parts, f"{rest} min"] if rest or not parts else parts)


def next_clock_change(zone_info: ZoneInfo, now: datetime, days: int = 200) -> date | None:
    """Return the next local date, at most `days` ahead, on which the clocks change."""
    here = now.astimezone(zone_info)
    start = datetime(here.year, here.month, here.day, tzinfo=zone_info)
    for ahead in range(days):
        today = start + timedelta(days=ahead)
        if today.utcoffset() != (today + _DAY).utcoffset():
            return today.date()
    return None
