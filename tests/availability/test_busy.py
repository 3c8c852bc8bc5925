"""What blocks, and how far around itself: calendar rows, bookings, holds, seats."""

from __future__ import annotations

from dataclasses import replace

import pytest

from booking.availability.calculator import find_slots, needed
from booking.availability.facts import Busy, CalendarBlock
from tests.availability.scene import (
    EVENT_TYPE,
    MONDAY,
    ask,
    at,
    booking,
    event,
    found,
    hold,
    offer,
    wall,
)

HOURLY = ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]


def without(*gone: str) -> list[str]:
    return [start for start in HOURLY if start not in gone]


def test_an_event_takes_its_slots_away() -> None:
    assert found(offer(busy=[event("11:00", "13:00")])) == without("11:00", "12:00")


def test_events_of_several_calendars_count_together() -> None:
    rows = [event("09:00", "10:00", calendar_id=1), event("09:30", "11:00", calendar_id=2)]

    assert found(offer(busy=rows)) == without("09:00", "10:00")


def test_an_event_that_began_long_ago_still_blocks() -> None:
    assert found(offer(busy=[event("2026-11-01 00:00", f"{MONDAY} 15:00")])) == ["15:00", "16:00"]


def test_rows_out_of_order_are_refused_rather_than_misread() -> None:
    situation = offer()
    rows = (event("09:00", "12:00"), event("08:00", "10:00"))
    shuffled = replace(situation, host=replace(situation.host, busy=Busy(calendar=rows)))

    with pytest.raises(ValueError, match="sorted"):
        find_slots(shuffled, ask())


def test_a_buffer_after_hides_the_adjoining_slot() -> None:
    situation = offer(
        "09:00-12:00", duration=30, busy=[event("10:00", "11:00")], buffer_after_minutes=15
    )

    assert found(situation) == ["09:00", "11:00", "11:30"]


def test_a_buffer_before_stands_between_an_event_and_the_slot() -> None:
    situation = offer(
        "09:00-12:15", duration=30, busy=[event("10:00", "11:00")], buffer_before_minutes=15
    )

    assert found(situation) == ["09:00", "09:30", "11:15", "11:45"]


def test_an_existing_bookings_buffer_adds_to_the_new_ones() -> None:
    situation = offer(
        duration=30,
        slot_interval_minutes=5,
        own=[booking("11:00", "12:00", before=5, after=10)],
        buffer_before_minutes=20,
        buffer_after_minutes=15,
    )

    slots = found(situation)

    assert [slot for slot in slots if slot < "11:00"][-1] == "10:10"
    assert next(slot for slot in slots if slot > "11:00") == "12:30"


def test_the_users_buffer_is_the_floor_of_every_gap() -> None:
    situation = offer(
        duration=30,
        slot_interval_minutes=5,
        floor=30,
        busy=[event("10:00", "11:00")],
        own=[booking("13:00", "14:00", after=5)],
        buffer_before_minutes=10,
    )

    slots = found(situation)

    assert "09:00" in slots
    assert "09:05" not in slots
    assert next(slot for slot in slots if slot > "10:00") == "11:30"
    assert next(slot for slot in slots if slot > "13:00") == "14:30"


def test_a_gap_wider_than_the_floor_stays_as_it_is() -> None:
    situation = offer(
        "09:00-12:00",
        duration=30,
        slot_interval_minutes=5,
        floor=10,
        own=[booking("09:00", "10:00", after=15)],
        buffer_before_minutes=20,
    )

    assert found(situation)[0] == "10:35"


def test_buffers_reach_outside_opening_hours() -> None:
    assert found(offer(buffer_before_minutes=60, buffer_after_minutes=60)) == HOURLY
    assert found(offer(busy=[event("08:00", "08:30")], buffer_before_minutes=60)) == [
        "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00",
    ]  # fmt: skip


def test_a_booking_just_outside_the_period_still_counts() -> None:
    situation = offer(own=[booking("08:00", "09:00", after=60)])

    assert found(situation, ask(f"{MONDAY} 09:00", f"{MONDAY} 10:01")) == ["10:00"]


def test_what_is_needed_reaches_as_far_as_any_buffer() -> None:
    situation = offer(buffer_before_minutes=30, buffer_after_minutes=15, floor=20)

    span = needed(situation, ask(f"{MONDAY} 11:00", f"{MONDAY} 12:00"))

    assert [wall(edge) for edge in span.calendar] == ["08:30", "18:20"]
    assert span.own[0] == span.calendar[0] - 86_400
    assert span.own[1] == span.calendar[1] + 86_400
    assert span.counted is None


def test_the_booking_that_is_being_moved_does_not_block() -> None:
    situation = offer(own=[booking("10:00", "11:00", ref=5), booking("12:00", "13:00", ref=6)])

    assert found(situation) == without("10:00", "12:00")
    assert found(situation, ask(moving=5)) == without("12:00")


def test_a_hold_blocks_everybody_but_its_owner() -> None:
    situation = offer(own=[hold("10:00", "11:00", ref=5)])

    assert found(situation) == without("10:00")
    assert found(situation, ask(own_hold=5)) == HOURLY


def test_a_bookings_key_is_not_a_holds() -> None:
    situation = offer(own=[hold("10:00", "11:00", ref=5), booking("11:00", "12:00", ref=5)])

    assert found(situation, ask(moving=5)) == without("10:00")
    assert found(situation, ask(own_hold=5)) == without("11:00")


def test_a_hold_blocks_until_the_instant_it_expires() -> None:
    situation = offer(own=[hold("10:00", "11:00", expires_at=at("2026-11-20 12:00"))])

    assert found(situation, ask(now="2026-11-20 11:59")) == without("10:00")
    assert found(situation, ask(now="2026-11-20 12:00")) == HOURLY


def test_a_block_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="end before"):
        booking("11:00", "10:00")


def seated(*own: object, seats: int = 3, **more: object) -> list[tuple[str, int | None]]:
    """Return the slots of 09:00 to 12:00 with their places left."""
    situation = offer("09:00-12:00", own=own, seats=seats, **more)  # type: ignore[arg-type]
    return [(wall(slot.start), slot.seats_left) for slot in find_slots(situation, ask()).slots]


def test_a_seated_slot_stays_open_while_places_are_left() -> None:
    sitting = booking("10:00", "11:00", event_type_id=EVENT_TYPE, seats=2)

    assert seated(sitting) == [("09:00", 3), ("10:00", 1), ("11:00", 3)]


def test_a_full_seated_slot_is_gone() -> None:
    sitting = [booking("10:00", "11:00", ref=n, event_type_id=EVENT_TYPE) for n in range(3)]

    assert seated(*sitting) == [("09:00", 3), ("11:00", 3)]


def test_holds_take_seats_too() -> None:
    held = hold("10:00", "11:00", ref=4, event_type_id=EVENT_TYPE)
    sitting = booking("10:00", "11:00", event_type_id=EVENT_TYPE)

    assert seated(held, sitting)[1] == ("10:00", 1)
    assert seated(held, sitting, seats=2) == [("09:00", 2), ("11:00", 2)]


def test_only_buffers_of_a_seated_slot_block_the_places_around_it() -> None:
    sitting = booking("10:00", "11:00", event_type_id=EVENT_TYPE, after=30)

    assert seated(sitting, buffer_before_minutes=15) == [("09:00", 3), ("10:00", 2)]


def test_another_event_types_booking_leaves_no_places() -> None:
    sitting = booking("10:00", "11:00", event_type_id=EVENT_TYPE + 1)

    assert seated(sitting) == [("09:00", 3), ("11:00", 3)]


def test_a_calendar_event_closes_a_seated_slot() -> None:
    sitting = booking("10:00", "11:00", event_type_id=EVENT_TYPE)

    assert seated(sitting, busy=[event("10:30", "10:45")]) == [("09:00", 3), ("11:00", 3)]


def test_a_seated_slot_of_another_length_blocks() -> None:
    sitting = booking("10:00", "10:30", event_type_id=EVENT_TYPE)

    assert seated(sitting) == [("09:00", 3), ("11:00", 3)]


def test_a_row_is_a_tuple_of_its_four_columns() -> None:
    assert CalendarBlock._make((1, 2, 3, 4)) == CalendarBlock(1, 2, 3, 4)
