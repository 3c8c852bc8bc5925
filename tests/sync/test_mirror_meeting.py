"""How items of two calendars find each other, and answers that come late or too little."""

from __future__ import annotations

from dataclasses import replace

from tests.sync.calendar import Quirks, contents
from tests.sync.memory import Tables
from tests.sync.world import filled, only, units, world


def test_a_copy_that_was_deleted_before_the_feed_ever_named_it_is_missed() -> None:
    place = filled(2, right=Quirks(nets_out=True))
    copy = next(key for key, one in place.right.items.items() if one.units == units("title 0"))
    place.right.user_delete(copy)

    place.cycle()

    assert contents(place.left) == contents(place.right) == [units("title 1")]


def test_an_old_answer_after_our_write_is_no_edit() -> None:
    place = filled(1, right=Quirks(lags=True))
    place.cycle()
    place.left.user_put("u0", units("renamed"))
    place.cycle()

    place.cycle(full=True)
    place.cycle()

    assert contents(place.left) == contents(place.right) == [units("renamed")]
    assert place.tables.conflicts == []


def test_a_person_who_undoes_our_write_is_believed_at_the_second_look() -> None:
    place = filled(1)
    copy = only(place.right)
    place.cycle()
    before = replace(place.right.items[copy])
    place.left.user_put("u0", units("renamed"))
    place.cycle()
    place.right.items[copy] = before
    place.right.log.append(copy)

    place.cycle()
    place.cycle()

    assert contents(place.left) == contents(place.right) == [units("title 0")]


def test_equal_events_of_two_calendars_are_matched_when_they_first_meet() -> None:
    place = world()
    place.is_first = True
    place.left.user_put("a", units("meeting", location="Room 1"))
    place.right.user_put("b", units("meeting", url="u"))

    place.cycle()

    assert (list(place.left.items), list(place.right.items)) == (["a"], ["b"])
    assert contents(place.left) == contents(place.right)
    assert contents(place.left) == [units("meeting", location="Room 1", url="u")]


def test_events_that_are_alike_more_than_once_are_not_matched() -> None:
    place = world()
    place.is_first = True
    place.left.user_put("a", units("lunch"))
    place.left.user_put("b", units("lunch"))
    place.right.user_put("c", units("lunch"))

    place.cycle()

    assert len(place.left.items) == len(place.right.items) == 3


def test_equal_events_that_meet_later_are_two_events() -> None:
    place = filled(1)
    place.left.user_put("a", units("meeting"))
    place.right.user_put("b", units("meeting"))

    place.cycle()

    assert len(place.left.items) == len(place.right.items) == 3


def test_links_that_were_lost_are_found_again_by_their_marks() -> None:
    place = filled(3)
    place.store.tables = Tables()

    place.cycle()
    place.cycle()

    assert len(place.left.items) == len(place.right.items) == 3
    assert len(place.links) == 3
