"""Where slots start: the examples of docs/availability.md, and the corners between them."""

from __future__ import annotations

import pytest

from booking.availability.grid import mark_of
from booking.availability.hours import WorkingHours
from booking.core.errors import InvalidInput
from booking.core.zones import zone
from tests.availability.scene import (
    MONDAY,
    UTC,
    ask,
    booking,
    daily,
    event,
    found,
    offer,
    override,
)


@pytest.mark.parametrize(
    ("step", "mark"),
    [
        (60, 60), (120, 60), (30, 30), (90, 30), (20, 20), (40, 20), (15, 15), (45, 15),
        (10, 10), (50, 10), (5, 5), (25, 5), (7, 1), (1, 1), (240, 60),
    ],
)  # fmt: skip
def test_the_mark_is_the_roundest_that_divides_the_step(step: int, mark: int) -> None:
    assert mark_of(step) == mark


def test_hourly_slots_fit_eight_times_on_the_half_hour() -> None:
    slots = found(offer("09:30-17:30"))

    assert slots == ["09:30", "10:30", "11:30", "12:30", "13:30", "14:30", "15:30", "16:30"]


def test_the_clock_offers_full_hours_only() -> None:
    slots = found(offer("09:30-17:30", slot_alignment="clock"))

    assert slots == ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]


def test_a_quarter_past_ten_is_the_roundest_start_that_loses_no_slot() -> None:
    assert found(offer("10:10-12:30")) == ["10:15", "11:15"]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("09:50-17:00", ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]),
        ("10:05-12:10", ["10:05", "11:05"]),
        ("10:07-12:07", ["10:07", "11:07"]),
        ("10:06-12:10", ["10:10", "11:10"]),
        ("10:00-10:59", []),
        ("10:59-12:00", ["11:00"]),
    ],
)
def test_a_range_starts_as_round_as_it_can(hours: str, expected: list[str]) -> None:
    assert found(offer(hours)) == expected


def test_the_grid_restarts_after_a_block() -> None:
    slots = found(offer(busy=[event("10:10", "10:50"), event("12:00", "12:20")]))

    assert slots == ["09:00", "11:00", "13:00", "14:00", "15:00", "16:00"]


def test_the_clock_keeps_its_mark_after_a_block() -> None:
    slots = found(offer("09:00-14:00", busy=[event("10:10", "10:50")], slot_alignment="clock"))

    assert slots == ["09:00", "11:00", "12:00", "13:00"]


def test_a_slot_lies_wholly_inside_one_free_range() -> None:
    slots = found(offer("09:00-11:00", busy=[event("09:30", "10:15")]))

    assert slots == []


def test_the_interval_sets_the_step_and_the_mark() -> None:
    slots = found(offer("09:10-11:00", slot_interval_minutes=15))

    assert slots == ["09:15", "09:30", "09:45", "10:00"]


def test_an_offset_shifts_the_first_start_of_a_range_once() -> None:
    slots = found(offer("09:00-13:00", start_offset_minutes=10, slot_interval_minutes=60))

    assert slots == ["09:10", "10:10", "11:10"]


def test_an_offset_shifts_each_range() -> None:
    slots = found(offer("09:00-13:00", busy=[event("10:00", "11:00")], start_offset_minutes=5,
                        duration=30))  # fmt: skip

    assert slots == ["09:05", "11:05", "11:35", "12:05"]


def test_each_duration_brings_its_own_step() -> None:
    situation = offer("09:00-11:00", duration=30, durations_minutes=(60, 45))

    assert found(situation) == ["09:00", "09:30", "10:00", "10:30"]
    assert found(situation, ask(duration_minutes=60)) == ["09:00", "10:00"]
    assert found(situation, ask(duration_minutes=45)) == ["09:00", "09:45"]


def test_a_duration_that_is_not_offered_is_refused() -> None:
    with pytest.raises(InvalidInput):
        found(offer(duration=30), ask(duration_minutes=20))


def test_the_mark_is_counted_in_the_schedules_zone() -> None:
    hours = WorkingHours(zone=zone("Asia/Kolkata"), weekly=daily("09:20-12:00"))

    slots = found(offer(hours, slot_alignment="clock"))

    assert slots == ["04:30", "05:30"]


def test_the_mark_follows_a_change_of_half_an_hour() -> None:
    hours = WorkingHours(zone=zone("Australia/Lord_Howe"), weekly=daily("09:00-11:00"))
    where = zone("Australia/Lord_Howe")

    for day, after in (("2026-04-04", "2026-04-07"), ("2026-10-03", "2026-10-06")):
        slots = found(offer(hours, slot_alignment="clock"), ask(day, after, where=where, now=day))
        assert len(slots) == 6
        assert all(slot.endswith(("00", "30")) for slot in slots)


def test_seconds_are_dropped_upwards() -> None:
    row = event("09:00", "09:29")._replace(end=event("09:00", "09:29").end + 1)

    assert found(offer("09:00-10:30", duration=30, busy=[row])) == ["09:30", "10:00"]
    assert found(offer("09:00-10:01", duration=30, busy=[row])) == ["09:30"]


def test_a_slot_may_start_the_instant_a_block_ends_and_end_when_one_starts() -> None:
    slots = found(offer("09:00-13:00", busy=[event("09:00", "10:00"), event("11:00", "12:00")]))

    assert slots == ["10:00", "12:00"]


def test_a_block_of_no_length_conflicts_inside_a_slot() -> None:
    assert found(offer("09:00-12:00", busy=[event("10:30", "10:30")])) == ["09:00", "11:00"]
    assert found(offer("09:00-12:00", busy=[event("10:00", "10:00")])) == [
        "09:00",
        "10:00",
        "11:00",
    ]


def test_the_period_bounds_the_start_of_slots() -> None:
    slots = found(offer(), ask(f"{MONDAY} 10:00", f"{MONDAY} 12:00"))

    assert slots == ["10:00", "11:00"]


def test_a_period_that_starts_inside_a_range_keeps_the_ranges_grid() -> None:
    slots = found(offer("09:10-17:10", duration=45), ask(f"{MONDAY} 10:01", f"{MONDAY} 12:00"))

    assert slots == ["10:45", "11:30"]


def test_an_empty_period_has_no_slots() -> None:
    assert found(offer(), ask(f"{MONDAY} 10:00", f"{MONDAY} 10:00")) == []


def test_the_first_slot_of_each_of_the_guests_dates() -> None:
    situation = offer("00:00-24:00", first_slot_only=True)
    tokyo = zone("Asia/Tokyo")

    assert found(situation, ask(MONDAY, "2026-11-25")) == ["00:00", "00:00"]
    assert found(situation, ask(f"{MONDAY} 00:00", "2026-11-25", where=tokyo)) == ["15:00", "15:00"]


def test_the_first_slot_of_a_date_does_not_hang_on_where_the_period_starts() -> None:
    situation = offer(first_slot_only=True, own=[booking("09:00", "09:30")], duration=30)

    assert found(situation, ask()) == ["09:30"]
    assert found(situation, ask(f"{MONDAY} 12:00", "2026-11-24")) == []


def test_several_intervals_of_an_override_restart_the_grid_each() -> None:
    hours = WorkingHours(
        zone=UTC, weekly=daily(), overrides=(override(MONDAY, "09:30-11:30 13:00-14:15"),)
    )

    assert found(offer(hours)) == ["09:30", "10:30", "13:00"]
