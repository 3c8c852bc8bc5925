"""A mirror, story by story."""

from __future__ import annotations

import pytest

from booking.core.errors import BadAnswer, ReconnectRequired
from booking.sync.policy import Direction, mirror
from booking.sync.ports import Page
from booking.sync.rows import ConflictKind, HoldState, LinkState
from tests.sync.calendar import Quirks, QuirkyCalendar, contents, html_instead
from tests.sync.test_regressions import losing
from tests.sync.world import LEFT, RIGHT, filled, only, units, world


def test_a_new_item_appears_on_the_other_side() -> None:
    place = world()
    place.left.user_put("a", units("one"))
    place.right.user_put("b", units("two"))

    place.cycle()

    assert contents(place.left) == contents(place.right)
    assert len(place.left.items) == 2


def test_edits_of_different_units_are_both_kept() -> None:
    place = filled(1)
    copy = only(place.right)
    place.left.user_put("u0", units("renamed"))
    place.right.user_put(copy, units("title 0", location="Room 1"))

    place.cycle()

    assert contents(place.left) == contents(place.right) == [units("renamed", location="Room 1")]
    assert place.tables.conflicts == []


def test_of_two_edits_of_one_unit_the_newer_stays_and_the_older_can_be_restored() -> None:
    place = filled(1)
    place.left.user_put("u0", units("older"))
    place.right.user_put(only(place.right), units("newer"))

    place.cycle()

    assert contents(place.left) == contents(place.right) == [units("newer")]
    (conflict,) = place.tables.conflicts
    assert (conflict.unit, conflict.lost, conflict.side) == ("title", "older", LEFT)


def test_attendees_are_merged_by_address() -> None:
    place = world()
    place.left.user_put("a", units(attendees={"first": {"answer": "?"}}))
    place.cycle()
    place.left.user_put("a", units(attendees={"first": {"answer": "yes"}}))
    place.right.user_put(
        only(place.right), units(attendees={"first": {"answer": "?"}, "second": {"answer": "?"}})
    )

    place.cycle()

    expected = units(attendees={"first": {"answer": "yes"}, "second": {"answer": "?"}})
    assert contents(place.left) == contents(place.right) == [expected]


def test_a_deletion_follows_and_its_last_version_is_in_the_trash() -> None:
    place = filled(3)
    place.left.user_delete("u0")

    place.cycle()

    assert len(place.right.items) == 2
    assert [row.units for row in place.tables.trash] == [units("title 0")]


def test_an_edit_beats_a_deletion() -> None:
    place = filled(1)
    copy = only(place.right)
    place.left.user_delete("u0")
    place.right.user_put(copy, units("edited"))

    place.cycle()

    assert contents(place.left) == contents(place.right) == [units("edited")]
    assert [row.kind for row in place.tables.conflicts] == [ConflictKind.EDIT_BEATS_DELETION]


def test_a_mass_deletion_waits_while_other_work_goes_on() -> None:
    place = filled(50)
    for number in range(49):
        place.left.user_delete(f"u{number}")
    report = place.cycle()
    place.left.user_put("new", units("new"))
    place.cycle()

    assert report.held == 49
    assert len(place.right.items) == 51

    place.approve()
    place.cycle()

    assert contents(place.left) == contents(place.right)
    assert len(place.right.items) == 2


def test_approval_is_revoked_by_an_edit() -> None:
    place = filled(10)
    for number in range(10):
        place.left.user_delete(f"u{number}")
    place.cycle()
    copy = next(iter(place.right.items))
    place.right.user_put(copy, units("still needed"))
    place.approve()

    place.cycle()
    place.cycle()

    assert contents(place.left) == contents(place.right) == [units("still needed")]


def test_held_items_that_come_back_are_no_longer_held() -> None:
    place = filled(6)
    for number in range(6):
        place.left.user_delete(f"u{number}")
    place.cycle()
    assert {hold.state for hold in place.tables.holds.values()} == {HoldState.HELD}

    for number in range(6):
        place.left.user_put(f"u{number}", units(f"title {number}"))
    place.cycle()

    assert place.tables.holds == {}
    assert len(place.right.items) == 6


def test_a_quiet_cycle_asks_once_a_side_and_writes_nothing() -> None:
    place = filled(200)
    place.cycle()
    requests, writes, commits = place.requests(), place.writes(), place.store.commits

    place.cycle()

    assert place.requests() - requests == 2
    assert place.writes() == writes
    assert place.store.commits == commits


def test_the_cost_of_a_cycle_follows_the_changes() -> None:
    place = filled(500)
    place.cycle()
    for number in range(10):
        place.left.user_put(f"u{number}", units("changed"))
    before = place.requests()

    place.cycle()

    assert place.requests() - before <= 2 + 1 + 10


def test_a_user_s_copy_of_a_copy_is_an_item_of_its_own() -> None:
    place = filled(1)
    place.right.user_copy(only(place.right), "pasted")

    place.cycle()
    place.cycle()

    assert len(place.left.items) == len(place.right.items) == 2
    place.right.user_put("pasted", units("changed"))
    place.cycle()
    assert contents(place.left) == contents(place.right)
    assert units("title 0") in contents(place.left)


def test_the_same_uid_on_both_sides_is_linked_not_copied() -> None:
    place = world()
    place.left.user_put("a", units("meeting"), uid="same")
    place.right.user_put("b", units("meeting", location="Room 1"), uid="same")

    place.cycle()

    assert list(place.left.items) == ["a"]
    assert contents(place.left) == contents(place.right) == [units("meeting", location="Room 1")]


@pytest.mark.parametrize("direction", [Direction.LEFT_TO_RIGHT, Direction.RIGHT_TO_LEFT])
def test_a_one_way_mirror_leaves_the_target_s_own_items_alone(direction: Direction) -> None:
    place = world(mirror(direction))
    source, target = (
        (place.left, place.right)
        if direction is Direction.LEFT_TO_RIGHT
        else (place.right, place.left)
    )
    source.user_put("a", units("one"))
    target.user_put("own", units("own"))

    place.cycle()

    assert list(source.items) == ["a"]
    assert source.writes == 0
    assert units("own") in contents(target)
    assert units("one") in contents(target)


def test_a_one_way_copy_is_put_back_once_and_then_left_alone() -> None:
    place = world(mirror(Direction.LEFT_TO_RIGHT))
    place.left.user_put("a", units("one"))
    place.cycle()
    place.right.user_delete(only(place.right))
    place.cycle()
    assert contents(place.right) == [units("one")]

    place.right.user_delete(only(place.right))
    place.cycle()
    place.cycle()

    assert place.right.items == {}
    assert [link.state for link in place.links] == [LinkState.MUTED]


def test_an_edit_of_a_one_way_copy_is_put_back() -> None:
    place = world(mirror(Direction.LEFT_TO_RIGHT))
    place.left.user_put("a", units("one"))
    place.cycle()
    place.right.user_put(only(place.right), units("scribble"))

    place.cycle()

    assert contents(place.right) == [units("one")]


def test_a_revoked_connection_is_never_written_and_deletes_nothing() -> None:
    place = filled(5)

    def revoked(_calendar: QuirkyCalendar, _call: str, _phase: str) -> None:
        raise ReconnectRequired

    place.right.fault = revoked
    place.left.user_delete("u0")
    writes = place.writes()

    with pytest.raises(ReconnectRequired):
        place.cycle()

    assert place.writes() == writes
    assert len(place.right.items) == 5


def test_a_masked_unit_is_neither_lost_nor_taken_for_an_edit() -> None:
    place = world(right=Quirks(masked=frozenset({"location"})))
    place.left.user_put("a", units("one", location="Room 1"))
    place.cycle()
    place.right.user_put(only(place.right), units("two"))

    place.cycle()
    writes = place.writes()
    place.cycle()

    assert contents(place.left) == [units("two", location="Room 1")]
    assert place.writes() == writes


def test_html_instead_of_a_calendar_changes_nothing() -> None:
    place = filled(5)
    place.left.answers = html_instead()
    writes = place.writes()

    with pytest.raises(BadAnswer):
        place.cycle()

    assert place.writes() == writes
    assert len(place.tables.replicas[LEFT]) == 5


def test_an_answer_without_its_last_page_keeps_the_cursor_where_it_was() -> None:
    place = filled(5, left=Quirks(page=2))
    cursor = place.tables.cursors[LEFT]
    for number in range(5):
        place.left.user_put(f"u{number}", units("changed"))

    def cut(pages: list[Page]) -> list[Page]:
        return pages[:-1]

    place.left.answers = cut
    with pytest.raises(BadAnswer):
        place.cycle()
    assert place.tables.cursors[LEFT] == cursor

    place.left.answers = None
    place.cycle()
    assert contents(place.right) == [units("changed")] * 5


def test_half_a_listing_deletes_nothing() -> None:
    place = filled(10)

    def half(pages: list[Page]) -> list[Page]:
        (page,) = pages
        return [Page(changes=page.changes[:5], token=page.token, last=True)]

    place.left.answers = half
    with pytest.raises(BadAnswer):
        place.cycle(full=True)

    assert len(place.right.items) == len(place.tables.replicas[LEFT]) == 10


def test_a_suddenly_empty_listing_is_believed_after_an_hour_only() -> None:
    place = filled(4)
    for key in list(place.left.items):
        place.left.user_delete(key)
    place.left.forget()

    with pytest.raises(BadAnswer):
        place.cycle()
    assert len(place.tables.replicas[LEFT]) == 4

    place.clock.advance(hours=1)
    place.cycle()

    assert len(place.tables.replicas[LEFT]) == 0
    assert len(place.right.items) == 4
    assert len(place.tables.holds) == 4


def test_losing_the_token_makes_no_duplicate() -> None:
    place = filled(5)
    place.left.forget()
    place.right.forget()
    place.left.user_put("u1", units("changed"))

    place.cycle()

    assert len(place.left.items) == len(place.right.items) == 5
    assert contents(place.left) == contents(place.right)


def test_a_side_without_a_feed_is_listed_and_kept_the_same() -> None:
    place = filled(3, left=Quirks(has_no_feed=True), right=Quirks(has_no_feed=True))
    place.left.user_delete("u0")
    place.right.user_put(sorted(place.right.items)[1], units("changed"))

    place.cycle()

    assert contents(place.left) == contents(place.right)


def test_only_the_side_that_was_edited_is_read_again() -> None:
    place = filled(3)
    place.cycle()
    place.left.user_put("u0", units("changed"))
    before = len(place.right.calls)

    place.cycle()

    assert place.right.calls[before:] == ["changes", "update"]
    assert RIGHT in place.tables.replicas


def test_an_item_that_cannot_be_understood_is_set_aside_and_changes_nothing() -> None:
    place = filled(2)
    copy = next(key for key, one in place.right.items.items() if one.units == units("title 0"))
    place.right.unreadable.add(copy)
    place.right.user_put(copy, units("broken"))
    place.left.user_put("u0", units("edited"))
    place.left.user_put("u1", units("other"))

    place.cycle()

    assert contents(place.right) == [units("broken"), units("other")]
    assert [link.reason for link in place.links if link.right.key == copy] == ["odd"]

    place.right.unreadable.clear()
    place.right.user_put(copy, units("title 0"))
    place.cycle()
    assert contents(place.left) == contents(place.right)


def test_a_one_way_mirror_leaves_an_equal_uid_in_the_target_alone() -> None:
    place = world(mirror(Direction.LEFT_TO_RIGHT))
    place.left.user_put("a", units("their words"), uid="same")
    place.right.user_put("own", units("my words"), uid="same")

    place.cycle()

    assert place.right.items["own"].units == units("my words")
    assert contents(place.right) == [units("my words"), units("their words")]


def test_a_series_that_its_server_keeps_as_a_single_event_is_left_out_and_stays_a_series() -> None:
    place = world(right=Quirks(drops_rules=True))
    place.left.user_put("a", units("weekly", recurrence={"rules": ["FREQ=WEEKLY"]}))
    place.left.user_put("b", units("single"))

    place.cycle()
    place.cycle()

    assert contents(place.right) == [units("single")]
    assert place.left.items["a"].units["recurrence"] == {"rules": ["FREQ=WEEKLY"]}
    (link,) = [link for link in place.links if link.state is LinkState.UNSYNCABLE]
    assert link.reason == "recurrence_lost"


def test_a_single_event_that_becomes_a_series_is_no_edit_where_it_cannot_be_one() -> None:
    place = world(right=Quirks(drops_rules=True))
    place.left.user_put("a", units("one"))
    place.cycle()
    place.left.user_put("a", units("renamed", recurrence={"rules": ["FREQ=WEEKLY"]}))

    for _ in range(3):
        place.cycle()

    assert place.left.items["a"].units["recurrence"] == {"rules": ["FREQ=WEEKLY"]}
    (copy,) = place.right.items.values()
    assert copy.units["title"] == "renamed"
    (link,) = place.links
    assert (link.state, link.reason) == (LinkState.UNSYNCABLE, "recurrence_lost")


def test_a_lost_answer_to_a_series_that_was_made_single_is_noticed_when_it_is_settled() -> None:
    place = world(right=Quirks(drops_rules=True))
    place.left.user_put("a", units("weekly", recurrence={"rules": ["FREQ=WEEKLY"]}))
    place.right.fault = losing("create", "after")
    place.cycle_whatever_happens()
    place.right.fault = None

    place.cycle()

    assert place.right.items == {}
    (link,) = place.links
    assert link.reason == "recurrence_lost"
