"""What a run would do, what it did, and how that is undone."""

from __future__ import annotations

from booking.sync.policy import Direction, mirror
from tests.sync.calendar import contents
from tests.sync.world import filled, units, world


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
