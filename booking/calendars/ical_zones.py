"""From a TZID and its VTIMEZONE to an IANA zone.

In this order: the TZID itself, if IANA knows it (then the VTIMEZONE is not looked at, since it is
wrong more often than the name is); a Windows name; a name that ends in an IANA one; an offset such
as "GMT+0200"; Exchange's "(UTC+01:00) Amsterdam, Berlin"; X-LIC-LOCATION; the zone that agrees
best with the VTIMEZONE during three years from the event's start; its fixed offset at that time.
A TZID of which nothing is known means floating: the event still takes its time, in the zone of its
calendar. Nothing is kept between objects, so that no calendar can define a zone for another.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from booking.calendars.ical_lines import BadObject, Block
from booking.core.event import Timed
from booking.core.recurrence import canonical_rule
from booking.core.recurrence_dates import Budget, dates_of
from booking.core.recurrence_rule import rule_of
from booking.core.zones import is_zone, zone, zone_names

FLOATING = None
_UTC_NAMES = frozenset({"utc", "etc/utc", "gmt", "etc/gmt", "z", "zulu", "etc/zulu", "etc/uct"})
_PREFERRED = (
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Australia/Sydney",
)
_REGIONS = (
    "Europe",
    "America",
    "Asia",
    "Australia",
    "Africa",
    "Pacific",
    "Atlantic",
    "Indian",
    "Antarctica",
)
_OFFSET = re.compile(r"\(?(?:UTC|GMT)?([+-])(\d{1,2}):?(\d\d)?\)?", re.IGNORECASE | re.ASCII)
_DISPLAY = re.compile(r"\((?:UTC|GMT)(?:([+-])(\d\d):?(\d\d))?\)\s*(.+)", re.ASCII)
_SHORT_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z?", re.ASCII)
_YEARS_COMPARED = 3
_MOST_OBSERVANCES = 200
_MOST_CHANGES = 1_000


@dataclass(frozen=True, slots=True)
class _Observance:
    """A STANDARD or DAYLIGHT part: from when, and how far ahead of UTC clocks are then."""

    start: datetime
    before: timedelta
    after: timedelta
    rule: str | None
    dates: tuple[datetime, ...]


class Zones:
    """The time zones one object refers to."""

    def __init__(self, timezones: Iterable[Block]) -> None:
        self._blocks = {block.find_text("TZID").strip(): block for block in timezones}
        self._known: dict[str, str | timedelta | None] = {}

    def resolve(self, tzid: str, around: datetime) -> str | timedelta | None:
        """Return the zone a TZID means for an event that starts about `around`.

        The answer is an IANA name, an offset that no zone has (a wall time then becomes UTC), or
        FLOATING.
        """
        if tzid not in self._known:
            self._known[tzid] = self._find(tzid.strip().strip('"').strip(), around)
        return self._known[tzid]

    def _find(self, tzid: str, around: datetime) -> str | timedelta | None:
        named = by_name(tzid)
        if named is not None:
            return named
        block = self._blocks.get(tzid)
        if block is None:
            return FLOATING
        located = by_name(block.find_text("X-LIC-LOCATION").strip())
        return located if located is not None else _by_rules(_observances(block), tzid, around)


def by_name(tzid: str) -> str | timedelta | None:
    """Return what a TZID means by its name alone: a zone, an offset, or None."""
    lowered = tzid.lower().strip("/")
    if lowered in _UTC_NAMES or lowered == "tzone://microsoft/utc":
        return "UTC"
    if lowered in _by_lower_name():
        return _by_lower_name()[lowered]
    if lowered in _windows():
        return _windows()[lowered]
    parts = lowered.split("/")
    for first in range(1, len(parts) - 1):
        if "/".join(parts[first:]) in _by_lower_name():
            return _by_lower_name()["/".join(parts[first:])]
    return _by_offset(tzid) or _by_display_name(tzid)


@cache
def _by_lower_name() -> dict[str, str]:
    return {name.lower(): name for name in zone_names()}


@cache
def _windows() -> dict[str, str]:
    return {name.lower(): olson for name, olson in WINDOWS_TO_OLSON.items() if is_zone(olson)}


def _by_offset(tzid: str) -> str | timedelta | None:
    match = _OFFSET.fullmatch(tzid.replace(" ", ""))
    return _fixed(_offset(*match.group(1, 2, 3))) if match else None


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    size = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return -size if sign == "-" else size


def _fixed(offset: timedelta) -> str | timedelta:
    """Return the zone with this offset for ever; its name counts the other way round."""
    hours, rest = divmod(int(offset.total_seconds()), 3_600)
    name = "UTC" if offset == timedelta() else f"Etc/GMT{-hours:+d}"
    return name if rest == 0 and is_zone(name) else offset


def _by_display_name(tzid: str) -> str | None:
    """Read Exchange's "(UTC-05:00) Eastern Time (US & Canada)": a Windows name or its cities."""
    match = _DISPLAY.fullmatch(tzid)
    if not match:
        return None
    standard = _offset(*match.group(1, 2, 3))
    names = match.group(4)
    if names.lower().startswith("coordinated universal time"):
        return "UTC"
    windows = _windows().get(names.partition(" Time")[0].lower() + " standard time")
    cities = (_by_city().get(city.strip().lower()) for city in re.split("[,;]", names))
    return next((name for name in (windows, *cities) if name and _is_at(name, standard)), None)


@cache
def _by_city() -> dict[str, str]:
    """Return zones by their city; of two with one name the European, then the American counts."""
    zones = sorted(name for name in zone_names() if name.partition("/")[0] in _REGIONS)
    zones.sort(key=lambda name: _REGIONS.index(name.partition("/")[0]), reverse=True)
    return {name.rpartition("/")[2].replace("_", " ").lower(): name for name in zones}


def _is_at(name: str, standard: timedelta) -> bool:
    offsets = (datetime(2026, month, 1, tzinfo=zone(name)).utcoffset() for month in (1, 7))
    return min(offset or timedelta() for offset in offsets) == standard


def _observances(block: Block) -> tuple[_Observance, ...]:
    parts = [part for part in block.children if part.name in {"STANDARD", "DAYLIGHT"}]
    found = [_observance(part) for part in parts[:_MOST_OBSERVANCES]]
    return tuple(observance for observance in found if observance)


def _observance(part: Block) -> _Observance | None:
    try:
        start, after = part.find("DTSTART"), _written_offset(part, "TZOFFSETTO")
        moment = _moment(start.value) if start else None
        if moment is None or after is None:
            return None
        rule = part.find("RRULE")
        dates = [text for each in part.each("RDATE") for text in each.value.split(",")]
    except BadObject:
        return None
    moments = [_moment(text) for text in dates[:_MOST_OBSERVANCES]]
    return _Observance(
        start=moment,
        before=_written_offset(part, "TZOFFSETFROM") or after,
        after=after,
        rule=rule.value if rule else None,
        dates=tuple(moment for moment in moments if moment),
    )


def _written_offset(part: Block, name: str) -> timedelta | None:
    match = _SHORT_OFFSET.match(part.find_text(name).strip())
    return _offset(*match.group(1, 2, 3)) if match else None


def _moment(text: str) -> datetime | None:
    """Return a wall time; Outlook begins its zones in 1601, others in the year 1."""
    match = _COMPACT.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(group) for group in match.groups())
    try:
        at = time(hour, minute, min(second, 59))
        return datetime.combine(date(max(year, 1601), month, day), at)
    except ValueError:
        return None


def _by_rules(
    observances: tuple[_Observance, ...], tzid: str, around: datetime
) -> str | timedelta | None:
    """Return the zone whose offsets agree best with the VTIMEZONE in the years from `around`."""
    if not observances:
        return FLOATING
    changes = _changes(observances, around.year)
    now = _offset_at(changes, around - changes[0][1])
    moments = _samples(changes, around.year)
    wanted = [_offset_at(changes, moment) for moment in moments]
    if len(set(wanted)) == 1 and isinstance(_fixed(now), str):
        return _fixed(now)
    best, faults = None, len(moments)
    for name in _candidates(tzid):
        found = _offsets(name, moments)
        if _offsets(name, [around - now]) == [now]:
            wrong = sum(1 for a, b in zip(found, wanted, strict=True) if a != b)
            best, faults = (name, wrong) if wrong < faults else (best, faults)
    return best or _fixed(now)


def _candidates(tzid: str) -> Iterable[str]:
    """Return the zones to compare, the likeliest first: those the TZID names, then the common."""
    words = [
        word.strip().lower() for word in [*re.split(r"[,;/()]", tzid), *re.findall(r"\w+", tzid)]
    ]
    named = [_by_city()[word] for word in words if word in _by_city()]
    return dict.fromkeys([*named, *_PREFERRED, *_windows().values()])


def _changes(observances: tuple[_Observance, ...], year: int) -> list[tuple[datetime, timedelta]]:
    """Return when (UTC) clocks change, and to what, from a year before to the last compared one."""
    first, last = datetime(year - 1, 1, 1), datetime(year + _YEARS_COMPARED, 1, 1)  # noqa: DTZ001
    budget = Budget(50_000)
    changes: list[tuple[datetime, timedelta]] = []
    for observance in observances:
        onsets = {observance.start, *observance.dates, *_onsets(observance, first, last, budget)}
        changes += [(onset - observance.before, observance.after) for onset in onsets]
    return sorted(changes)[:_MOST_CHANGES]


def _onsets(
    observance: _Observance, first: datetime, last: datetime, budget: Budget
) -> list[datetime]:
    if observance.rule is None:
        return []
    start = Timed(start=observance.start, end=observance.start, zone="UTC")
    try:
        rule = rule_of(canonical_rule(observance.rule, start), "UTC")
        return list(dates_of(rule, observance.start, first, last, budget))
    except ValueError:
        return []


def _offset_at(changes: list[tuple[datetime, timedelta]], moment: datetime) -> timedelta:
    """Return the offset at a moment in UTC; before the first change it is that of the first."""
    return changes[max(0, bisect_right(changes, (moment, timedelta.max)) - 1)][1]


def _samples(changes: list[tuple[datetime, timedelta]], year: int) -> list[datetime]:
    """Return moments (UTC) to compare: every ten days, and three hours round every change."""
    first = datetime(year, 1, 1)  # noqa: DTZ001 - UTC without saying so, like all moments here
    last = datetime(year + _YEARS_COMPARED, 1, 1)  # noqa: DTZ001
    regular = [first + timedelta(days=days) for days in range(0, 365 * _YEARS_COMPARED, 10)]
    near = timedelta(hours=3)
    edges = [change + side for change, _ in changes for side in (-near, near)]
    return regular + [edge for edge in edges if first <= edge < last][:_MOST_OBSERVANCES]


def _offsets(name: str, moments: list[datetime]) -> list[timedelta]:
    there = zone(name)
    return [
        moment.replace(tzinfo=UTC).astimezone(there).utcoffset() or timedelta()
        for moment in moments
    ]
