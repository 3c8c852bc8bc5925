"""Tasks and their events: both ways, our own table written in the engine's units."""

from __future__ import annotations

from booking.sync.policy import TASKS
from booking.sync.rows import NoticeKind
from tests.sync.bookings import Desk, copies, desk
from tests.sync.world import only, units


def switched_on(key: str = "t1", title: str = "Write") -> Desk:
    place = desk(TASKS)
    place.bookings.book(key, units(title))
    place.work()
    return place


def test_a_task_stands_in_the_calendar() -> None:
    place = switched_on()

    assert list(copies(place.calendar).values()) == [units("Write")]


def test_an_event_moved_by_hand_moves_its_task() -> None:
    place = switched_on()
    place.calendar.user_put(only(place.calendar), units("Write", when="~later"))

    place.look()
    place.work()

    assert place.bookings.rows == {"t1": units("Write", when="~later")}
    assert place.calendar.writes == 1


def test_where_both_were_edited_the_task_wins_and_the_rest_is_named() -> None:
    place = switched_on()
    place.bookings.book("t1", units("Write more"))
    place.calendar.user_put(only(place.calendar), units("Write less", location="Desk"))

    place.look()
    place.rest()

    assert place.bookings.rows == {"t1": units("Write more", location="Desk")}
    assert list(copies(place.calendar).values()) == [units("Write more", location="Desk")]
    assert [row.lost for row in place.store.tables.conflicts] == ["Write less"]


def test_a_deleted_task_takes_its_event_along_even_if_that_was_edited() -> None:
    place = switched_on()
    place.calendar.user_put(only(place.calendar), units("Edited"))
    place.bookings.cancel("t1")

    place.look()
    place.rest()

    assert place.calendar.items == {}
    assert place.bookings.rows == {}


def test_a_deleted_event_leaves_the_task_and_ends_the_link() -> None:
    place = switched_on()
    place.calendar.user_delete(only(place.calendar))

    place.look()
    place.rest()

    assert place.bookings.rows == {"t1": units("Write")}
    assert place.calendar.items == {}
    assert place.store.tables.links == {}
    assert [row.kind for row in place.store.tables.notices] == [NoticeKind.UNLINKED]
