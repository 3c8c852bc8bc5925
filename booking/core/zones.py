"""Time zones: names we accept, wall time to instants and back, and the list a person picks from.

Rules come from the tzdata package alone, never from the machine's own copy, so that every
installation answers alike. Country lists come from pytz, which is used for nothing else.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import pytz

from booking.core.errors import InvalidInput
from booking.core.instants import DAY, Instant

zoneinfo.reset_tzpath(to=[])

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_PLACEHOLDERS = frozenset({"Factory", "localtime"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryZones:
    """A country and the zones a person there may mean, the most used first."""

    code: str
    name: str
    zones: tuple[str, ...]


@cache
def zone_names() -> frozenset[str]:
    """Return every accepted name, old aliases such as `Asia/Calcutta` included."""
    return frozenset(zoneinfo.available_timezones()) - _PLACEHOLDERS


def is_zone(name: object) -> bool:
    """Tell whether `name` is a zone that we accept; never raises."""
    return isinstance(name, str) and name in zone_names()


def zone(name: str, *, pointer: str = "/time_zone") -> ZoneInfo:
    """Return the zone called `name` (IANA, case matters).

    Errors: InvalidInput at `pointer` for anything that is not a zone; paths never reach a file.
    """
    if not is_zone(name):
        raise InvalidInput.at(pointer, "Use an IANA time zone, such as Europe/Berlin.")
    return ZoneInfo(name)


def wall_to_instant(day: date, minute: int, zone: ZoneInfo) -> Instant:
    """Return the instant at which clocks in `zone` show `minute` of `day`.

    Units: minutes since local midnight, 0 to 1440, where 1440 is the next day's midnight.
    A wall time that is skipped moves forward by the gap; one that comes twice means the first.
    Source: PEP 495, where `fold=0` names exactly these two.
    """
    return wall_of_day(day.toordinal(), minute, zone)


def wall_of_day(ordinal: int, minute: int, zone: ZoneInfo) -> Instant:
    """Do the same for the day with this proleptic Gregorian ordinal, as loops over days do."""
    offset = _offset_of_day(ordinal, zone)
    if offset is None:
        offset = _wall_offset(ordinal, minute, zone)
    return Instant((ordinal - _EPOCH_DAY) * DAY + minute * 60 - offset)


@lru_cache(maxsize=32_768)
def _offset_of_day(ordinal: int, zone: ZoneInfo) -> int | None:
    """Return the one offset of a local day in seconds, None on a day that changes it."""
    offset = _wall_offset(ordinal, 0, zone)
    return offset if offset == _wall_offset(ordinal, 1440, zone) else None


def _wall_offset(ordinal: int, minute: int, zone: ZoneInfo) -> int:
    wall = datetime.fromordinal(ordinal).replace(tzinfo=zone) + timedelta(minutes=minute)
    offset = wall.utcoffset() or timedelta()
    return offset.days * DAY + offset.seconds


def offset_at(instant: int, zone: ZoneInfo) -> int:
    """Return how many seconds clocks in `zone` are ahead of UTC at `instant`."""
    offset = datetime.fromtimestamp(instant, zone).utcoffset() or timedelta()
    return offset.days * DAY + offset.seconds


def local_date(instant: int, zone: ZoneInfo) -> date:
    """Return the date that calendars in `zone` show at `instant`."""
    return datetime.fromtimestamp(instant, zone).date()


def utc_date(instant: int) -> date:
    """Return the UTC date of `instant`."""
    return datetime.fromtimestamp(instant, UTC).date()


@cache
def countries() -> tuple[CountryZones, ...]:
    """Return the picker's list, by the country's name; every zone in it is accepted."""
    listed = []
    for code, found in pytz.country_timezones.items():
        zones = tuple(name for name in found if is_zone(name))
        if zones:
            name = pytz.country_names[code]
            listed.append(CountryZones(code=code, name=name, zones=zones))
    return tuple(sorted(listed, key=lambda country: country.name))
