"""Moving and cancelling a booking, by its guest and by its host."""

from __future__ import annotations

import pytest

from booking.bookings.values import Actor
from booking.core.errors import Forbidden, IllegalTransition, NotFound, SlotUnavailable
from tests.bookings.desk import Desk, at, claims, times


def test_a_moved_booking_keeps_its_names_and_counts_the_change(either_desk: Desk) -> None:
    booking = either_desk.book(either_desk.offer(), "10:00")

    moved = either_desk.move(booking, "14:00")

    assert (moved.uid, moved.ical_uid) == (booking.uid, booking.ical_uid)
    assert (moved.start, moved.end) == (at("14:00"), at("15:00"))
    assert (moved.sequence, moved.status) == (1, "confirmed")


def test_the_old_place_is_free_and_the_new_one_taken(either_desk: Desk) -> None:
    talk = either_desk.offer()
    booking = either_desk.book(talk, "10:00")

    either_desk.move(booking, "14:00")

    assert "10:00" in either_desk.starts(talk)
    assert "14:00" not in either_desk.starts(talk)
    assert claims() == [(at("14:00"), at("15:00"), True)]


def test_the_old_place_is_kept_when_the_new_one_is_refused(either_desk: Desk) -> None:
    talk = either_desk.offer()
    booking = either_desk.book(talk, "10:00")
    either_desk.book(talk, "14:00")

    with pytest.raises(SlotUnavailable) as refusal:
        either_desk.move(booking, "14:00")

    assert either_desk.now(booking) == booking
    assert claims()[0] == (at("10:00"), at("11:00"), True)
    free = times([start for start, _ in refusal.value.alternatives])
    assert free == ["12:00", "13:00", "15:00"]


def test_a_booking_may_move_over_its_own_old_place(either_desk: Desk) -> None:
    talk = either_desk.offer(slot_interval_minutes=30, buffer_before_minutes=15)
    booking = either_desk.book(talk, "10:00")

    moved = either_desk.move(booking, "10:30")

    assert moved.start == at("10:30")


def test_the_old_place_does_not_count_against_a_limit(desk: Desk) -> None:
    talk = desk.offer(limits={"bookings": {"day": 1}})
    booking = desk.book(talk, "10:00")

    assert desk.move(booking, "14:00").start == at("14:00")
    assert "15:00" in desk.starts(talk, reschedule_uid=booking.uid)
    assert desk.starts(talk) == []


def test_another_event_types_booking_counts_even_for_who_moves_it(desk: Desk) -> None:
    talk, other = desk.offer(slug="a"), desk.offer(slug="b")
    booking = desk.book(talk, "10:00")

    assert "10:00" not in desk.starts(other, reschedule_uid=booking.uid)


def test_a_cancelled_booking_frees_its_time(either_desk: Desk) -> None:
    talk = either_desk.offer()
    booking = either_desk.book(talk, "10:00")

    cancelled = either_desk.cancel(booking)

    assert (cancelled.status, cancelled.reason, cancelled.changed_by) == (
        "cancelled",
        "Ill",
        "guest",
    )
    assert claims() == []
    assert either_desk.book(talk, "10:00").uid != booking.uid


@pytest.mark.parametrize("actor", [Actor.GUEST, Actor.HOST])
def test_what_is_cancelled_can_neither_be_cancelled_nor_moved(desk: Desk, actor: Actor) -> None:
    booking = desk.book(desk.offer(), "10:00")
    desk.cancel(booking)

    with pytest.raises(IllegalTransition):
        desk.cancel(booking, actor)
    with pytest.raises(IllegalTransition):
        desk.move(booking, "14:00", actor)


def test_the_host_decides_whether_guests_may_cancel(desk: Desk) -> None:
    booking = desk.book(desk.offer(guest_can_cancel=False), "10:00")

    with pytest.raises(Forbidden):
        desk.cancel(booking)

    assert desk.cancel(booking, Actor.HOST).status == "cancelled"


def test_the_host_decides_whether_guests_may_move(desk: Desk) -> None:
    booking = desk.book(desk.offer(guest_can_reschedule=False), "10:00")

    with pytest.raises(Forbidden):
        desk.move(booking, "14:00")

    assert desk.move(booking, "14:00", Actor.HOST).start == at("14:00")


def test_a_guest_cannot_change_a_meeting_that_has_begun(desk: Desk) -> None:
    booking = desk.book(desk.offer(), "2026-11-23 09:00")
    desk.clock.advance(hours=2)

    with pytest.raises(IllegalTransition):
        desk.cancel(booking)
    with pytest.raises(IllegalTransition):
        desk.move(booking, "14:00")

    assert desk.cancel(booking, Actor.HOST).status == "cancelled"


def test_a_booking_is_moved_at_the_length_it_was_booked_with(desk: Desk) -> None:
    talk = desk.offer(durations_minutes=[30, 60])
    booking = desk.book(talk, "10:00", duration_minutes=30)

    assert desk.move(booking, "14:00").end == at("14:30")


def test_a_booking_can_be_moved_after_its_host_chose_another_length(desk: Desk) -> None:
    talk = desk.offer()
    booking = desk.book(talk, "10:00")
    desk.services.event_types.change(desk.host_id, talk, {"duration_minutes": 45})

    moved = desk.move(booking, "14:00")

    assert (moved.start, moved.end) == (at("14:00"), at("15:00"))


def test_somebody_elses_booking_is_not_found(desk: Desk) -> None:
    booking = desk.book(desk.offer(), "10:00")
    stranger = desk.host_id + 1

    with pytest.raises(NotFound):
        desk.services.bookings.get(booking.uid, host_id=stranger)
    with pytest.raises(NotFound):
        desk.services.bookings.cancel(booking.uid, Actor.HOST, host_id=stranger)
    with pytest.raises(NotFound):
        desk.services.bookings.reschedule(booking.uid, at("14:00"), Actor.HOST, host_id=stranger)


def test_a_bookings_own_copy_in_a_calendar_blocks_neither_beside_it_nor_after_a_move(
    desk: Desk,
) -> None:
    calendar, talk = desk.put_calendar(), desk.offer(slot_interval_minutes=30)
    booking = desk.book(talk, "10:00")
    desk.put_busy(calendar, booking.start, booking.end, uid=booking.ical_uid, is_own=True)

    assert desk.move(booking, "10:30").start == at("10:30")
    assert "09:30" in desk.starts(talk)
