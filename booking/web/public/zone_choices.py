"""The zone picker's list: countries with their cities, the time there now and its offset."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from booking.core import zones
from booking.web import english
from booking.web.public import wording


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneChoice:
    """A city: `now` is its wall time, `letters` its zone's abbreviation."""

    name: str
    city: str
    now: str
    offset: str
    letters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country and its cities."""

    name: str
    zones: tuple[ZoneChoice, ...]


def zone_choices(now: int, hours: str) -> tuple[Country, ...]:
    """Return the list as it stands in the minute of `now`."""
    return _at_minute(now - now % 60, hours)


@lru_cache(maxsize=4)
def _at_minute(minute: int, hours: str) -> tuple[Country, ...]:
    everywhere = Country(name="Everywhere", zones=(_choice("UTC", minute, hours),))
    return (
        everywhere,
        *(
            Country(
                name=country.name,
                zones=tuple(_choice(name, minute, hours) for name in country.zones),
            )
            for country in zones.countries()
        ),
    )


def _choice(name: str, now: int, hours: str) -> ZoneChoice:
    moment = wording.local(now, zones.zone(name))
    return ZoneChoice(
        name=name,
        city=english.city(name),
        now=wording.time_of_day(moment, hours),
        offset=english.offset(moment),
        letters=wording.abbreviation(moment),
    )
