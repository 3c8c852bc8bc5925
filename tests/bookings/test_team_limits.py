"""Limits of a team: what one member takes for it, over all of its event types."""

from __future__ import annotations

import pytest

from booking.core.errors import SlotUnavailable
from tests.bookings.desk import Desk, hosts_of, occupied

ALL_DAY = ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]
A_DAY = {"bookings": {"day": 2}}


def test_a_members_bookings_count_over_all_event_types_of_the_team(either_desk: Desk) -> None:
    one, _two = hosts = either_desk.colleagues(2)
    turns, together = one.shared("round_robin", hosts), one.shared("collective", hosts)
    own = one.offer(slug="own")
    one.put_team(hosts, A_DAY, turns, together)
    one.book(together, "09:00")
    last = one.book(together, "10:00")

    assert one.starts(turns) == []
    assert one.starts(together) == []
    assert one.starts(own) == ALL_DAY[2:]
    one.cancel(last)
    assert one.starts(turns) == ALL_DAY[1:]


def test_a_member_who_is_full_leaves_the_others_open(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    turns, alone = one.shared("round_robin", hosts), one.offer(slug="alone")
    one.put_team(hosts, A_DAY, turns, alone)
    one.book(alone, "09:00")
    one.book(alone, "10:00")

    assert one.starts(alone) == []
    assert one.starts(turns) == ALL_DAY
    assert hosts_of(one.book(turns, "14:00")) == [two.host_id]
    assert hosts_of(one.book(turns, "15:00")) == [two.host_id]
    with pytest.raises(SlotUnavailable):
        one.book(turns, "16:00")


def test_a_members_own_bookings_do_not_count(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    turns, own = one.shared("round_robin", hosts), one.offer(slug="own")
    one.put_team(hosts, A_DAY, turns)
    for start in ALL_DAY[:4]:
        one.book(own, start)

    assert hosts_of(one.book(turns, "09:00")) == [two.host_id]
    assert one.starts(turns) == ALL_DAY[1:]


def test_minutes_count_as_well_and_so_do_requests(either_desk: Desk) -> None:
    talk = either_desk.offer(requires_confirmation=True)
    long = either_desk.offer(slug="long", duration_minutes=120)
    either_desk.put_team([either_desk], {"minutes": {"day": 180}}, talk, long)

    request = either_desk.book(talk, "09:00")
    assert len(either_desk.starts(long)) > 0
    either_desk.book(long, "10:00")
    assert either_desk.starts(talk) == []
    either_desk.decline(request)

    assert either_desk.starts(talk)[0] == "09:00"
    assert either_desk.starts(long) == []


def test_a_day_is_counted_in_each_members_own_zone(either_desk: Desk) -> None:
    away = either_desk.colleague("away", "Asia/Tokyo")
    talk = either_desk.offer()
    either_desk.share(talk, "round_robin", [away])
    either_desk.put_team([away], {"bookings": {"day": 1}}, talk)

    # Nine in the morning of Tokyo's Wednesday is midnight in UTC.
    either_desk.book(talk, "2026-11-25 00:00")

    assert either_desk.starts(talk, "2026-11-25") == []
    assert either_desk.starts(talk, "2026-11-24")[0] == "00:00"
    assert either_desk.starts(talk, "2026-11-26")[0] == "00:00"


def test_a_moved_booking_does_not_count_against_itself(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    together = one.shared("collective", hosts)
    one.put_team(hosts, {"bookings": {"day": 1}}, together)
    booking = one.book(together, "10:00")

    assert one.starts(together) == []
    assert one.starts(together, reschedule_uid=booking.uid) == ALL_DAY
    one.move(booking, "15:00")

    assert [start for _, start, _ in occupied()] == ["15:00", "15:00"]
    assert two.host_id in hosts_of(one.now(booking))


def test_the_event_types_limit_and_the_teams_hold_together(either_desk: Desk) -> None:
    hosts = either_desk.colleagues(2)
    turns = either_desk.shared("round_robin", hosts, limits={"bookings": {"day": 3}})
    either_desk.put_team(hosts, A_DAY, turns)

    for start in ALL_DAY[:3]:
        either_desk.book(turns, start)

    assert either_desk.starts(turns) == []
