"""Wall time and instants by name: the nights that are short, long, or not there at all."""

from __future__ import annotations

import zoneinfo
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.core.errors import InvalidInput
from booking.core.instants import from_instant
from booking.core.zones import (
    countries,
    is_zone,
    local_date,
    offset_at,
    utc_date,
    wall_to_instant,
    zone,
    zone_names,
)


def utc_wall(day: str, wall: str, where: str) -> str:
    """Return the UTC time at which clocks in `where` show `wall`."""
    hour, minute = wall.split(":")
    instant = wall_to_instant(date.fromisoformat(day), int(hour) * 60 + int(minute), zone(where))
    return from_instant(instant).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("day", "wall", "where", "expected"),
    [
        ("2026-11-23", "09:00", "Europe/Berlin", "2026-11-23 08:00"),
        ("2026-11-23", "24:00", "Europe/Berlin", "2026-11-23 23:00"),
        ("2026-11-23", "09:00", "Asia/Kolkata", "2026-11-23 03:30"),
        ("2026-11-23", "09:00", "Pacific/Apia", "2026-11-22 20:00"),
        ("2026-07-01", "09:00", "America/Sao_Paulo", "2026-07-01 12:00"),
    ],
)
def test_a_wall_time_names_one_instant(day: str, wall: str, where: str, expected: str) -> None:
    assert utc_wall(day, wall, where) == expected


@pytest.mark.parametrize(
    ("day", "wall", "where", "moved_to"),
    [
        ("2026-03-29", "02:30", "Europe/Berlin", "2026-03-29 01:30"),
        ("2026-03-29", "02:00", "Europe/Berlin", "2026-03-29 01:00"),
        ("2026-03-08", "02:15", "America/New_York", "2026-03-08 07:15"),
        ("2026-10-04", "02:10", "Australia/Lord_Howe", "2026-10-03 15:40"),
        ("2018-11-04", "00:00", "America/Sao_Paulo", "2018-11-04 03:00"),
        ("2011-12-30", "12:00", "Pacific/Apia", "2011-12-30 22:00"),
    ],
)
def test_a_skipped_wall_time_moves_forward_by_the_gap(
    day: str, wall: str, where: str, moved_to: str
) -> None:
    assert utc_wall(day, wall, where) == moved_to


@pytest.mark.parametrize(
    ("day", "wall", "where", "first"),
    [
        ("2026-10-25", "02:30", "Europe/Berlin", "2026-10-25 00:30"),
        ("2026-11-01", "01:30", "America/New_York", "2026-11-01 05:30"),
        ("2026-04-05", "01:45", "Australia/Lord_Howe", "2026-04-04 14:45"),
        ("2018-02-17", "23:30", "America/Sao_Paulo", "2018-02-18 01:30"),
    ],
)
def test_a_repeated_wall_time_means_the_first(day: str, wall: str, where: str, first: str) -> None:
    assert utc_wall(day, wall, where) == first


@pytest.mark.parametrize(
    ("day", "where", "hours"),
    [
        ("2026-03-29", "Europe/Berlin", 23),
        ("2026-10-25", "Europe/Berlin", 25),
        ("2026-10-04", "Australia/Lord_Howe", 23.5),
        ("2026-04-05", "Australia/Lord_Howe", 24.5),
        ("2026-11-23", "Asia/Kolkata", 24),
        ("2011-12-30", "Pacific/Apia", 0),
    ],
)
def test_a_local_day_is_as_long_as_its_clocks_say(day: str, where: str, hours: float) -> None:
    local = date.fromisoformat(day)
    midnight, next_midnight = (wall_to_instant(local, at, zone(where)) for at in (0, 1440))

    assert next_midnight - midnight == hours * 3600


def test_dates_are_those_of_the_zone() -> None:
    late = wall_to_instant(date(2026, 11, 23), 23 * 60, zone("America/New_York"))

    assert local_date(late, zone("America/New_York")) == date(2026, 11, 23)
    assert local_date(late, zone("Europe/Berlin")) == date(2026, 11, 24)
    assert utc_date(late) == date(2026, 11, 24)
    assert offset_at(late, zone("America/New_York")) == -5 * 3600


@given(st.sampled_from(sorted(zone_names())), st.integers(0, 25_000), st.integers(0, 1439))
def test_every_wall_time_of_every_zone_is_shown_again_or_skipped(
    name: str, ahead: int, minute: int
) -> None:
    day = date(1970, 1, 1) + timedelta(days=ahead)
    instant = wall_to_instant(day, minute, zone(name))

    shown = from_instant(instant).astimezone(zone(name))
    is_same = (shown.date(), shown.hour * 60 + shown.minute) == (day, minute)
    is_moved = offset_at(instant, zone(name)) > offset_at(instant - 86_400, zone(name))
    assert is_same or is_moved


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Factory",
        "localtime",
        "Europe",
        "europe/berlin",
        "Mars/Olympus",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe/Berlin\x00",
        "CEST",
        "+01:00",
        "Europe/Berlin ",
        "\ud800",
    ],
)
def test_what_is_not_a_zone_is_refused_with_its_pointer(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        zone(name, pointer="/guest/time_zone")

    assert [fault.pointer for fault in refused.value.fields] == ["/guest/time_zone"]
    assert not is_zone(name)


@pytest.mark.parametrize("value", [None, 5, ["UTC"], {"a": 1}])
def test_what_is_no_text_is_no_zone(value: object) -> None:
    assert not is_zone(value)


@pytest.mark.parametrize("alias", ["Asia/Calcutta", "US/Eastern", "UTC", "Etc/GMT+5", "GB"])
def test_old_names_are_accepted(alias: str) -> None:
    assert zone(alias).key == alias


def test_rules_come_from_the_package_and_not_from_the_machine() -> None:
    assert zoneinfo.TZPATH == ()


def test_the_picker_lists_zones_by_country() -> None:
    by_code = {country.code: country for country in countries()}

    assert by_code["DE"].name == "Germany"
    assert by_code["DE"].zones[0] == "Europe/Berlin"
    assert len(by_code) > 200
    assert all(is_zone(name) for country in countries() for name in country.zones)
    assert [c.name for c in countries()] == sorted(c.name for c in countries())
