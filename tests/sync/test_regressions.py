"""Five defects that a first draft of this algorithm had, and that random histories found."""

from __future__ import annotations

from booking.core.errors import Unreachable
from booking.sync.rows import ConflictKind
from tests.sync.calendar import Fault, Quirks, QuirkyCalendar, contents
from tests.sync.world import World, filled, only, units, world


def losing(call: str, phase: str) -> Fault:
    """Return a fault that loses the request (`before`) or the answer (`after`) of a call."""

    def fault(_calendar: QuirkyCalendar, at: str, when: str) -> None:
        if (at, when) == (call, phase):
            raise Unreachable

    return fault


def undelivered(place: World) -> str:
    """Rename on the left, and have the write to the right get lost on its way."""
    copy = only(place.right)
    place.left.user_put("u0", units("renamed on the left"))
    place.right.fault = losing("update", "before")
    place.cycle_whatever_happens()
    place.right.fault = None
    return copy


def test_an_agreed_value_that_was_not_delivered_takes_part_in_the_next_merge() -> None:
    place = filled(1)
    copy = undelivered(place)
    place.right.user_put(copy, units("renamed on the right"))

    place.settle_down()

    assert contents(place.left) == contents(place.right) == [units("renamed on the right")]
    lost = [row.lost for row in place.tables.conflicts if row.kind is ConflictKind.UNIT]
    assert lost == ["renamed on the left"]


def test_an_edit_that_was_not_delivered_stands_against_a_deletion() -> None:
    place = filled(1)
    copy = undelivered(place)
    place.right.user_delete(copy)

    place.settle_down()

    assert contents(place.left) == contents(place.right) == [units("renamed on the left")]


def test_after_an_edit_beat_a_deletion_the_surviving_side_gets_what_was_agreed() -> None:
    place = filled(1)
    copy = undelivered(place)
    place.right.user_put(copy, units("title 0", location="Room 1"))
    place.left.user_delete("u0")

    place.settle_down()

    expected = units("renamed on the left", location="Room 1")
    assert contents(place.left) == contents(place.right) == [expected]


def test_an_approved_deletion_ends_even_where_versions_move_at_every_look() -> None:
    place = world(right=Quirks(moves_versions=True))
    for number in range(6):
        place.left.user_put(f"u{number}", units(f"title {number}"))
    place.cycle()
    for number in range(6):
        place.left.user_delete(f"u{number}")
    place.cycle()
    for stored in place.right.items.values():
        stored.version = 10_000 + stored.version
    place.approve()

    place.cycle()

    assert place.right.items == {}
    assert place.tables.links == {}


def test_a_create_whose_answer_was_lost_is_not_made_twice() -> None:
    place = world(right=Quirks(ignores_if_none_match=True))
    place.left.user_put("a", units("one"))
    place.right.fault = losing("create", "after")
    place.cycle_whatever_happens()
    place.right.fault = None

    place.settle_down()

    assert contents(place.right) == [units("one")]
