"""What a run would do, what it did, and how that is undone."""

from __future__ import annotations

from booking.sync.policy import Direction, mirror
from booking.sync.revive import tried_again
from booking.sync.rows import LinkState
from tests.sync.calendar import contents
from tests.sync.world import filled, only, units, world


def test_a_preview_tells_what_the_next_run_does_and_does_nothing() -> None:
    place = filled(3)
    place.left.user_put("u0", units("renamed"))
    place.left.user_put("new", units("new"))
    place.left.user_delete("u1")
    place.engine().ingest()
    writes, commits = place.writes(), place.store.commits

    foreseen = place.engine().preview()

    assert sorted(intent.op for intent in foreseen.intents) == ["create", "delete", "update"]
    assert (place.writes(), place.store.commits) == (writes, commits)
    place.cycle()
    assert place.writes() - writes == 3


def test_a_preview_names_the_deletions_that_would_wait() -> None:
    place = filled(10)
    for number in range(6):
        place.left.user_delete(f"u{number}")
    place.engine().ingest()

    foreseen = place.engine().preview()

    assert len(foreseen.holds) == 6
    assert foreseen.intents == ()


def test_a_run_whose_time_is_over_is_gone_on_with() -> None:
    place = world()
    for number in range(5):
        place.left.user_put(f"u{number}", units(f"title {number}"))
    left = iter([False] * 4)
    place.is_over = lambda: next(left, True)
    assert place.cycle().is_cut
    assert 0 < len(place.right.items) < 5

    place.is_over = lambda: False
    assert not place.cycle().is_cut

    assert contents(place.left) == contents(place.right)


def test_a_deleted_item_is_brought_back_on_both_sides_and_linked() -> None:
    place = filled(3)
    place.left.user_delete("u0")
    place.cycle()
    (trash,) = place.tables.trash

    place.revive(trash)
    place.cycle()
    place.cycle()

    assert contents(place.left) == contents(place.right)
    assert units("title 0") in contents(place.left)
    uids = [one.uid for side in (place.left, place.right) for one in side.items.values()]
    assert len(set(uids)) == len(uids)


def test_a_one_way_item_is_brought_back_in_the_target_alone() -> None:
    place = world(mirror(Direction.LEFT_TO_RIGHT))
    place.left.user_put("a", units("one"))
    place.left.user_put("b", units("two"))
    place.cycle()
    place.left.user_delete("a")
    place.cycle()

    place.revive(place.tables.trash[0])
    place.cycle()
    place.cycle()

    assert contents(place.right) == [units("one"), units("two")]
    assert place.left.writes == 0


def test_the_history_tells_each_field_s_value_before_and_after() -> None:
    place = filled(1)
    place.left.user_put("u0", units("renamed"))

    place.cycle()

    changed = [deed.changed for deed in place.tables.deeds if deed.changed]
    assert changed == [{"title": ("title 0", "renamed")}]


def test_held_deletions_are_undone_and_everything_stands_on_both_sides_again() -> None:
    place = filled(10)
    for number in range(6):
        place.left.user_delete(f"u{number}")
    place.right.user_put(only(place.right, "title 9"), units("edited"))
    assert place.cycle().held == 6

    place.reject()
    place.cycle()

    assert contents(place.left) == contents(place.right)
    assert len(place.left.items) == 10
    assert place.cycle().held == 0
    assert place.tables.trash == []


def test_one_way_rejected_deletions_leave_their_copies_as_events_of_their_own() -> None:
    place = filled(10)
    place.policy = mirror(Direction.LEFT_TO_RIGHT)
    for number in range(6):
        place.left.user_delete(f"u{number}")
    assert place.cycle().held == 6

    place.reject()
    writes = place.writes()
    place.cycle()

    assert place.writes() == writes
    assert (len(place.left.items), len(place.right.items), len(place.links)) == (4, 10, 4)


def test_a_copy_that_is_left_alone_is_made_again_when_it_is_asked_for() -> None:
    place = filled(2)
    place.policy = mirror(Direction.LEFT_TO_RIGHT)
    for _ in range(2):
        place.right.user_delete(only(place.right, "title 0"))
        place.cycle()
    (muted,) = [link for link in place.links if link.state is LinkState.MUTED]

    with place.store.writing() as state:
        state.save(tried_again(muted))
    place.cycle()

    assert contents(place.right) == [units("title 0"), units("title 1")]
    assert {link.state for link in place.links} == {LinkState.LINKED}
