"""A side that cuts texts or cannot hold a part of an event: the whole stays whole elsewhere."""

from __future__ import annotations

from booking.sync.merge import Norm, leaves
from tests.sync.calendar import Quirks, contents
from tests.sync.world import only, units, world


def test_what_a_side_cuts_or_cannot_hold_is_never_taken_from_the_other_side() -> None:
    place = world(right=Quirks(cuts_text=True, masked=frozenset({"location"})))
    whole = units("title", description="a long description", location="Room 1")
    place.left.user_put("a", whole)
    place.cycle()
    place.left.user_put("a", {**whole, "title": "renamed"})
    place.cycle()
    copy = only(place.right)
    place.right.user_put(copy, {**place.right.items[copy].units, "title": "renamed again"})

    place.settle_down()

    assert contents(place.left) == [{**whole, "title": "renamed again"}]
    (shown,) = contents(place.right)
    assert (shown["title"], shown["description"]) == ("renamed again", "a lo")
    assert place.tables.conflicts == []


def test_the_shadow_after_a_write_is_what_the_side_will_show() -> None:
    place = world(right=Quirks(cuts_text=True, masked=frozenset({"location"})))
    place.left.user_put("a", units("title", description="a long text", location="Room 1"))

    place.cycle()

    (link,) = place.links
    assert link.right.shadow == place.right.items[only(place.right)].units


def test_what_a_side_shows_where_it_cannot_hold_anything_does_not_count() -> None:
    norm = Norm(keeps=dict, masked=frozenset({"location"}))

    assert norm.shown(units("title", location="its own room")) == leaves(units("title"))
