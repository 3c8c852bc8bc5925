"""Holds: a guest's five minutes on a slot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking.core.errors import HoldExpired, SlotUnavailable
from tests.bookings.desk import Desk, at, claims, times


def test_a_held_slot_is_kept_from_others(either_desk: Desk) -> None:
    talk = either_desk.offer()

    hold = either_desk.services.holds.place(talk, at("10:00"))

    assert hold.expires_at == either_desk.clock.now() + timedelta(minutes=5)
    assert "10:00" not in either_desk.starts(talk)
    with pytest.raises(SlotUnavailable) as refusal:
        either_desk.book(talk, "10:00")
    assert times([start for start, _ in refusal.value.alternatives]) == ["09:00", "11:00", "12:00"]


def test_its_holder_books_the_slot_and_the_hold_is_used_up(either_desk: Desk) -> None:
    talk = either_desk.offer()
    hold = either_desk.services.holds.place(talk, at("10:00"))

    assert "10:00" in either_desk.starts(talk, hold_id=hold.hold_id)
    booking = either_desk.book(talk, "10:00", hold_id=hold.hold_id)

    assert claims() == [(booking.start, booking.end, True)]
    with pytest.raises(HoldExpired):
        either_desk.services.holds.renew(hold.hold_id)


def test_a_refused_booking_keeps_its_guests_hold(either_desk: Desk) -> None:
    talk = either_desk.offer()
    hold = either_desk.services.holds.place(talk, at("10:00"))

    with pytest.raises(SlotUnavailable):
        either_desk.book(talk, "10:07", hold_id=hold.hold_id)

    assert either_desk.services.holds.renew(hold.hold_id).start == at("10:00")


def test_a_held_slot_cannot_be_held_twice(either_desk: Desk) -> None:
    talk = either_desk.offer()
    either_desk.services.holds.place(talk, at("10:00"))

    with pytest.raises(SlotUnavailable) as refusal:
        either_desk.services.holds.place(talk, at("10:00"))

    assert refusal.value.alternatives


def test_a_hold_that_ran_out_bars_nobody(either_desk: Desk) -> None:
    talk = either_desk.offer()
    either_desk.services.holds.place(talk, at("10:00"))
    either_desk.clock.advance(minutes=5)

    assert "10:00" in either_desk.starts(talk)
    assert either_desk.book(talk, "10:00").status == "confirmed"


def test_a_hold_that_ran_out_bars_no_confirmation(either_desk: Desk) -> None:
    request = either_desk.book(
        either_desk.offer(requires_confirmation=True, pending_blocks=False), "10:00"
    )
    either_desk.services.holds.place(either_desk.offer(slug="other"), at("10:00"))
    either_desk.clock.advance(minutes=6)

    assert either_desk.confirm(request).status == "confirmed"


def test_its_guest_still_books_a_free_slot_after_the_hold_ran_out(desk: Desk) -> None:
    talk = desk.offer()
    hold = desk.services.holds.place(talk, at("10:00"))
    desk.clock.advance(minutes=6)

    assert desk.book(talk, "10:00", hold_id=hold.hold_id).status == "confirmed"


def test_a_hold_of_one_event_type_lets_its_holder_book_another_of_the_same_host(
    either_desk: Desk,
) -> None:
    talk, other = either_desk.offer(slug="a"), either_desk.offer(slug="b")
    hold = either_desk.services.holds.place(talk, at("10:00"))

    assert "10:00" in either_desk.starts(other, hold_id=hold.hold_id)
    assert either_desk.book(other, "10:00", hold_id=hold.hold_id).status == "confirmed"


def test_a_hold_is_renewed_for_fifteen_minutes_in_all(desk: Desk) -> None:
    begun = desk.clock.now()
    hold = desk.services.holds.place(desk.offer(), at("10:00"))

    ends = []
    for _ in range(4):
        desk.clock.advance(minutes=4)
        try:
            ends.append(desk.services.holds.renew(hold.hold_id).expires_at - begun)
        except HoldExpired:
            break

    assert [end.total_seconds() / 60 for end in ends] == [9, 13, 15]


def test_a_released_hold_frees_its_slot_and_may_be_released_again(desk: Desk) -> None:
    talk = desk.offer()
    hold = desk.services.holds.place(talk, at("10:00"))

    desk.services.holds.release(hold.hold_id)
    desk.services.holds.release(hold.hold_id)

    assert "10:00" in desk.starts(talk)
    assert claims() == []


def test_a_hold_claims_its_buffers_too(desk: Desk) -> None:
    talk = desk.offer(buffer_before_minutes=15, buffer_after_minutes=30)

    desk.services.holds.place(talk, at("10:00"))

    assert claims() == [(at("09:45"), at("11:30"), True)]


def test_the_sweep_removes_what_ran_out_and_nothing_else(either_desk: Desk) -> None:
    talk = either_desk.offer()
    either_desk.services.holds.place(talk, at("10:00"))
    either_desk.clock.advance(minutes=3)
    either_desk.services.holds.place(talk, at("12:00"))
    either_desk.clock.advance(minutes=3)

    assert either_desk.services.holds.sweep() == 1
    assert claims() == [(at("12:00"), at("13:00"), True)]
