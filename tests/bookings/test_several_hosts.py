"""Several hosts of one event type: when they are free together, or one of them is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from booking.core.errors import NotFound, SlotUnavailable
from tests.bookings.desk import Desk, at, hosts_of, ids, occupied

ALL_DAY = ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]


def _opens(host: Desk, start: str, end: str) -> int:
    """Make a schedule with these hours on every day; return its id."""
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    weekly = [{"days": days, "start": start, "end": end}]
    fields: dict[str, Any] = {"name": start, "time_zone": "UTC", "weekly": weekly}
    return host.services.schedules.create(host.host_id, fields).id


def _busy(host: Desk, start: str, end: str) -> int:
    calendar = host.put_calendar()
    host.put_busy(calendar, at(start), at(end))
    return calendar


def test_a_collective_is_offered_when_all_of_its_hosts_are_free(either_desk: Desk) -> None:
    one, two, three = hosts = either_desk.colleagues(3)
    talk = one.shared("collective", hosts)
    _busy(two, "09:30", "11:00")
    three.book(three.offer(), "15:00")

    assert one.starts(talk) == ["11:00", "12:00", "13:00", "14:00", "16:00"]


def test_a_collective_booking_claims_all_of_its_hosts(either_desk: Desk) -> None:
    hosts = either_desk.colleagues(3)
    talk = either_desk.shared("collective", hosts)
    others = [host.offer(slug="alone") for host in hosts]
    before = [host.starts(other) for host, other in zip(hosts, others, strict=True)]

    booking = either_desk.book(talk, "10:00")

    after = [host.starts(other) for host, other in zip(hosts, others, strict=True)]
    assert hosts_of(booking) == ids(hosts)
    assert sorted(occupied()) == sorted((host, "10:00", "11:00") for host in ids(hosts))
    assert before == [ALL_DAY] * 3
    assert after == [[start for start in ALL_DAY if start != "10:00"]] * 3


def test_a_collective_is_booked_with_all_or_not_at_all(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.shared("collective", hosts)
    two.book(two.offer(), "10:00")

    with pytest.raises(SlotUnavailable) as refusal:
        one.book(talk, "10:00")

    assert refusal.value.alternatives
    assert occupied(one.host_id) == []


def test_cancelling_a_collective_booking_frees_all_of_its_hosts(either_desk: Desk) -> None:
    hosts = either_desk.colleagues(3)
    talk = either_desk.shared("collective", hosts)
    others = [host.offer(slug="alone") for host in hosts]
    booking = either_desk.book(talk, "10:00")
    assert [host.starts(other) for host, other in zip(hosts, others, strict=True)] != [ALL_DAY] * 3

    either_desk.cancel(booking)

    assert occupied() == []
    assert either_desk.starts(talk) == ALL_DAY
    assert [host.starts(other) for host, other in zip(hosts, others, strict=True)] == [ALL_DAY] * 3


def test_a_round_robin_is_offered_while_any_host_is_free(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.shared("round_robin", hosts)
    _busy(one, "09:00", "12:00")
    _busy(two, "11:00", "15:00")

    assert one.starts(talk) == ["09:00", "10:00", "12:00", "13:00", "14:00", "15:00", "16:00"]
    assert hosts_of(one.book(talk, "09:00")) == [two.host_id]
    assert hosts_of(one.book(talk, "13:00")) == [one.host_id]


def test_a_slot_is_never_glued_together_from_two_hosts(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.shared("round_robin", hosts)
    _busy(one, "10:30", "17:00")
    _busy(two, "09:00", "10:30")
    _busy(two, "11:30", "17:00")

    assert one.starts(talk) == ["09:00", "10:30"]


def test_a_fixed_host_takes_part_in_every_booking(either_desk: Desk) -> None:
    one, two, three = hosts = either_desk.colleagues(3)
    talk = one.offer()
    one.share(talk, "round_robin", hosts, {"fixed": True})
    _busy(one, "09:00", "12:00")
    two.book(two.offer(), "13:00")

    assert one.starts(talk) == ["12:00", "13:00", "14:00", "15:00", "16:00"]
    booking = one.book(talk, "13:00")
    assert set(hosts_of(booking)) == {one.host_id, three.host_id}
    assert booking.host.user_id == three.host_id


def test_of_each_group_one_host_takes_part(either_desk: Desk) -> None:
    one, two, three, four = hosts = either_desk.colleagues(4)
    talk = one.offer()
    one.share(talk, "round_robin", hosts, {}, {}, {"group": 1}, {"group": 1})
    _busy(one, "09:00", "17:00")
    _busy(three, "09:00", "12:00")
    _busy(four, "12:00", "17:00")

    assert one.starts(talk) == ALL_DAY
    assert set(hosts_of(one.book(talk, "09:00"))) == {two.host_id, four.host_id}
    assert set(hosts_of(one.book(talk, "15:00"))) == {two.host_id, three.host_id}


def test_a_group_of_which_nobody_is_free_closes_the_slot(either_desk: Desk) -> None:
    one, _two, three = hosts = either_desk.colleagues(3)
    talk = one.offer()
    one.share(talk, "round_robin", hosts, {}, {}, {"group": 1})
    _busy(three, "09:00", "16:00")

    assert one.starts(talk) == ["16:00"]
    one.book(talk, "16:00")
    assert one.starts(talk) == []


def test_a_closed_account_drops_out(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    turns = one.shared("round_robin", hosts)
    together = one.shared("collective", hosts)
    _busy(one, "09:00", "16:00")
    _busy(two, "16:00", "17:00")
    assert one.starts(turns) == ALL_DAY
    assert one.starts(together) == []

    two.close_account()

    assert one.starts(turns) == ["16:00"]
    assert hosts_of(one.book(together, "16:00")) == [one.host_id]


def test_without_an_open_account_there_is_no_event_type(desk: Desk) -> None:
    hosts = desk.colleagues(2)
    talk = desk.shared("round_robin", hosts)

    for host in hosts:
        host.close_account()

    with pytest.raises(NotFound):
        desk.starts(talk)


def test_each_host_has_hours_and_a_zone_of_their_own(either_desk: Desk) -> None:
    away = either_desk.colleague("away", "Asia/Tokyo")
    turns = either_desk.shared("round_robin", [either_desk, away])
    together = either_desk.shared("collective", [either_desk, away])

    # Nine to five in Tokyo is midnight to eight in UTC.
    night = ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00", "06:00", "07:00"]
    assert either_desk.starts(turns) == [*night, *ALL_DAY]
    assert either_desk.starts(together) == []


def test_a_schedule_for_this_event_type_goes_before_the_hosts_usual_one(
    either_desk: Desk,
) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.offer()
    evening = _opens(two, "16:00", "19:00")
    one.share(talk, "collective", hosts, {}, {"schedule_id": evening})

    assert one.starts(talk) == ["16:00"]
    assert two.starts(two.offer()) == ALL_DAY


def test_the_event_types_own_schedule_goes_before_each_hosts(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.offer()
    one.share(talk, "collective", hosts, {}, {"schedule_id": _opens(two, "16:00", "19:00")})

    one.set(talk, schedule_id=_opens(one, "06:00", "08:00"))

    assert one.starts(talk) == ["06:00", "07:00"]


def test_an_absence_and_a_journey_are_one_hosts_alone(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    turns = one.shared("round_robin", hosts)
    together = one.shared("collective", hosts)
    day = {"start_date": "2026-11-24", "end_date": "2026-11-24"}

    two.services.schedules.add_absence(two.host_id, {**day, "reason": "Ill"})
    assert one.starts(turns) == ALL_DAY
    assert one.starts(together) == []
    assert hosts_of(one.book(turns, "09:00")) == [one.host_id]

    one.services.schedules.add_travel(one.host_id, {**day, "time_zone": "Asia/Tokyo"})
    assert one.starts(turns)[0] == "00:00"


def test_the_gap_that_a_host_wants_is_kept_for_this_host_alone(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.offer(slot_interval_minutes=30)
    one.share(talk, "round_robin", hosts)
    two.services.accounts.change_profile(two.host_id, {"buffer_minutes": 60})
    for host in hosts:
        _busy(host, "12:00", "13:00")

    assert one.starts(talk)[:6] == ["09:00", "09:30", "10:00", "10:30", "11:00", "13:00"]
    assert hosts_of(one.book(talk, "11:00")) == [one.host_id]
    assert hosts_of(one.book(talk, "13:00")) == [one.host_id]


def test_calendars_for_one_event_type_are_each_hosts_own(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.shared("collective", hosts, use_event_type_calendars=True)
    usual = one.shared("collective", hosts, slug="usual")
    for host, start, end in ((one, "10:00", "11:00"), (two, "12:00", "13:00")):
        calendar = host.put_calendar(selected=False)
        host.put_busy(calendar, at(start), at(end))
        host.select_for(talk, calendar)
    _busy(two, "15:00", "16:00")

    assert one.starts(talk) == ["09:00", "11:00", "13:00", "14:00", "15:00", "16:00"]
    assert one.starts(usual) == [start for start in ALL_DAY if start != "15:00"]


def test_a_host_who_chose_no_calendars_for_it_keeps_the_usual_ones(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.shared("collective", hosts, use_event_type_calendars=True)
    _busy(one, "10:00", "11:00")
    _busy(two, "15:00", "16:00")

    assert one.starts(talk) == [start for start in ALL_DAY if start != "15:00"]


def test_tentative_events_block_those_hosts_who_wish_so(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    turns = one.shared("round_robin", hosts)
    together = one.shared("collective", hosts)
    for host in hosts:
        calendar = host.put_calendar()
        host.put_busy(calendar, at("10:00"), at("11:00"), is_tentative=True)
    two.services.selection.select(two.host_id, calendar, tentative_blocks=True)

    assert "10:00" in one.starts(turns)
    assert "10:00" not in one.starts(together)
    assert hosts_of(one.book(turns, "10:00")) == [one.host_id]


def test_a_calendar_read_too_long_ago_takes_out_its_own_host_alone(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    turns = one.shared("round_robin", hosts)
    together = one.shared("collective", hosts)
    two.put_calendar()
    either_desk.clock.advance(seconds=timedelta(hours=24, seconds=1).total_seconds())

    assert one.starts(turns, "2026-11-25") == ALL_DAY
    assert one.starts(together, "2026-11-25") == []
    assert hosts_of(one.book(turns, "2026-11-25 10:00")) == [one.host_id]


def test_a_doubtful_host_is_asked_only_where_nobody_else_is_free(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.shared("round_robin", hosts, on_stale="request")
    two.put_calendar()
    either_desk.clock.advance(hours=3)
    one.book(one.offer(slug="own"), "10:00")

    request = one.book(talk, "10:00")
    certain = one.book(talk, "11:00")

    assert (hosts_of(request), request.status) == ([two.host_id], "pending")
    assert (hosts_of(certain), certain.status) == ([one.host_id], "confirmed")


def test_every_host_has_the_booking_on_their_list_and_a_stranger_has_not(
    either_desk: Desk,
) -> None:
    one, two, stranger = either_desk.colleagues(3)
    booking = one.book(one.shared("collective", [one, two]), "10:00")
    bookings, service = one.services.booking_list, one.services.bookings

    for host in (one, two):
        views, _ = bookings.page(host.host_id)
        assert [view.uid for view in views] == [booking.uid]
        assert service.get(booking.uid, host_id=host.host_id).uid == booking.uid
    assert bookings.page(stranger.host_id) == ((), None)
    with pytest.raises(NotFound):
        service.get(booking.uid, host_id=stranger.host_id)


def test_any_host_of_it_may_accept_a_request(either_desk: Desk) -> None:
    one, two, stranger = either_desk.colleagues(3)
    talk = one.shared("collective", [one, two], requires_confirmation=True)
    request = one.book(talk, "10:00")

    with pytest.raises(NotFound):
        stranger.confirm(request)

    assert two.confirm(request).status == "confirmed"
    assert len(occupied()) == 2


def test_a_request_that_does_not_block_claims_all_hosts_when_it_is_accepted(
    either_desk: Desk,
) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = one.shared("collective", hosts, requires_confirmation=True, pending_blocks=False)
    first, second = one.book(talk, "10:00"), one.book(talk, "10:00")
    assert occupied() == []

    two.confirm(first)

    assert sorted(occupied()) == sorted((host, "10:00", "11:00") for host in ids(hosts))
    with pytest.raises(SlotUnavailable):
        one.confirm(second)
    assert one.now(second).status == "pending"
