"""Every change of the clocks in a year, in zones all round the world, by name."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from booking.availability.calculator import find_slots
from booking.availability.facts import Ask
from booking.availability.hours import WorkingHours
from booking.core.zones import wall_to_instant, zone
from tests.availability.oracle import oracle
from tests.availability.scene import daily, offer

ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "America/Asuncion", "America/Chicago", "America/Halifax",
    "America/Havana", "America/Los_Angeles", "America/New_York", "America/Nuuk",
    "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll",
    "Asia/Beirut", "Asia/Jerusalem", "Asia/Kolkata", "Atlantic/Azores", "Australia/Adelaide",
    "Australia/Lord_Howe", "Australia/Sydney", "Europe/Berlin", "Europe/Chisinau",
    "Europe/Dublin", "Europe/London", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham",
    "Pacific/Easter",
)  # fmt: skip
HOURS = ("00:00-24:00", "01:00-05:00", "00:30-02:30 03:00-06:00", "22:00-24:00")


@pytest.fixture(autouse=True, params=["UTC", "America/New_York", "Asia/Kolkata"])
def machine_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run on machines whose own clocks show other zones: that must change nothing."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def changes(name: str, year: int = 2026) -> list[date]:
    """Return the local dates of a year that are not 24 hours long."""
    where, day, found = zone(name), date(year, 1, 1), []
    while day.year == year:
        if wall_to_instant(day, 1440, where) - wall_to_instant(day, 0, where) != 86_400:
            found.append(day)
        day += timedelta(days=1)
    return found


NIGHTS = [(name, day) for name in ZONES for day in changes(name)]


def question(name: str, day: date) -> Ask:
    """Return a question from the evening before to the noon after a local date."""
    where = zone(name)
    start = wall_to_instant(day - timedelta(days=1), 18 * 60, where)
    end = wall_to_instant(day + timedelta(days=1), 12 * 60, where)
    return Ask(now=start, start=start, end=end, guest_zone=where)


def test_the_zones_change_their_clocks_often_enough_to_matter() -> None:
    assert len({name for name, _ in NIGHTS}) >= 20
    assert ("Europe/Berlin", date(2026, 3, 29)) in NIGHTS
    assert ("Europe/Berlin", date(2026, 10, 25)) in NIGHTS


@pytest.mark.parametrize(("name", "day"), NIGHTS, ids=str)
def test_slots_of_the_night_are_those_of_the_brute_force(name: str, day: date) -> None:
    for hours in HOURS:
        situation = offer(WorkingHours(zone=zone(name), weekly=daily(hours)), duration=30)

        slots = find_slots(situation, question(name, day)).slots

        expected = [start for start, _, _ in oracle(situation, question(name, day))]
        assert [slot.start for slot in slots] == expected


@pytest.mark.parametrize(("name", "day"), NIGHTS, ids=str)
def test_a_round_the_clock_day_has_a_slot_for_every_quarter_hour(name: str, day: date) -> None:
    where = zone(name)
    situation = offer(WorkingHours(zone=where, weekly=daily("00:00-24:00")), duration=15)
    start, end = (wall_to_instant(day, minute, where) for minute in (0, 1440))

    slots = find_slots(situation, Ask(now=start, start=start, end=end, guest_zone=where)).slots

    assert len(slots) == (end - start) // 900


def test_the_slots_of_an_ordinary_day_do_not_move_with_the_season() -> None:
    where = zone("Europe/Berlin")
    situation = offer(WorkingHours(zone=where, weekly=daily()), duration=60)
    shown = set()
    for month in range(1, 13):
        start, end = (wall_to_instant(date(2026, month, 15), m, where) for m in (0, 1440))
        slots = find_slots(situation, Ask(now=start, start=start, end=end, guest_zone=where)).slots
        shown.add(tuple((slot.start - start) // 3600 for slot in slots))

    assert shown == {(9, 10, 11, 12, 13, 14, 15, 16)}
