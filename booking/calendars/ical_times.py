"""Dates and times of an iCalendar object as the wall times of `core.event`.

Leaves to others: which zone a TZID means (`ical_zones`), and properties that hold no time.
Lenient where calendars are: a time under VALUE=DATE is a date, a leap second is the one before,
an end before its start is the two the wrong way round. Source: RFC 5545, 3.3.4 to 3.3.9, 3.6.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from icalendar.prop import vDuration

from booking.calendars.ical_lines import BadObject, Block, Property
from booking.calendars.ical_zones import Zones
from booking.core.event import AllDay, ExtraDate, OriginalStart, Timed, When
from booking.core.zones import zone

_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z?))?", re.ASCII)
_UTC_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)([0-5]\d)Z", re.ASCII)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A date (`is_date`, at midnight) or a wall time; `zone` None means floating."""

    wall: datetime
    is_date: bool
    zone: str | None


def stamp_of(found: Property, zones: Zones) -> Stamp:
    """Return the one date or time of a property. Errors: BadObject."""
    return _stamp(found.value, found, zones)


def stamps_of(found: Property, zones: Zones) -> list[Stamp]:
    """Return every date or time of a list property such as EXDATE. Errors: BadObject."""
    return [_stamp(text, found, zones) for text in found.value.split(",") if text.strip()]


def utc_of(found: Property | None) -> datetime | None:
    """Return an aware UTC moment, None if the property is not there or is no moment."""
    plain = _UTC_STAMP.fullmatch(found.value) if found and not found.parameters else None
    try:
        if plain is not None:
            return datetime(*map(int, plain.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    try:
        stamp = _stamp(found.value, found, Zones(())) if found else None
    except BadObject:
        return None
    return stamp.wall.replace(tzinfo=UTC) if stamp else None


def when_of(block: Block, zones: Zones) -> When:
    """Return when a VEVENT is: DTSTART with DTEND, DURATION or neither. Errors: BadObject."""
    found = block.find("DTSTART")
    if found is None:
        raise BadObject("an event has no start")
    start = stamp_of(found, zones)
    ends, lasts = block.find("DTEND"), block.find("DURATION")
    try:
        if ends is not None:
            when = _between(start, stamp_of(ends, zones))
        elif lasts is not None:
            when = _lasting(start, _duration(lasts.value))
        else:
            when = _between(start, start)
        return _as_all_day(block, when)
    except (ValueError, OverflowError) as error:
        raise BadObject(str(error)) from None


def original_start_of(stamp: Stamp, when: When) -> OriginalStart:
    """Return a RECURRENCE-ID or EXDATE as the master at `when` counts: its kind, its zone."""
    if isinstance(when, AllDay):
        return stamp.wall.date()
    if stamp.is_date:
        return datetime.combine(stamp.wall, when.start.time())
    if stamp.zone is None or when.zone is None or stamp.zone == when.zone:
        return stamp.wall
    there = stamp.wall.replace(tzinfo=zone(stamp.zone)).astimezone(zone(when.zone))
    return there.replace(tzinfo=None, fold=0)


def extra_dates_of(block: Block, when: When, zones: Zones) -> tuple[ExtraDate, ...]:
    """Return the RDATEs of a master, sorted, each start once. Errors: BadObject."""
    found = {
        extra.start: extra
        for each in block.each("RDATE")
        for text in each.value.split(",")
        if text.strip()
        for extra in [_extra_date(text, each, when, zones)]
    }
    return tuple(found[start] for start in sorted(found))


def _extra_date(text: str, found: Property, when: When, zones: Zones) -> ExtraDate:
    first, slash, last = text.partition("/")
    start = original_start_of(_stamp(first, found, zones), when)
    if not slash or not isinstance(start, datetime):
        return ExtraDate(start=start)
    if last.strip().upper().startswith(("P", "+P", "-P")):
        end: OriginalStart = start + _duration(last)
    else:
        end = original_start_of(_stamp(last, found, zones), when)
    return ExtraDate(start=start, end=max(start, end))


def _stamp(text: str, found: Property, zones: Zones) -> Stamp:
    match = _STAMP.fullmatch(text.strip())
    if not match:
        raise BadObject(f"{found.name} is neither a date nor a time")
    try:
        year, month, day, hour, minute, second = (int(each or 0) for each in match.groups()[:6])
        if match.group(4) is None or found.parameter("VALUE").upper() == "DATE":
            return Stamp(wall=datetime(year, month, day), is_date=True, zone=None)  # noqa: DTZ001
        wall = datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001 - a wall's
        return _in_zone(wall, found.parameter("TZID"), match.group(7) == "Z", zones)
    except (ValueError, OverflowError):
        raise BadObject(f"{found.name} is no date that exists") from None


def _in_zone(wall: datetime, tzid: str, is_utc: bool, zones: Zones) -> Stamp:
    resolved = "UTC" if is_utc else zones.resolve(tzid, wall) if tzid else None
    if isinstance(resolved, timedelta):
        return Stamp(wall=wall - resolved, is_date=False, zone="UTC")
    return Stamp(wall=wall, is_date=False, zone=resolved)


def _duration(text: str) -> timedelta:
    try:
        lasts: timedelta = vDuration.from_ical(text.strip())  # type: ignore[no-untyped-call]
    except (ValueError, OverflowError):
        raise BadObject("a duration cannot be read") from None
    return lasts


def _between(start: Stamp, end: Stamp) -> When:
    if start.is_date:
        return _days(start.wall, end.wall)
    if end.is_date or start.zone is None or end.zone is None:
        first, last = sorted((start.wall, end.wall))
        return Timed(start=first, end=last, zone=start.zone)
    if _instant(end) < _instant(start):
        start, end = end, start
    return _timed(start, end)


def _days(first: datetime, last: datetime) -> AllDay:
    """Return whole dates; an end on the same date, as some write it, means one day."""
    first, last = sorted((first, last))
    ends_within = last.time() != time()
    end = last.date() + _ONE_DAY if ends_within else last.date()
    return AllDay(start=first.date(), end=max(end, first.date() + _ONE_DAY))


def _timed(start: Stamp, end: Stamp) -> Timed:
    """Return a start and an end in one zone where that says the same, else in two."""
    if end.zone == "UTC" and start.zone not in {None, "UTC"}:
        moved = _instant(end).astimezone(zone(str(start.zone)))
        if not moved.fold:
            end = Stamp(wall=moved.replace(tzinfo=None), is_date=False, zone=start.zone)
    if end.zone == start.zone:
        return Timed(start=start.wall, end=max(start.wall, end.wall), zone=start.zone)
    return Timed(start=start.wall, end=end.wall, zone=start.zone, end_zone=end.zone)


def _lasting(start: Stamp, lasts: timedelta) -> When:
    """Add a duration: its days are calendar days, the rest is exact time (RFC 5545, 3.3.6)."""
    if start.is_date:
        return _days(start.wall, start.wall + lasts)
    days = timedelta(days=lasts.days)
    if start.zone in {None, "UTC"} or days == lasts:
        first, last = sorted((start.wall, start.wall + lasts))
        return Timed(start=first, end=last, zone=start.zone)
    later = Stamp(wall=start.wall + days, is_date=False, zone=start.zone)
    end = _instant(later) + (lasts - days)
    return _between(start, Stamp(wall=end.replace(tzinfo=None), is_date=False, zone="UTC"))


def _as_all_day(block: Block, when: When) -> When:
    """Read Exchange's own flag: midnight to midnight, meant as whole dates."""
    flagged = block.find_text("X-MICROSOFT-CDO-ALLDAYEVENT").strip().upper() == "TRUE"
    if not flagged or not isinstance(when, Timed) or when.end_zone is not None:
        return when
    if when.start.time() != time() or when.end.time() != time():
        return when
    return _days(when.start, when.end)


def _instant(stamp: Stamp) -> datetime:
    return stamp.wall.replace(tzinfo=zone(stamp.zone or "UTC")).astimezone(UTC)
