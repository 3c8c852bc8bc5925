"""Rooms and equipment: claimed with the booking, blocked by calendars of their own."""

from __future__ import annotations

import pytest

from booking.core.errors import SlotUnavailable
from tests.bookings.desk import Desk, at, hosts_of, ids, occupied

ALL_DAY = ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]
BUT_TEN = [start for start in ALL_DAY if start != "10:00"]


def test_a_room_is_claimed_with_the_booking_and_freed_with_it(either_desk: Desk) -> None:
    talk = either_desk.offer(buffer_after_minutes=15)
    room = either_desk.put_resource(talk)

    booking = either_desk.book(talk, "10:00")
    assert occupied(room) == [(room, "10:00", "11:15")]
    assert hosts_of(booking) == [either_desk.host_id]
    either_desk.cancel(booking)

    assert occupied() == []


def test_another_event_type_that_needs_the_same_room_is_blocked(either_desk: Desk) -> None:
    one, two = either_desk.colleagues(2)
    talk, theirs = one.offer(), two.offer()
    one.put_resource(talk, theirs)
    assert two.starts(theirs) == ALL_DAY

    booking = one.book(talk, "10:00")

    assert two.starts(theirs) == BUT_TEN
    with pytest.raises(SlotUnavailable) as refusal:
        two.book(theirs, "10:00")
    assert refusal.value.alternatives
    one.cancel(booking)
    assert two.starts(theirs) == ALL_DAY


def test_a_hold_keeps_the_room_as_well(either_desk: Desk) -> None:
    one, two = either_desk.colleagues(2)
    talk, theirs = one.offer(), two.offer()
    one.put_resource(talk, theirs)
    assert two.starts(theirs) == ALL_DAY

    hold = one.services.holds.place(talk, at("10:00"))
    assert two.starts(theirs) == BUT_TEN
    one.services.holds.release(hold.hold_id)

    assert two.starts(theirs) == ALL_DAY


def test_a_moved_booking_takes_the_room_along(either_desk: Desk) -> None:
    one, two = either_desk.colleagues(2)
    talk, theirs = one.offer(), two.offer()
    room = one.put_resource(talk, theirs)
    booking = one.book(talk, "10:00")
    assert two.starts(theirs) == BUT_TEN

    one.move(booking, "14:00")

    assert occupied(room) == [(room, "14:00", "15:00")]
    assert two.starts(theirs) == [start for start in ALL_DAY if start != "14:00"]


def test_a_booking_is_not_moved_to_where_the_room_is_taken(either_desk: Desk) -> None:
    one, two = either_desk.colleagues(2)
    talk, theirs = one.offer(), two.offer()
    one.put_resource(talk, theirs)
    booking = one.book(talk, "10:00")
    two.book(theirs, "14:00")

    with pytest.raises(SlotUnavailable):
        one.move(booking, "14:00")

    assert one.now(booking).start == at("10:00")


def test_the_rooms_own_calendar_blocks_it_and_not_its_host(either_desk: Desk) -> None:
    talk, own = either_desk.offer(), either_desk.offer(slug="own")
    calendar = either_desk.put_calendar(selected=False)
    either_desk.put_resource(talk, calendar=calendar)
    either_desk.put_busy(calendar, at("10:00"), at("11:00"))

    assert either_desk.starts(talk) == BUT_TEN
    assert either_desk.starts(own) == ALL_DAY


def test_a_room_whose_calendar_was_read_too_long_ago_is_not_offered(either_desk: Desk) -> None:
    talk, own = either_desk.offer(), either_desk.offer(slug="own")
    either_desk.put_resource(talk, calendar=either_desk.put_calendar(selected=False))
    either_desk.clock.advance(hours=25)

    assert either_desk.starts(talk, "2026-11-26") == []
    assert either_desk.starts(own, "2026-11-26") == ALL_DAY


def test_all_resources_are_needed_together(either_desk: Desk) -> None:
    one, two = either_desk.colleagues(2)
    talk, theirs = one.offer(), two.offer()
    room, beamer = one.put_resource(talk), one.put_resource(talk, theirs)
    two.book(theirs, "10:00")

    assert one.starts(talk) == BUT_TEN
    one.book(talk, "11:00")
    assert [subject for subject, _, _ in occupied(room, beamer)] == [
        beamer,
        *sorted([room, beamer]),
    ]


def test_one_room_serves_one_host_of_a_round_robin_at_a_time(either_desk: Desk) -> None:
    hosts = either_desk.colleagues(3)
    talk = either_desk.shared("round_robin", hosts)
    either_desk.put_resource(talk)

    booking = either_desk.book(talk, "10:00")

    assert set(hosts_of(booking)) < set(ids(hosts))
    assert either_desk.starts(talk) == BUT_TEN


def test_accepting_a_request_that_did_not_block_takes_the_room(either_desk: Desk) -> None:
    one, two = either_desk.colleagues(2)
    talk, theirs = one.offer(), two.offer()
    one.set(talk, requires_confirmation=True, pending_blocks=False)
    room = one.put_resource(talk, theirs)
    request, other = one.book(talk, "10:00"), one.book(talk, "11:00")
    two.book(theirs, "11:00")

    one.confirm(request)
    with pytest.raises(SlotUnavailable):
        one.confirm(other)

    assert [start for _, start, _ in occupied(room)] == ["10:00", "11:00"]
    assert two.starts(theirs)[1] == "12:00"


def test_what_is_remembered_of_slots_with_the_room_is_void_at_once(either_desk: Desk) -> None:
    one, two = either_desk.colleagues(2)
    talk, theirs = one.offer(), two.offer()
    one.put_resource(talk, theirs)
    find, query = two.services.slots.find, two.query(theirs)
    steps = []

    def look() -> None:
        steps.append(find(query).etag)

    look()
    booking = one.book(talk, "10:00")
    look()
    one.move(booking, "14:00")
    look()
    one.cancel(booking)
    look()

    assert len(set(steps[:3])) == 3
    assert steps[3] == steps[0]


def test_what_others_remember_of_their_slots_stays(either_desk: Desk) -> None:
    one, stranger = either_desk.colleagues(2)
    talk, theirs = one.offer(), stranger.offer()
    one.put_resource(talk)
    booking = one.book(talk, "10:00")
    stranger.book(theirs, "12:00")
    before = stranger.services.slots.find(stranger.query(theirs))

    one.move(booking, "14:00")
    one.cancel(booking)

    assert stranger.services.slots.find(stranger.query(theirs)) is before


def test_a_hold_that_is_used_up_with_another_host_frees_the_one_it_was_on(
    either_desk: Desk,
) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.offer()
    one.share(talk, "round_robin", hosts, {"priority": 3}, {"priority": 1})
    own = two.offer(slug="own")
    barrier = one.book(one.offer(slug="own"), "10:00")
    hold = one.services.holds.place(talk, at("10:00"))
    one.cancel(barrier)
    assert two.starts(own) == BUT_TEN

    booking = one.book(talk, "10:00", hold_id=hold.hold_id)

    assert hosts_of(booking) == [one.host_id]
    assert two.starts(own) == ALL_DAY
