"""Recurring bookings: all occurrences or none, at one wall time, with the same hosts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from booking.bookings.values import BookingView
from booking.core.errors import InvalidInput, SlotUnavailable
from booking.core.instants import Instant, from_instant
from tests.bookings.desk import Desk, at, bookings, claims, hosts_of, ids, jobs, occupied

WEEKLY = {"frequency": "weekly", "interval": 1, "max_count": 8}
TUESDAYS = ["2026-11-24", "2026-12-01", "2026-12-08", "2026-12-15"]


def _course(desk: Desk, rule: dict[str, Any] | None = None, **columns: Any) -> int:
    """Make an event type that recurs."""
    event_type = desk.offer(slug="course", window={"type": "unlimited"})
    desk.set(event_type, recurrence=rule or WEEKLY, **columns)
    return event_type


def _starts(booking: BookingView) -> list[int]:
    return [occurrence.start for occurrence in booking.series]


def _conflicts(refusal: pytest.ExceptionInfo[SlotUnavailable]) -> dict[int, tuple[str, ...]]:
    return dict(refusal.value.conflicts)


def _at_ten(days: Sequence[str]) -> list[Instant]:
    return [at(f"{day} 10:00") for day in days]


def test_a_series_is_booked_as_a_whole(either_desk: Desk) -> None:
    course = _course(either_desk)

    booking = either_desk.book(course, "10:00", recurrence_count=4)

    assert _starts(booking) == _at_ten(TUESDAYS)
    assert [row.status for row in bookings()] == ["confirmed"] * 4
    assert [(start, end) for start, end, _ in claims()] == [
        (start, start + 3600) for start in _at_ten(TUESDAYS)
    ]
    assert len({row.uid for row in bookings()}) == len({row.ical_uid for row in bookings()}) == 4


def test_every_occurrence_shows_the_whole_series(either_desk: Desk) -> None:
    first = either_desk.book(_course(either_desk), "10:00", recurrence_count=3)

    views = [either_desk.services.bookings.get(each.uid) for each in first.series]

    assert [view.start for view in views] == _at_ten(TUESDAYS[:3])
    assert all(view.series == first.series for view in views)
    assert first.uid == first.series[0].uid


def test_a_single_booking_is_no_series(desk: Desk) -> None:
    assert desk.book(_course(desk), "10:00").series == ()


def test_where_some_occurrences_are_taken_nothing_is_booked_and_each_is_named(
    either_desk: Desk,
) -> None:
    course, talk = _course(either_desk), either_desk.offer()
    calendar = either_desk.put_calendar()
    either_desk.put_busy(calendar, at("2026-12-08 10:30"), at("2026-12-08 11:30"))
    either_desk.book(talk, "2026-12-15 10:00")

    with pytest.raises(SlotUnavailable) as refusal:
        either_desk.book(course, "10:00", recurrence_count=4)

    assert _conflicts(refusal) == {
        at("2026-12-08 10:00"): ("busy_calendar",),
        at("2026-12-15 10:00"): ("booking",),
    }
    assert len(bookings()) == len(claims()) == 1


def test_an_occurrence_on_a_day_off_is_a_conflict(either_desk: Desk) -> None:
    course = _course(either_desk, {"frequency": "daily", "interval": 1, "max_count": 7})

    with pytest.raises(SlotUnavailable) as refusal:
        either_desk.book(course, "2026-11-26 10:00", recurrence_count=4)

    # Thursday and Friday are open, Saturday and Sunday are not.
    assert list(_conflicts(refusal)) == _at_ten(["2026-11-28", "2026-11-29"])
    assert set(_conflicts(refusal).values()) == {("outside_hours",)}


def test_a_series_keeps_its_wall_time_when_clocks_change(either_desk: Desk) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    host = either_desk.colleague("berlin", "Europe/Berlin")
    course = _course(host)

    # Clocks go forward in Berlin on 28 March 2027.
    booking = host.book(course, "2027-03-16 09:00", recurrence_count=4)

    walls = [from_instant(Instant(start)).astimezone(berlin) for start in _starts(booking)]
    assert {f"{wall:%H:%M}" for wall in walls} == {"10:00"}
    assert [wall.day for wall in walls] == [16, 23, 30, 6]
    assert _starts(booking)[2] == at("2027-03-30 08:00")


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ({"frequency": "weekly", "interval": 2}, ["2026-11-24", "2026-12-08", "2026-12-22"]),
        ({"frequency": "daily", "interval": 1}, ["2026-11-24", "2026-11-25", "2026-11-26"]),
        ({"frequency": "monthly", "interval": 1}, ["2026-11-24", "2026-12-24", "2027-02-24"]),
    ],
    ids=["every other week", "daily", "monthly"],
)
def test_a_series_recurs_by_its_rule(desk: Desk, rule: dict[str, Any], days: list[str]) -> None:
    course = _course(desk, {**rule, "max_count": 5})
    if rule["frequency"] == "monthly":
        # 24 January 2027 is a Sunday.
        everyday = {
            "name": "Always",
            "time_zone": "UTC",
            "weekly": [{"days": ["sun", "tue", "wed", "thu"], "start": "09:00", "end": "17:00"}],
        }
        schedule = desk.services.schedules.create(desk.host_id, everyday)
        desk.set(course, schedule_id=schedule.id)
        days = [*days[:2], "2027-01-24"]

    assert _starts(desk.book(course, "10:00", recurrence_count=3)) == _at_ten(days)


def test_limits_count_the_earlier_occurrences(either_desk: Desk) -> None:
    daily = {"frequency": "daily", "interval": 1, "max_count": 7}
    course = _course(either_desk, daily, limits={"bookings": {"week": 2}})

    with pytest.raises(SlotUnavailable) as refusal:
        either_desk.book(course, "10:00", recurrence_count=3)

    assert _conflicts(refusal) == {at("2026-11-26 10:00"): ("limit",)}
    assert either_desk.book(course, "10:00", recurrence_count=2).status == "confirmed"
    assert either_desk.starts(course, "2026-11-27") == []


def test_occurrences_keep_their_buffers_from_each_other(either_desk: Desk) -> None:
    daily = {"frequency": "daily", "interval": 1, "max_count": 7}
    night = {
        "name": "Always",
        "time_zone": "UTC",
        "weekly": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "00:00", "end": "24:00"}],
    }
    schedule = either_desk.services.schedules.create(either_desk.host_id, night)
    course = _course(
        either_desk,
        daily,
        schedule_id=schedule.id,
        duration_minutes=23 * 60,
        slot_interval_minutes=60,
        buffer_after_minutes=90,
    )

    with pytest.raises(SlotUnavailable) as refusal:
        either_desk.book(course, "00:00", recurrence_count=2)

    assert _conflicts(refusal) == {at("2026-11-25 00:00"): ("buffer",)}


@pytest.mark.parametrize("count", [9, 100])
def test_more_than_are_offered_is_a_mistake_of_the_asker(desk: Desk, count: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        desk.book(_course(desk), "10:00", recurrence_count=count)

    assert [field.pointer for field in refusal.value.fields] == ["/recurrence_count"]


def test_an_event_type_that_does_not_recur_is_booked_once_at_a_time(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as refusal:
        desk.book(desk.offer(), "10:00", recurrence_count=2)

    assert [field.pointer for field in refusal.value.fields] == ["/recurrence_count"]


def test_each_occurrence_is_moved_and_cancelled_alone(either_desk: Desk) -> None:
    course = _course(either_desk)
    first = either_desk.book(course, "10:00", recurrence_count=3)
    second, third = (either_desk.services.bookings.get(each.uid) for each in first.series[1:])

    either_desk.cancel(second)
    moved = either_desk.move(third, "2026-12-08 14:00")

    assert [each.status for each in moved.series] == ["confirmed", "cancelled", "confirmed"]
    assert _starts(moved) == [
        at("2026-11-24 10:00"),
        at("2026-12-01 10:00"),
        at("2026-12-08 14:00"),
    ]
    assert [start for start, _, _ in claims()] == [
        at("2026-11-24 10:00"),
        at("2026-12-08 14:00"),
    ]
    assert "10:00" in either_desk.starts(course, "2026-12-01")


def test_a_series_that_needs_the_hosts_word_is_asked_for_one_by_one(either_desk: Desk) -> None:
    course = _course(either_desk, requires_confirmation=True)
    first = either_desk.book(course, "10:00", recurrence_count=2)
    second = either_desk.services.bookings.get(first.series[1].uid)

    either_desk.confirm(first)
    either_desk.decline(second)

    assert [row.status for row in bookings()] == ["confirmed", "declined"]


def test_the_same_host_serves_the_whole_series(either_desk: Desk) -> None:
    one, two, three = hosts = either_desk.colleagues(3)
    course = _course(one)
    one.share(course, "round_robin", hosts)
    one.book(one.offer(), "2026-12-08 10:00")
    three.book(three.offer(), "2026-12-15 10:00")

    booking = one.book(course, "10:00", recurrence_count=4)

    views = [one.services.bookings.get(each.uid) for each in booking.series]
    assert [hosts_of(view) for view in views] == [[two.host_id]] * 4


def test_a_series_that_no_host_can_serve_alone_is_refused(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    course = _course(one)
    one.share(course, "round_robin", hosts)
    one.book(one.offer(), "2026-12-01 10:00")
    two.book(two.offer(), "2026-12-08 10:00")
    assert "10:00" in one.starts(course, "2026-12-01")

    with pytest.raises(SlotUnavailable) as refusal:
        one.book(course, "10:00", recurrence_count=3)

    assert len(_conflicts(refusal)) == 1
    assert set(_conflicts(refusal)) < set(_at_ten(TUESDAYS))
    assert len(bookings()) == 2


def test_a_series_of_a_collective_with_a_room_claims_them_all_each_time(
    either_desk: Desk,
) -> None:
    hosts = either_desk.colleagues(2)
    course = _course(either_desk)
    either_desk.share(course, "collective", hosts)
    room = either_desk.put_resource(course)

    either_desk.book(course, "10:00", recurrence_count=3)

    assert {subject for subject, _, _ in occupied()} == {*ids(hosts), room}
    assert len(occupied()) == 9


def test_a_series_of_a_seated_slot_takes_a_seat_each_time(either_desk: Desk) -> None:
    course = _course(either_desk, seats=2)
    either_desk.book(course, "2026-12-01 10:00")
    either_desk.book(course, "2026-12-01 10:00")

    with pytest.raises(SlotUnavailable) as refusal:
        either_desk.book(course, "10:00", recurrence_count=3)

    assert list(_conflicts(refusal)) == [at("2026-12-01 10:00")]
    either_desk.book(course, "2026-12-08 10:00", recurrence_count=3)
    assert len(occupied()) == 4


def test_a_series_asks_for_every_occurrence_to_be_written(either_desk: Desk) -> None:
    either_desk.put_calendar(receives=True)

    booking = either_desk.book(_course(either_desk), "10:00", recurrence_count=3)

    views = [either_desk.services.bookings.get(each.uid) for each in booking.series]
    assert [view.calendar_state for view in views] == ["pending"] * 3
    assert len(jobs()) == 1
