"""Who of several free hosts gets a booking, and what is stored of the choice."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

from sqlalchemy import select, update

from booking.bookings.models import Booking
from booking.bookings.values import BookingView
from booking.db import reading, writing
from tests.bookings.desk import Desk, at, choice_of, hosts_of, ids

DAYS = ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]
STARTS = [f"{day} {hour:02}:00" for day in DAYS for hour in range(9, 17)]


def _book_many(desk: Desk, talk: int, count: int, first: int = 0) -> Counter[int]:
    """Book one free hour after the other; return who got how many."""
    got: Counter[int] = Counter()
    for start in STARTS[first : first + count]:
        got[desk.book(talk, start).host.user_id] += 1
        desk.clock.advance(seconds=1)
    return got


def _number_of(booking: BookingView) -> int:
    with reading() as session:
        return session.scalars(select(Booking.id).where(Booking.uid == booking.uid)).one()


def _made(booking: BookingView, days_ago: int) -> None:
    """Let a booking have been made some days ago."""
    moment = booking.created_at - timedelta(days=days_ago)
    with writing() as session:
        session.execute(update(Booking).where(Booking.uid == booking.uid).values(created_at=moment))


def test_of_equal_hosts_one_is_drawn_and_the_lot_can_be_drawn_again(either_desk: Desk) -> None:
    hosts = either_desk.colleagues(3)
    talk = either_desk.shared("round_robin", hosts)

    booking = either_desk.book(talk, "10:00")

    choice = choice_of(booking)
    assert (choice.reason, choice.among) == ("draw", ids(hosts))
    again = random.Random(_number_of(booking)).choice(tuple(choice.among))
    assert again == booking.host.user_id


def test_the_only_host_who_is_free_gets_it_for_that_reason(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.shared("round_robin", hosts)
    one.book(one.offer(), "10:00")

    booking = one.book(talk, "10:00")

    choice = choice_of(booking)
    assert hosts_of(booking) == [two.host_id]
    assert (choice.reason, choice.among, choice.shortfall) == (
        "only_one_free",
        [two.host_id],
        None,
    )


def test_bookings_go_around_evenly(either_desk: Desk) -> None:
    hosts = either_desk.colleagues(3)
    talk = either_desk.shared("round_robin", hosts)

    got = _book_many(either_desk, talk, 12)

    assert got == dict.fromkeys(ids(hosts), 4)


def test_bookings_follow_the_weights_and_say_who_was_behind(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.offer()
    one.share(talk, "round_robin", hosts, {"weight": 300}, {"weight": 100})

    first = choice_of(one.book(talk, STARTS[0]))
    got = _book_many(one, talk, 15, first=1)

    # Of the one booking to come three quarters are due to the first host.
    assert (first.user_id, first.reason, first.shortfall) == (
        one.host_id,
        "weight_shortfall",
        0.75,
    )
    assert got + Counter([first.user_id]) == {one.host_id: 12, two.host_id: 4}


def test_of_hosts_equally_behind_the_one_of_higher_priority_is_taken(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.offer()
    one.share(talk, "round_robin", hosts, {"priority": 1}, {"priority": 3})

    choice = choice_of(one.book(talk, "10:00"))

    assert (choice.user_id, choice.reason, choice.shortfall) == (two.host_id, "priority", 0.5)


def test_among_the_rest_whoever_was_booked_least_recently_is_taken(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.shared("round_robin", hosts)
    for host, start in ((two, "09:00"), (one, "10:00")):
        # Whoever is meant to get it is the only one who is free.
        other = one if host is two else two
        barrier = other.book(other.offer(slug=f"own-{start[:2]}"), start)
        assert hosts_of(one.book(talk, start)) == [host.host_id]
        other.cancel(barrier)
        one.clock.advance(minutes=1)

    choice = choice_of(one.book(talk, "12:00"))

    assert (choice.user_id, choice.reason) == (two.host_id, "least_recently_booked")


def test_whoever_joins_is_not_owed_what_was_given_before(either_desk: Desk) -> None:
    one, two, new = either_desk.colleagues(3)
    talk = one.shared("round_robin", [one, two])
    _book_many(one, talk, 8)
    one.clock.advance(minutes=1)
    one.share(talk, "round_robin", [new])

    got = _book_many(one, talk, 6, first=8)

    assert got == dict.fromkeys(ids([one, two, new]), 2)


def test_whoever_was_away_is_not_owed_what_was_given_meanwhile(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.shared("round_robin", hosts)
    day = {"start_date": DAYS[0], "end_date": DAYS[0], "reason": "Ill"}
    two.services.schedules.add_absence(two.host_id, day)

    assert _book_many(one, talk, 8) == {one.host_id: 8}

    assert _book_many(one, talk, 8, first=8) == {one.host_id: 4, two.host_id: 4}


def test_a_cancelled_booking_and_one_of_last_month_count_for_nobody(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.offer()
    one.share(talk, "round_robin", hosts, {"priority": 3}, {"priority": 1})
    cancelled = one.book(talk, "09:00")
    one.cancel(cancelled)
    old = one.book(talk, "10:00")
    _made(old, 31)

    fresh = choice_of(one.book(talk, "11:00"))

    assert hosts_of(cancelled) == hosts_of(old) == [one.host_id]
    assert (fresh.user_id, fresh.reason) == (one.host_id, "priority")
    assert hosts_of(one.book(talk, "12:00")) == [two.host_id]


def test_only_bookings_of_the_event_type_itself_are_counted(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.offer()
    one.share(talk, "round_robin", hosts, {"priority": 3}, {"priority": 1})
    own = one.offer(slug="own")
    for start in STARTS[10:14]:
        one.book(own, start)

    assert hosts_of(one.book(talk, "09:00")) == [one.host_id]
    assert hosts_of(one.book(talk, "10:00")) == [two.host_id]


def test_a_moved_booking_stays_with_its_host_where_that_one_is_free(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.offer()
    one.share(talk, "round_robin", hosts, {"priority": 1}, {"priority": 3})
    barrier = two.book(two.offer(), "10:00")
    booking = one.book(talk, "10:00")
    two.cancel(barrier)

    moved = one.move(booking, "14:00")

    assert hosts_of(booking) == hosts_of(moved) == [one.host_id]


def test_a_booking_moves_onto_a_part_of_its_own_old_place(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.offer(slot_interval_minutes=30)
    one.share(talk, "collective", hosts)
    booking = one.book(talk, "10:00")

    moved = one.move(booking, "10:30")

    assert moved.start == at("10:30")
    assert hosts_of(moved) == [one.host_id, two.host_id]


def test_where_its_host_is_busy_another_one_takes_over_a_moved_booking(
    either_desk: Desk,
) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.offer()
    one.share(talk, "round_robin", hosts, {"priority": 3}, {"priority": 1})
    own = {host.host_id: host.offer(slug="own") for host in hosts}
    booking = one.book(talk, "10:00")
    assert hosts_of(booking) == [one.host_id]
    one.book(own[one.host_id], "14:00")

    moved = one.move(booking, "14:00")

    assert hosts_of(moved) == [two.host_id]
    assert choice_of(moved).reason == "only_one_free"
    assert "10:00" in one.starts(own[one.host_id])
    assert "14:00" not in two.starts(own[two.host_id])
    assert [view.uid for view in one.services.booking_list.page(two.host_id)[0]] == [moved.uid]
