"""Booking a slot: what is taken, what is refused, and what is offered instead."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.bookings.values import Guest
from booking.core.clock import FrozenClock
from booking.core.errors import InvalidInput, NotFound, SlotUnavailable
from tests.bookings.desk import Desk, at, bookings, claims, open_desk, times


def test_a_free_slot_is_booked_and_confirmed(either_desk: Desk) -> None:
    talk = either_desk.offer()

    booking = either_desk.book(talk, "10:00")

    assert (booking.status, booking.changed_by, booking.sequence) == ("confirmed", "guest", 0)
    assert (booking.start, booking.end) == (at("10:00"), at("11:00"))
    assert booking.ical_uid.startswith(booking.uid)
    assert either_desk.now(booking) == booking


def test_a_booked_slot_is_no_longer_offered(either_desk: Desk) -> None:
    talk = either_desk.offer()

    either_desk.book(talk, "10:00")

    assert "10:00" not in either_desk.starts(talk)
    assert {"09:00", "11:00"} < set(either_desk.starts(talk))


def test_a_taken_slot_is_refused_with_the_three_nearest_free_ones(either_desk: Desk) -> None:
    talk = either_desk.offer()
    either_desk.book(talk, "10:00")

    with pytest.raises(SlotUnavailable) as refusal:
        either_desk.book(talk, "10:00")

    assert times([start for start, _ in refusal.value.alternatives]) == ["09:00", "11:00", "12:00"]


def test_every_alternative_can_be_booked(desk: Desk) -> None:
    talk = desk.offer()
    desk.book(talk, "10:00")

    with pytest.raises(SlotUnavailable) as refusal:
        desk.book(talk, "10:00")

    for start, _ in refusal.value.alternatives:
        assert desk.book(talk, start).start == start


def test_a_refused_booking_leaves_nothing_behind(either_desk: Desk) -> None:
    talk = either_desk.offer()
    either_desk.book(talk, "10:00")

    with pytest.raises(SlotUnavailable):
        either_desk.book(talk, "10:00")

    assert len(bookings()) == len(claims()) == 1


@pytest.mark.parametrize("start", ["09:07", "08:00", "16:30", "2026-11-28 10:00"])
def test_a_start_that_is_not_offered_is_refused(desk: Desk, start: str) -> None:
    talk = desk.offer()

    with pytest.raises(SlotUnavailable):
        desk.book(talk, start)


def test_the_minimum_notice_holds_when_booking(desk: Desk) -> None:
    talk = desk.offer(minimum_notice_minutes=180)

    with pytest.raises(SlotUnavailable):
        desk.book(talk, "2026-11-23 09:00")

    assert desk.book(talk, "2026-11-23 10:00").status == "confirmed"


def test_a_slot_of_the_past_is_refused(desk: Desk) -> None:
    talk = desk.offer()

    with pytest.raises(SlotUnavailable):
        desk.book(talk, "2026-11-20 10:00")


def test_the_booking_window_holds_when_booking(desk: Desk) -> None:
    talk = desk.offer(window={"type": "rolling_days", "days": 1})

    with pytest.raises(SlotUnavailable):
        desk.book(talk, "2026-11-25 10:00")

    assert desk.book(talk, "2026-11-24 10:00").status == "confirmed"


def test_a_full_day_takes_no_more_bookings(desk: Desk) -> None:
    talk = desk.offer(limits={"bookings": {"day": 2}})
    desk.book(talk, "10:00")
    desk.book(talk, "14:00")

    with pytest.raises(SlotUnavailable):
        desk.book(talk, "12:00")

    assert desk.book(talk, "2026-11-25 12:00").status == "confirmed"


def test_a_limit_counts_requests_but_not_what_was_cancelled(desk: Desk) -> None:
    talk = desk.offer(limits={"bookings": {"day": 1}}, requires_confirmation=True)
    request = desk.book(talk, "10:00")

    assert desk.starts(talk) == []
    desk.cancel(request)
    assert "10:00" in desk.starts(talk)


def test_between_two_bookings_lie_the_old_ones_after_and_the_new_ones_before(
    either_desk: Desk,
) -> None:
    first = either_desk.offer(slug="a", slot_interval_minutes=5, buffer_after_minutes=15)
    second = either_desk.offer(slug="b", slot_interval_minutes=5, buffer_before_minutes=10)
    either_desk.book(first, "10:00")

    with pytest.raises(SlotUnavailable):
        either_desk.book(second, "11:20")

    assert either_desk.book(second, "11:25").status == "confirmed"


def test_the_hosts_own_floor_lies_in_every_gap(desk: Desk) -> None:
    desk.services.accounts.change_profile(desk.host_id, {"buffer_minutes": 30})
    talk = desk.offer(slot_interval_minutes=15, buffer_after_minutes=15)
    desk.book(talk, "11:00")

    with pytest.raises(SlotUnavailable):
        desk.book(talk, "12:15")
    with pytest.raises(SlotUnavailable):
        desk.book(talk, "09:45")

    assert desk.book(talk, "12:30").status == "confirmed"
    assert desk.book(talk, "09:30").status == "confirmed"


def test_a_booking_blocks_every_event_type_of_its_host(desk: Desk) -> None:
    talk, other = desk.offer(slug="a"), desk.offer(slug="b", duration_minutes=30)

    desk.book(talk, "10:00")

    assert "10:00" not in desk.starts(other)
    assert "10:30" not in desk.starts(other)
    assert "11:00" in desk.starts(other)


def test_another_host_is_not_touched(app: Flask, clock: FrozenClock, desk: Desk) -> None:
    other = open_desk(app, clock, "edsger")
    talk, theirs = desk.offer(), other.offer()

    desk.book(talk, "10:00")

    assert "10:00" in other.starts(theirs)


def test_what_a_calendar_holds_is_refused(desk: Desk) -> None:
    calendar, talk = desk.put_calendar(), desk.offer(slot_alignment="clock")
    desk.put_busy(calendar, at("10:15"), at("10:30"))

    with pytest.raises(SlotUnavailable):
        desk.book(talk, "10:00")

    assert desk.book(talk, "11:00").status == "confirmed"


def test_a_duration_that_is_not_offered_is_a_fault_in_the_request(desk: Desk) -> None:
    talk = desk.offer(durations_minutes=[30, 60])

    with pytest.raises(InvalidInput):
        desk.book(talk, "10:00", duration_minutes=45)

    assert desk.book(talk, "10:00", duration_minutes=30).end == at("10:30")


def test_an_unknown_event_type_cannot_be_booked(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.book(4711, "10:00")


def test_a_missing_answer_is_named_and_nothing_is_booked(desk: Desk) -> None:
    question = {"key": "topic", "label": "Topic", "type": "text", "required": True}
    talk = desk.offer(questions=[question])

    with pytest.raises(InvalidInput) as refusal:
        desk.book(talk, "10:00")

    assert [fault.pointer for fault in refusal.value.fields] == ["/answers/topic"]
    assert bookings() == []


def test_what_the_guest_said_is_kept(desk: Desk) -> None:
    question = {"key": "topic", "label": "Topic", "type": "text", "required": True}
    talk = desk.offer(questions=[question], location={"type": "phone"})
    guest = Guest(name="Guest", email="guest@example.test", phone="+49 30 1234567", locale="de")

    booking = desk.book(
        talk, "10:00", guest=guest, answers={"topic": "Compilers"}, additional_guests=("a@b.test",)
    )

    assert booking.guest == guest
    assert booking.answers == {"topic": "Compilers"}
    assert booking.additional_guests == ("a@b.test",)
    assert booking.title == "Talk: Guest"
