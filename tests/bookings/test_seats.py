"""Seated slots: several guests share one claim, and each has numbered seats."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking.bookings.models import Booking, Seat, Sitting
from booking.bookings.values import BookingView
from booking.core.clock import FrozenClock
from booking.core.errors import SlotUnavailable
from booking.db import reading
from tests.bookings.desk import Desk, at, hosts_of, occupied, open_desk

ALL_DAY = ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]


def _class(desk: Desk, seats: int = 3, **columns: Any) -> int:
    """Make an event type with seats."""
    event_type = desk.offer(slug="class")
    desk.set(event_type, seats=seats, **columns)
    return event_type


def _seats(booking: BookingView) -> list[int]:
    """Return the numbers of a booking's seats."""
    with reading() as session:
        query = (
            select(Seat.number)
            .join(Booking, Booking.id == Seat.booking_id)
            .where(Booking.uid == booking.uid)
            .order_by(Seat.number)
        )
        return list(session.scalars(query))


def _sittings() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Sitting)) or 0


def _left(desk: Desk, event_type: int) -> dict[str, int | None]:
    """Return the seats that are shown as left, by start."""
    slots = desk.services.slots.find(desk.query(event_type)).slots
    return dict(zip(desk.starts(event_type), (slot.seats_left for slot in slots), strict=True))


def test_a_slot_stays_open_until_its_last_seat_is_taken(either_desk: Desk) -> None:
    lesson = _class(either_desk, seats=2)

    first = either_desk.book(lesson, "10:00")
    assert "10:00" in either_desk.starts(lesson)
    second = either_desk.book(lesson, "10:00")

    assert "10:00" not in either_desk.starts(lesson)
    assert (_seats(first), _seats(second)) == ([1], [2])
    assert occupied() == [(either_desk.host_id, "10:00", "11:00")]
    with pytest.raises(SlotUnavailable) as refusal:
        either_desk.book(lesson, "10:00")
    assert refusal.value.alternatives


def test_a_seated_slot_blocks_every_other_event_type_of_its_host(either_desk: Desk) -> None:
    lesson, talk = _class(either_desk), either_desk.offer()

    either_desk.book(lesson, "10:00")

    assert "10:00" not in either_desk.starts(talk)
    with pytest.raises(SlotUnavailable):
        either_desk.book(talk, "10:00")


def test_only_the_same_slot_is_shared_and_not_one_that_overlaps_it(either_desk: Desk) -> None:
    lesson = _class(either_desk, slot_interval_minutes=30)
    either_desk.book(lesson, "10:00")

    starts = either_desk.starts(lesson)

    assert "10:00" in starts
    assert not {"09:30", "10:30"} & set(starts)


def test_buffers_of_other_bookings_close_a_seated_slot(either_desk: Desk) -> None:
    lesson = _class(either_desk)
    either_desk.book(lesson, "10:00")
    either_desk.book(either_desk.offer(slug="own"), "11:00")

    assert "10:00" in either_desk.starts(lesson)
    either_desk.set(lesson, buffer_after_minutes=15)

    assert "10:00" not in either_desk.starts(lesson)


def test_guests_of_one_slot_need_no_gap_between_each_other(either_desk: Desk) -> None:
    lesson = _class(either_desk, buffer_before_minutes=15, buffer_after_minutes=15)

    either_desk.book(lesson, "10:00")
    either_desk.book(lesson, "10:00")

    assert occupied() == [(either_desk.host_id, "09:45", "11:15")]


def test_seats_are_shown_only_where_the_host_wishes(either_desk: Desk) -> None:
    lesson = _class(either_desk, seats=3)
    either_desk.book(lesson, "10:00")
    assert set(_left(either_desk, lesson).values()) == {None}

    either_desk.set(lesson, show_seats_left=True)

    left = _left(either_desk, lesson)
    assert left["10:00"] == 2
    assert {left[start] for start in ALL_DAY if start != "10:00"} == {3}


def test_a_hold_takes_a_seat_and_its_guest_sits_down_in_it(either_desk: Desk) -> None:
    lesson = _class(either_desk, seats=2, show_seats_left=True)
    either_desk.book(lesson, "10:00")

    hold = either_desk.services.holds.place(lesson, at("10:00"))
    assert "10:00" not in either_desk.starts(lesson)
    with pytest.raises(SlotUnavailable):
        either_desk.book(lesson, "10:00")
    assert "10:00" in either_desk.starts(lesson, hold_id=hold.hold_id)
    booking = either_desk.book(lesson, "10:00", hold_id=hold.hold_id)

    assert _seats(booking) == [2]
    assert _sittings() == 1


def test_a_hold_alone_opens_a_sitting_that_ends_with_it(either_desk: Desk) -> None:
    lesson, talk = _class(either_desk), either_desk.offer()

    hold = either_desk.services.holds.place(lesson, at("10:00"))
    assert "10:00" not in either_desk.starts(talk)
    either_desk.services.holds.release(hold.hold_id)

    assert (occupied(), _sittings()) == ([], 0)
    assert either_desk.starts(talk) == ALL_DAY


def test_a_hold_that_ran_out_leaves_its_seat_to_the_next_guest(either_desk: Desk) -> None:
    lesson = _class(either_desk, seats=1)
    either_desk.services.holds.place(lesson, at("10:00"))
    either_desk.clock.advance(minutes=5)

    assert "10:00" in either_desk.starts(lesson)
    assert _seats(either_desk.book(lesson, "10:00")) == [1]


def test_each_additional_guest_takes_a_seat(either_desk: Desk) -> None:
    lesson = _class(either_desk, seats=4, show_seats_left=True)

    booking = either_desk.book(
        lesson, "10:00", additional_guests=("a@example.test", "b@example.test")
    )

    assert _seats(booking) == [1, 2, 3]
    assert _left(either_desk, lesson)["10:00"] == 1


def test_guests_who_come_together_get_seats_together_or_none(either_desk: Desk) -> None:
    lesson = _class(either_desk, seats=2)
    either_desk.book(lesson, "10:00")

    with pytest.raises(SlotUnavailable) as refusal:
        either_desk.book(lesson, "10:00", additional_guests=("a@example.test",))

    assert refusal.value.alternatives
    either_desk.book(lesson, "10:00")


def test_only_times_with_seats_for_all_are_suggested(either_desk: Desk) -> None:
    lesson = _class(either_desk, seats=2)
    for start in ("10:00", "11:00"):
        either_desk.book(lesson, start)

    with pytest.raises(SlotUnavailable) as refusal:
        either_desk.book(lesson, "10:00", additional_guests=("a@example.test",))

    suggested = [start for start, _ in refusal.value.alternatives]
    assert at("09:00") in suggested
    assert at("11:00") not in suggested


def test_a_seat_that_was_given_up_is_given_again(either_desk: Desk) -> None:
    lesson = _class(either_desk, seats=3)
    first, second = either_desk.book(lesson, "10:00"), either_desk.book(lesson, "10:00")

    either_desk.cancel(first)
    third = either_desk.book(lesson, "10:00")

    assert (_seats(second), _seats(third)) == ([2], [1])


def test_the_sitting_ends_with_its_last_guest(either_desk: Desk) -> None:
    lesson, talk = _class(either_desk), either_desk.offer()
    first, second = either_desk.book(lesson, "10:00"), either_desk.book(lesson, "10:00")

    either_desk.cancel(first)
    assert len(occupied()) == 1
    assert "10:00" not in either_desk.starts(talk)
    either_desk.cancel(second)

    assert (occupied(), _sittings()) == ([], 0)
    assert either_desk.starts(talk) == ALL_DAY


def test_a_guest_moves_out_of_a_sitting_and_into_another(either_desk: Desk) -> None:
    lesson = _class(either_desk, seats=2)
    one, two = either_desk.book(lesson, "10:00"), either_desk.book(lesson, "10:00")
    other = either_desk.book(lesson, "14:00")

    either_desk.move(two, "14:00")

    assert (_seats(one), _seats(other), _seats(two)) == ([1], [1], [2])
    assert "10:00" in either_desk.starts(lesson)
    assert "14:00" not in either_desk.starts(lesson)
    either_desk.move(one, "11:00")
    assert [start for _, start, _ in occupied()] == ["11:00", "14:00"]


def test_a_guest_who_moves_leaves_room_for_overlapping_slots_only_when_last(
    either_desk: Desk,
) -> None:
    lesson = _class(either_desk, seats=2, slot_interval_minutes=30)
    one, two = either_desk.book(lesson, "10:00"), either_desk.book(lesson, "10:00")

    with pytest.raises(SlotUnavailable):
        either_desk.move(one, "10:30")
    either_desk.cancel(two)
    either_desk.move(one, "10:30")

    assert occupied() == [(either_desk.host_id, "10:30", "11:30")]


def test_a_request_that_blocks_has_its_seat_at_once(either_desk: Desk) -> None:
    lesson = _class(either_desk, seats=2, requires_confirmation=True)
    one, two = either_desk.book(lesson, "10:00"), either_desk.book(lesson, "10:00")
    assert "10:00" not in either_desk.starts(lesson)

    either_desk.confirm(one)
    either_desk.decline(two)

    assert _seats(one) == [1]
    assert "10:00" in either_desk.starts(lesson)


def test_of_requests_that_do_not_block_as_many_are_accepted_as_there_are_seats(
    either_desk: Desk,
) -> None:
    lesson = _class(either_desk, seats=2, requires_confirmation=True, pending_blocks=False)
    requests = [either_desk.book(lesson, "10:00") for _ in range(3)]
    assert occupied() == []

    for request in requests[:2]:
        either_desk.confirm(request)
    with pytest.raises(SlotUnavailable):
        either_desk.confirm(requests[2])

    assert [_seats(request) for request in requests] == [[1], [2], []]
    assert len(occupied()) == 1


def test_with_fewer_seats_nobody_loses_theirs_and_nobody_new_is_let_in(
    either_desk: Desk,
) -> None:
    lesson = _class(either_desk, seats=4, show_seats_left=True)
    guests = [either_desk.book(lesson, "10:00") for _ in range(4)]
    either_desk.cancel(guests[0])
    either_desk.cancel(guests[1])

    either_desk.set(lesson, seats=2)
    # Two guests are left, in the seats with the numbers 3 and 4.
    with pytest.raises(SlotUnavailable):
        either_desk.book(lesson, "10:00")

    either_desk.cancel(guests[2])
    late = either_desk.book(lesson, "10:00")
    assert (_seats(guests[3]), _seats(late)) == ([4], [1])
    assert "10:00" not in either_desk.starts(lesson)


def test_no_request_is_accepted_beyond_the_seats_there_are_by_then(either_desk: Desk) -> None:
    lesson = _class(either_desk, seats=4, requires_confirmation=True, pending_blocks=False)
    requests = [either_desk.book(lesson, "10:00") for _ in range(5)]
    for request in requests[:4]:
        either_desk.confirm(request)
    for request in requests[:2]:
        either_desk.cancel(request)
    either_desk.set(lesson, seats=2)

    with pytest.raises(SlotUnavailable):
        either_desk.confirm(requests[4])


def test_a_booking_made_before_there_were_seats_has_its_hour_alone(either_desk: Desk) -> None:
    talk = either_desk.offer()
    either_desk.book(talk, "10:00")

    either_desk.set(talk, seats=5)

    assert either_desk.starts(talk) == [start for start in ALL_DAY if start != "10:00"]


def test_without_seats_again_guests_keep_theirs_and_nobody_joins(either_desk: Desk) -> None:
    lesson = _class(either_desk)
    guests = [either_desk.book(lesson, "10:00") for _ in range(2)]

    either_desk.set(lesson, seats=None)

    assert "10:00" not in either_desk.starts(lesson)
    either_desk.cancel(guests[0])
    assert len(occupied()) == 1
    either_desk.move(guests[1], "14:00")
    assert occupied() == [(either_desk.host_id, "14:00", "15:00")]


def test_a_deleted_event_type_leaves_its_guests_seated_and_nobody_elses_time_taken(
    either_desk: Desk,
) -> None:
    lesson, talk = _class(either_desk), either_desk.offer()
    booking = either_desk.book(lesson, "10:00")
    either_desk.services.holds.place(lesson, at("14:00"))

    either_desk.services.event_types.delete(either_desk.host_id, lesson)

    assert either_desk.starts(talk) == [start for start in ALL_DAY if start != "10:00"]
    either_desk.book(talk, "14:00")
    either_desk.cancel(booking)
    assert either_desk.starts(talk) == [start for start in ALL_DAY if start != "14:00"]


def test_guests_of_a_team_fill_one_sitting_before_another_opens(either_desk: Desk) -> None:
    hosts = either_desk.colleagues(3)
    lesson = either_desk.shared("round_robin", hosts, seats=3)

    guests = [either_desk.book(lesson, "10:00") for _ in range(9)]

    companies = [hosts_of(guest)[0] for guest in guests]
    assert companies == [company for company in dict.fromkeys(companies) for _ in range(3)]
    assert [_seats(guest) for guest in guests] == [[1], [2], [3]] * 3
    assert sorted(host for host, _, _ in occupied()) == sorted(host.host_id for host in hosts)
    assert "10:00" not in either_desk.starts(lesson)


def test_a_company_too_large_for_the_fullest_sitting_opens_one_of_its_own(
    either_desk: Desk,
) -> None:
    hosts = either_desk.colleagues(2)
    lesson = either_desk.shared("round_robin", hosts, seats=3)
    first = either_desk.book(lesson, "10:00", additional_guests=("a@example.test",))

    second = either_desk.book(lesson, "10:00", additional_guests=("b@example.test",))
    third = either_desk.book(lesson, "10:00")

    assert hosts_of(first) != hosts_of(second)
    assert (_seats(first), _seats(second)) == ([1, 2], [1, 2])
    assert _seats(third) == [3]


def test_guests_of_a_collective_sit_with_all_of_its_hosts(either_desk: Desk) -> None:
    hosts = either_desk.colleagues(2)
    lesson = either_desk.shared("collective", hosts, seats=2)
    room = either_desk.put_resource(lesson)

    guests = [either_desk.book(lesson, "10:00") for _ in range(2)]

    assert len(occupied()) == 3
    assert {subject for subject, _, _ in occupied()} == {*hosts_of(guests[0]), room}
    for guest in guests:
        either_desk.cancel(guest)
    assert occupied() == []


def test_a_sitting_goes_on_without_a_room_that_is_no_longer_needed(either_desk: Desk) -> None:
    lesson = _class(either_desk, seats=2)
    room = either_desk.put_resource(lesson)
    first = either_desk.book(lesson, "10:00")
    either_desk.free_resource(lesson, room)

    assert "10:00" in either_desk.starts(lesson)
    second = either_desk.book(lesson, "10:00")

    assert (_seats(first), _seats(second)) == ([1], [2])


def _with_a_hold(desk: Desk, lesson: int) -> Callable[[], object]:
    hold = desk.services.holds.place(lesson, at("10:00"))
    return lambda: desk.services.holds.release(hold.hold_id)


def _with_a_guest(desk: Desk, lesson: int) -> Callable[[], object]:
    booking = desk.book(lesson, "10:00")
    return lambda: desk.cancel(booking)


@pytest.mark.parametrize("somebody", [_with_a_hold, _with_a_guest])
def test_whoever_sits_down_keeps_the_seat_while_the_last_other_leaves(
    either_app: Flask, clock: FrozenClock, somebody: Callable[[Desk, int], Callable[[], object]]
) -> None:
    desk = open_desk(either_app, clock)
    lesson = _class(desk, seats=2)
    leave = somebody(desk, lesson)
    begun = Event()

    def in_a_unit_of_its_own() -> None:
        with either_app.app_context():
            begun.set()
            leave()

    leaving = Thread(target=in_a_unit_of_its_own)

    def leave_meanwhile(_session: Session, _view: BookingView) -> None:
        leaving.start()
        begun.wait()
        # Time to come as far as it can before this unit ends.
        leaving.join(timeout=0.5)

    booking = desk.book(lesson, "10:00", store_answer=leave_meanwhile)
    leaving.join()

    assert len(_seats(booking)) == 1
    assert occupied() == [(desk.host_id, "10:00", "11:00")]
