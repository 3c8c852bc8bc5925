"""Opening hours as instants: overrides, absences, journeys, and nights that change the clocks."""

from __future__ import annotations

import pytest

from booking.availability.hours import WorkingHours
from booking.availability.opening import day_of, open_ranges
from booking.core.zones import zone
from tests.availability.scene import (
    BERLIN,
    MONDAY,
    UTC,
    ask,
    at,
    away,
    daily,
    day_wall,
    found,
    minutes,
    offer,
    override,
    trip,
)


def opened(hours: WorkingHours, start: str, end: str, *more: WorkingHours) -> list[tuple[str, str]]:
    """Return the open ranges that touch the period, in UTC wall time."""
    ranges = open_ranges((hours, *more), at(start), at(end))
    return [(day_wall(since), day_wall(until)) for since, until in ranges]


def length(hours: WorkingHours, day: str, where: str) -> float:
    """Return how many hours are open around a local noon."""
    noon = at(f"{day} 04:00", zone(where))
    return sum(end - start for start, end in open_ranges((hours,), noon, noon)) / 3600


def test_a_wall_time_is_one_of_the_schedules_zone() -> None:
    hours = WorkingHours(zone=BERLIN, weekly=daily())

    assert opened(hours, MONDAY, MONDAY + " 12:00") == [
        ("2026-11-23 08:00", "2026-11-23 16:00"),
    ]


@pytest.mark.parametrize(
    ("day", "where", "expected"),
    [
        ("2026-03-29", "Europe/Berlin", 3),
        ("2026-10-25", "Europe/Berlin", 5),
        ("2026-11-23", "Europe/Berlin", 4),
        ("2026-03-29", "Asia/Kolkata", 4),
        ("2026-10-25", "America/Sao_Paulo", 4),
        ("2026-04-05", "Australia/Lord_Howe", 4.5),
        ("2026-10-04", "Australia/Lord_Howe", 3.5),
        ("2026-04-05", "Pacific/Apia", 4),
    ],
)
def test_one_to_five_is_as_long_as_the_night_makes_it(
    day: str, where: str, expected: float
) -> None:
    hours = WorkingHours(zone=zone(where), weekly=daily("01:00-05:00"))

    assert length(hours, day, where) == expected


@pytest.mark.parametrize(
    ("day", "where", "expected"),
    [
        ("2026-03-29", "Europe/Berlin", 23),
        ("2026-10-25", "Europe/Berlin", 25),
        ("2026-04-05", "Australia/Lord_Howe", 24.5),
        ("2026-10-04", "Australia/Lord_Howe", 23.5),
    ],
)
def test_a_round_the_clock_day_has_the_hours_of_its_night(
    day: str, where: str, expected: float
) -> None:
    hours = WorkingHours(
        zone=zone(where),
        weekly=daily(""),
        overrides=(override(day, "00:00-24:00"),),
    )

    assert length(hours, day, where) == expected


def test_an_interval_that_the_clocks_skip_is_not_there() -> None:
    hours = WorkingHours(zone=BERLIN, weekly=daily("02:00-03:00 12:00-13:00"))

    assert opened(hours, "2026-03-29", "2026-03-29 09:00") == []


def test_an_interval_that_starts_in_the_gap_never_runs_backwards() -> None:
    hours = WorkingHours(zone=BERLIN, weekly=daily("02:30-03:15 12:00-13:00"))

    assert opened(hours, "2026-03-29", "2026-03-29 09:00") == []


def test_an_override_replaces_the_week_on_its_date() -> None:
    hours = WorkingHours(
        zone=UTC, weekly=daily(), overrides=(override(MONDAY, "10:00-11:00 13:00-14:00"),)
    )

    assert opened(hours, MONDAY, "2026-11-24 08:00") == [
        ("2026-11-23 10:00", "2026-11-23 11:00"),
        ("2026-11-23 13:00", "2026-11-23 14:00"),
    ]


def test_an_override_of_no_interval_closes_its_date() -> None:
    hours = WorkingHours(zone=UTC, weekly=daily(), overrides=(override(MONDAY),))

    assert found(offer(hours)) == []


def test_intervals_join_across_midnight() -> None:
    hours = WorkingHours(zone=UTC, weekly=daily("00:00-02:00 22:00-24:00"))

    assert opened(hours, "2026-11-23 12:00", "2026-11-23 23:00") == [
        ("2026-11-23 22:00", "2026-11-24 02:00")
    ]


def test_a_slot_may_span_midnight_where_hours_join() -> None:
    hours = WorkingHours(zone=UTC, weekly=daily("00:00-02:00 22:00-24:00"))

    slots = found(offer(hours, duration=90), ask("2026-11-23 12:00", "2026-11-24 12:00"))

    assert slots == ["22:00", "23:30"]


def test_an_absence_closes_its_first_and_last_date_and_those_between() -> None:
    hours = WorkingHours(zone=UTC, weekly=daily(), out_of_office=(away(MONDAY, "2026-11-25"),))

    assert opened(hours, "2026-11-22 12:00", "2026-11-26 12:00") == [
        ("2026-11-22 09:00", "2026-11-22 17:00"),
        ("2026-11-26 09:00", "2026-11-26 17:00"),
    ]


def test_an_absence_outranks_an_override() -> None:
    hours = WorkingHours(
        zone=UTC,
        weekly=daily(),
        overrides=(override(MONDAY, "10:00-11:00"),),
        out_of_office=(away(MONDAY, MONDAY),),
    )

    assert found(offer(hours)) == []


def test_a_journey_lends_its_zone_to_the_first_date_and_the_last() -> None:
    hours = WorkingHours(
        zone=UTC, weekly=daily(), travel=(trip(MONDAY, "2026-11-24", "America/New_York"),)
    )

    assert opened(hours, "2026-11-22 12:00", "2026-11-25 12:00") == [
        ("2026-11-22 09:00", "2026-11-22 17:00"),
        ("2026-11-23 14:00", "2026-11-23 22:00"),
        ("2026-11-24 14:00", "2026-11-24 22:00"),
        ("2026-11-25 09:00", "2026-11-25 17:00"),
    ]


def test_dates_follow_the_journey_too() -> None:
    hours = WorkingHours(zone=UTC, travel=(trip(MONDAY, MONDAY, "America/New_York"),))

    assert str(day_of(at("2026-11-23 04:59"), hours)) == "2026-11-22"
    assert str(day_of(at("2026-11-23 05:00"), hours)) == "2026-11-23"
    assert str(day_of(at("2026-11-24 00:00"), hours)) == "2026-11-24"


def test_a_restriction_leaves_what_lies_inside_both() -> None:
    hours = WorkingHours(zone=UTC, weekly=daily())
    restriction = WorkingHours(zone=BERLIN, weekly=daily("08:00-12:00"))

    assert opened(hours, MONDAY, MONDAY + " 23:00", restriction) == [
        ("2026-11-23 09:00", "2026-11-23 11:00")
    ]
    assert found(offer(hours, restriction=restriction)) == ["09:00", "10:00"]


def test_hours_that_never_close_end_with_the_week() -> None:
    hours = WorkingHours(zone=BERLIN, weekly=daily("00:00-24:00"))

    assert opened(hours, "2026-11-25", "2026-11-26") == [("2026-11-22 23:00", "2026-11-29 23:00")]
    assert opened(hours, "2026-11-25", "2026-12-01") == [
        ("2026-11-22 23:00", "2026-11-29 23:00"),
        ("2026-11-29 23:00", "2026-12-06 23:00"),
    ]


def test_hours_that_never_close_fall_into_the_same_weeks_from_wherever_one_looks() -> None:
    hours = WorkingHours(zone=BERLIN, weekly=daily("00:00-24:00"))
    whole = opened(hours, "2026-10-01", "2026-11-20")

    for day in ("2026-10-05", "2026-10-11", "2026-10-25", "2026-10-31"):
        assert set(opened(hours, day, f"{day} 01:00")) <= set(whole)


def test_a_long_opening_that_began_this_week_is_not_cut() -> None:
    hours = WorkingHours(zone=UTC, weekly=daily("00:00-24:00"), overrides=(override("2026-11-24"),))

    assert opened(hours, "2026-11-26", "2026-11-26 01:00") == [
        ("2026-11-25 00:00", "2026-12-07 00:00")
    ]


def test_a_long_opening_that_began_with_a_week_ends_with_it() -> None:
    hours = WorkingHours(zone=UTC, weekly=daily("00:00-24:00"), overrides=(override("2026-11-22"),))

    assert opened(hours, "2026-11-26", "2026-11-26 01:00") == [
        ("2026-11-23 00:00", "2026-11-30 00:00")
    ]


def test_several_intervals_of_a_day_stay_apart() -> None:
    hours = WorkingHours(zone=UTC, weekly=daily("09:00-12:00 13:00-15:00"))

    assert minutes("09:00-12:00 12:00-13:00") == ((540, 780),)
    assert found(offer(hours)) == ["09:00", "10:00", "11:00", "13:00", "14:00"]
