"""Bookings in a destination calendar: scoped, one way, the host's hand respected."""

from __future__ import annotations

import pytest

from booking.core.errors import Unreachable
from booking.sync.names import name_of
from booking.sync.policy import bookings_restored
from booking.sync.rows import Lease, LeaseLost, LinkState, NoticeKind
from tests.sync.bookings import Desk, copies, desk
from tests.sync.calendar import Quirks, QuirkyCalendar
from tests.sync.world import PAIR_ID, RIGHT, only, units


def booked(place: Desk, key: str = "b1", title: str = "Intro") -> str:
    place.bookings.book(key, units(title))
    place.work()
    return only(place.calendar)


def test_a_booking_stands_in_the_calendar_under_its_own_uid() -> None:
    place = desk()

    booked(place)

    assert copies(place.calendar) == {"uid-b1": units("Intro")}
    assert place.calendar.calls == ["create"]


def test_nothing_is_ever_listed() -> None:
    place = desk(quirks=Quirks(tells_no_version=True))
    copy = booked(place)
    place.bookings.book("b1", units("Moved"))
    place.calendar.user_put(copy, units("Intro", location="Here"))
    place.look()

    place.rest()

    assert "changes" not in place.calendar.calls


def test_where_no_version_is_told_the_copy_is_read_at_once() -> None:
    place = desk(quirks=Quirks(tells_no_version=True))

    booked(place)
    place.bookings.book("b1", units("Moved"))
    place.work()

    assert place.calendar.calls == ["create", "get", "update", "get"]


def test_a_moved_booking_is_one_guarded_update() -> None:
    place = desk()
    booked(place)
    place.bookings.book("b1", units("Moved"))

    place.work()

    assert copies(place.calendar) == {"uid-b1": units("Moved")}
    assert place.calendar.calls == ["create", "update"]


def test_a_cancelled_booking_leaves_the_calendar() -> None:
    place = desk()
    booked(place)
    place.bookings.cancel("b1")

    place.work()

    assert place.calendar.items == {}
    assert place.store.tables.links == {}


def test_a_cancelled_booking_goes_even_where_the_host_edited_its_copy() -> None:
    place = desk()
    copy = booked(place)
    place.calendar.user_put(copy, units("Intro", description="my notes"))
    place.bookings.cancel("b1")

    place.rest()

    assert place.calendar.items == {}
    assert [row.units for row in place.store.tables.trash] == [
        units("Intro", description="my notes")
    ]


def test_notes_of_the_host_survive_a_move_of_the_booking() -> None:
    place = desk()
    copy = booked(place)
    place.calendar.user_put(copy, units("Intro", description="my notes"))
    place.bookings.book("b1", units("Moved"))

    place.work()

    assert copies(place.calendar) == {"uid-b1": units("Moved", description="my notes")}
    assert [row.kind for row in place.store.tables.notices] == [NoticeKind.CHANGED]


def test_of_two_titles_the_booking_s_is_kept() -> None:
    place = desk()
    copy = booked(place)
    place.bookings.book("b1", units("Guest's choice"))
    place.calendar.user_put(copy, units("Host's choice"))

    place.rest()

    assert copies(place.calendar) == {"uid-b1": units("Guest's choice")}
    assert [row.lost for row in place.store.tables.conflicts] == ["Host's choice"]


def test_a_copy_deleted_by_the_host_is_reported_and_stays_away() -> None:
    place = desk()
    copy = booked(place)
    place.calendar.user_delete(copy)

    place.look()
    place.rest()

    assert place.calendar.items == {}
    assert [row.kind for row in place.store.tables.notices] == [NoticeKind.DELETED]
    assert [link.state for link in place.store.tables.links.values()] == [LinkState.MUTED]


@pytest.mark.parametrize("is_known", [True, False])
def test_a_copy_deleted_by_the_host_comes_back_when_the_booking_moves(is_known: bool) -> None:
    place = desk()
    copy = booked(place)
    place.calendar.user_delete(copy)
    if is_known:
        place.look()
        place.work()
    place.bookings.book("b1", units("Moved"))

    place.work()

    assert copies(place.calendar) == {"uid-b1": units("Moved")}
    assert only(place.calendar) != copy


def test_a_host_who_wants_it_has_every_change_put_back() -> None:
    place = desk(bookings_restored())
    copy = booked(place)
    for _ in range(3):
        place.calendar.user_delete(copy)
        place.look()
        place.rest()
        copy = only(place.calendar)
    place.calendar.user_put(copy, units("scribble"))
    place.look()

    place.rest()

    assert copies(place.calendar) == {"uid-b1": units("Intro")}


def test_a_name_that_is_taken_gives_way_to_the_next() -> None:
    place = desk(quirks=Quirks(names_stay_taken=True))
    place.calendar.log.append(f"m{name_of(PAIR_ID, 1, 0)}")

    booked(place)

    assert list(place.calendar.items) == [f"m{name_of(PAIR_ID, 1, 1)}"]


def test_an_event_of_another_under_our_name_is_not_ours() -> None:
    place = desk()
    place.calendar.user_put(f"m{name_of(PAIR_ID, 1, 0)}", units("dentist"))

    place.bookings.book("b1", units("Intro"))
    place.work()

    assert copies(place.calendar) == {"uid-b1": units("Intro")}
    assert len(place.calendar.items) == 2


def test_a_worker_that_lost_its_lease_keeps_nothing() -> None:
    place = desk()
    place.store.lease = Lease(owner="worker", fence=1, until=place.clock.now())
    place.store.fence = 2
    place.bookings.book("b1", units("Intro"))

    with pytest.raises(LeaseLost):
        place.work()

    assert place.calendar.items == {}
    assert place.store.tables.links == {}


def test_strangers_in_the_calendar_are_never_touched() -> None:
    place = desk()
    place.calendar.user_put("own", units("dentist"))

    booked_key = "b1"
    place.bookings.book(booked_key, units("Intro"))
    place.rest()
    place.bookings.cancel(booked_key)
    place.rest()

    assert [one.units for one in place.calendar.items.values()] == [units("dentist")]


def test_one_poisoned_booking_holds_nobody_up() -> None:
    place = desk()

    def poison(calendar: QuirkyCalendar, call: str, phase: str) -> None:
        if call == "create" and calendar.calls.count("create") == 1:
            raise Unreachable

    place.calendar.fault = poison
    for key in ("b1", "b2", "b3"):
        place.bookings.book(key, units(key))

    report = place.work()

    assert (report.written, report.unclear) == (2, 1)
    assert set(copies(place.calendar)) == {"uid-b2", "uid-b3"}
    assert list(place.bookings.waiting) == ["b1"]


def test_an_item_that_is_never_answered_is_set_aside_with_its_reason() -> None:
    place = desk()

    def poison(_calendar: QuirkyCalendar, call: str, _phase: str) -> None:
        if call == "create":
            raise Unreachable

    place.calendar.fault = poison
    place.bookings.book("b1", units("b1"))
    for _ in range(6):
        place.work_whatever_happens()

    (link,) = place.store.tables.links.values()
    assert (link.state, link.reason) == (LinkState.UNSYNCABLE, "no_answer")


def test_a_silent_server_stops_the_run_and_is_told_as_such() -> None:
    place = desk()

    def dead(_calendar: QuirkyCalendar, _call: str, _phase: str) -> None:
        raise Unreachable

    place.calendar.fault = dead
    for number in range(10):
        place.bookings.book(f"b{number}", units("x"))

    with pytest.raises(Unreachable):
        place.work()

    assert len(place.calendar.calls) == 3
    assert len(place.bookings.waiting) == 10


def test_the_replica_of_a_scoped_side_holds_only_what_is_ours() -> None:
    place = desk()
    place.calendar.user_put("own", units("dentist"))

    booked_before = place.store.tables.replicas[RIGHT]
    place.bookings.book("b1", units("Intro"))
    place.rest()

    assert booked_before == {}
    assert [item.uid for item in place.store.tables.replicas[RIGHT].values()] == ["uid-b1"]
