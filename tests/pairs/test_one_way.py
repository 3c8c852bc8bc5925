"""A pair of one direction: the source is read, the target shows it beside its own events."""

from __future__ import annotations

import pytest

from booking.core.errors import Conflict, InvalidInput
from tests.pairs.place import Place, hour


@pytest.fixture
def mirrored(place: Place) -> Place:
    place.left.put("one", *hour("20261124T100000", "One"))
    place.left.put("two", *hour("20261125T100000", "Two"))
    place.right.put("own", *hour("20261126T100000", "Own"))
    place.join("left_to_right")
    place.sync()
    return place


def test_the_target_shows_both_and_the_source_is_not_written(mirrored: Place) -> None:
    assert mirrored.left.titles() == ["One", "Two"]
    assert mirrored.right.titles() == ["One", "Own", "Two"]


def test_an_edited_copy_is_put_back_and_the_target_s_own_events_are_let_be(mirrored: Place) -> None:
    mirrored.right.rewrite("SUMMARY:One", "SUMMARY:Scribble")
    mirrored.right.rewrite("SUMMARY:Own", "SUMMARY:Mine")

    mirrored.sync()

    assert mirrored.right.titles() == ["Mine", "One", "Two"]
    assert mirrored.left.titles() == ["One", "Two"]


def test_what_is_deleted_at_the_source_goes_from_the_target(mirrored: Place) -> None:
    mirrored.left.delete("SUMMARY:One")

    mirrored.sync()

    assert mirrored.right.titles() == ["Own", "Two"]


def test_turned_to_both_ways_everything_travels(mirrored: Place) -> None:
    mirrored.services.pairs.change(mirrored.user, mirrored.pair, direction="both")
    mirrored.right.rewrite("SUMMARY:One", "SUMMARY:Renamed")

    mirrored.sync()

    assert mirrored.same()
    assert mirrored.left.titles() == ["Own", "Renamed", "Two"]


def test_turned_round_the_old_copies_are_no_doubles(mirrored: Place) -> None:
    mirrored.services.pairs.change(mirrored.user, mirrored.pair, direction="right_to_left")

    mirrored.sync()
    mirrored.sync()

    assert mirrored.left.titles() == mirrored.right.titles() == ["One", "Own", "Two"]


@pytest.mark.parametrize(("direction", "mask"), [("both", "Busy"), ("left_to_right", " ")])
def test_a_mask_needs_one_direction_and_a_text(place: Place, direction: str, mask: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        place.join(direction, title_mask=mask)

    assert [fault.pointer for fault in caught.value.fields] == ["/title_mask"]


def test_two_calendars_are_one_pair_whichever_is_left(mirrored: Place) -> None:
    mirrored.left, mirrored.right = mirrored.right, mirrored.left

    with pytest.raises(Conflict):
        mirrored.join()


def test_a_calendar_is_no_pair_with_itself(place: Place) -> None:
    place.right = place.left

    with pytest.raises(InvalidInput) as caught:
        place.join()

    assert [fault.pointer for fault in caught.value.fields] == ["/right"]
