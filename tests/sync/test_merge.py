"""Merging leaf by leaf: who changed what, against which shadow, and what gives way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.sync.merge import Face, Leaves, Merged, Norm, Taste, leaves, merge, units_of
from booking.sync.ports import JSON, SIDES, Side, Units
from booking.sync.rows import Stamp

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LEFT, RIGHT = SIDES
NEWEST = Taste(winner=None, favours=LEFT)


def keeping(units: Units) -> Units:
    return units


def cutting(units: Units) -> Units:
    return {name: value[:4] if isinstance(value, str) else value for name, value in units.items()}


def face(
    side: Side, shown: Leaves, shadow: Leaves, *, minute: int = 0, norm: Norm | None = None
) -> Face:
    return Face(
        side=side,
        shown=shown,
        shadow=shadow,
        norm=norm or Norm(keeping),
        seen_at=lambda _leaf: NOON + timedelta(minutes=minute),
    )


def merged(agreed: Leaves, *faces: Face, taste: Taste = NEWEST, **stamps: Stamp) -> Merged:
    return merge(agreed, stamps, faces, taste, origin=LEFT)


def test_maps_are_merged_by_key_and_all_else_as_a_whole() -> None:
    units: Units = {"title": "x", "attendees": {"first": 1, "second": 2}, "when": {"start": "s"}}

    flat = leaves(units)

    assert flat == {
        "title": "x",
        "attendees/first": 1,
        "attendees/second": 2,
        "when": {"start": "s"},
    }
    assert units_of(flat) == units


def test_null_and_masked_units_are_no_leaves() -> None:
    assert leaves({"title": "x", "url": None, "color": "red"}, frozenset({"color"})) == {
        "title": "x"
    }


def test_what_nobody_changed_stays() -> None:
    same = {"title": "x"}

    result = merged(same, face(LEFT, same, same), face(RIGHT, same, same))

    assert (result.agreed, result.losses) == (same, ())


def test_a_side_that_cuts_texts_did_not_change_them() -> None:
    whole, cut = {"title": "a long title"}, {"title": "a lo"}

    result = merged(whole, face(LEFT, whole, whole), face(RIGHT, cut, cut, norm=Norm(cutting)))

    assert result.agreed == whole


@pytest.mark.parametrize(("left", "right", "kept"), [(1, 2, "R"), (2, 1, "L"), (1, 1, "L")])
def test_of_two_values_the_newer_is_kept_and_ties_go_to_the_favoured(
    left: int, right: int, kept: str
) -> None:
    base = {"title": "x"}

    result = merged(
        base,
        face(LEFT, {"title": "L"}, base, minute=left),
        face(RIGHT, {"title": "R"}, base, minute=right),
    )

    assert result.agreed == {"title": kept}
    assert {loss.lost for loss in result.losses} == {"L", "R"} - {kept}


def test_a_winner_is_kept_whatever_its_age() -> None:
    base = {"title": "x"}

    result = merged(
        base,
        face(LEFT, {"title": "L"}, base, minute=1),
        face(RIGHT, {"title": "R"}, base, minute=2),
        taste=Taste(winner=LEFT, favours=LEFT),
    )

    assert result.agreed == {"title": "L"}


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    base, new = {"title": "x"}, {"title": "y"}

    result = merged(base, face(LEFT, new, base), face(RIGHT, new, base))

    assert (result.agreed, result.losses) == (new, ())


def test_of_a_text_and_its_cut_rendering_the_fuller_is_kept() -> None:
    base = {"title": "x"}

    result = merged(
        base,
        face(LEFT, {"title": "a long title"}, base, minute=1),
        face(RIGHT, {"title": "a lo"}, base, minute=2, norm=Norm(cutting)),
    )

    assert (result.agreed, result.losses) == ({"title": "a long title"}, ())


def test_a_removed_value_can_lose_against_a_changed_one() -> None:
    base = {"attendees/first": "?"}

    result = merged(
        base,
        face(LEFT, {}, base, minute=1),
        face(RIGHT, {"attendees/first": "yes"}, base, minute=2),
    )

    assert result.agreed == {"attendees/first": "yes"}
    assert [(loss.lost, loss.side) for loss in result.losses] == [(None, LEFT)]


def test_an_agreed_value_that_a_side_never_received_contends() -> None:
    agreed, old = {"title": "agreed"}, {"title": "old"}
    stamp = Stamp(at=NOON + timedelta(minutes=1), side=LEFT)

    for minute, kept in ((0, "agreed"), (2, "typed")):
        result = merged(
            agreed,
            face(LEFT, agreed, agreed),
            face(RIGHT, {"title": "typed"}, old, minute=minute),
            title=stamp,
        )

        assert result.agreed == {"title": kept}
        assert {loss.lost for loss in result.losses} == {"agreed", "typed"} - {kept}


def test_without_a_base_both_sides_are_joined() -> None:
    result = merged(
        {},
        face(LEFT, {"title": "x", "location": "Room 1"}, {}),
        face(RIGHT, {"title": "x", "url": "u"}, {}),
    )

    assert result.agreed == {"title": "x", "location": "Room 1", "url": "u"}
    assert result.losses == ()


def test_a_moved_series_keeps_the_exceptions_of_the_side_that_moved_it() -> None:
    base: Leaves = {"when": {"start": "9"}, "exceptions/d1": "cancelled"}
    left: Leaves = {"when": {"start": "10"}, "exceptions/d1 at 10": "cancelled"}
    right: Leaves = {**base, "exceptions/d2": "moved"}

    result = merged(base, face(LEFT, left, base, minute=1), face(RIGHT, right, base, minute=2))

    assert result.agreed == left
    assert [(loss.leaf, loss.lost) for loss in result.losses] == [("exceptions/d2", "moved")]


def test_a_longer_series_keeps_everybody_s_exceptions() -> None:
    base: Leaves = {"when": {"start": "9", "end": "10"}}
    left: Leaves = {"when": {"start": "9", "end": "11"}}
    right: Leaves = {**base, "exceptions/d2": "moved"}

    result = merged(base, face(LEFT, left, base), face(RIGHT, right, base))

    assert result.agreed == {**left, "exceptions/d2": "moved"}


VALUES = st.dictionaries(
    st.sampled_from(["title", "url", "attendees/first"]), st.text("ab", max_size=2)
)
MINUTES = st.integers(0, 3)


@given(base=VALUES, left=VALUES, right=VALUES, one=MINUTES, two=MINUTES)
def test_nothing_is_lost_and_nothing_invented(
    base: dict[str, JSON], left: dict[str, JSON], right: dict[str, JSON], one: int, two: int
) -> None:
    result = merged(base, face(LEFT, left, base, minute=one), face(RIGHT, right, base, minute=two))

    lost = {(loss.leaf, loss.lost) for loss in result.losses}
    for leaf in base.keys() | left.keys() | right.keys():
        values = {side.get(leaf) for side in (left, right)}
        now = result.agreed.get(leaf)
        assert now in values
        changed = {value for value in values if value != base.get(leaf)}
        assert all(value == now or (leaf, value) in lost for value in changed)


@given(base=VALUES, left=VALUES, right=VALUES, one=MINUTES, two=MINUTES)
def test_the_order_of_the_sides_does_not_matter(
    base: dict[str, JSON], left: dict[str, JSON], right: dict[str, JSON], one: int, two: int
) -> None:
    faces = [face(LEFT, left, base, minute=one), face(RIGHT, right, base, minute=two)]

    assert merged(base, *faces) == merged(base, *reversed(faces))


DAILY: Leaves = {
    "when": {"start": "2026-11-23T09:00:00", "zone": "Europe/Berlin"},
    "exceptions/2026-11-25T09:00:00": {"title": "special"},
}


def test_exceptions_follow_a_series_that_was_shifted_on_the_other_side() -> None:
    later = {"start": "2026-11-23T10:30:00", "zone": "Europe/Berlin"}
    left: Leaves = {"when": later, "exceptions/2026-11-25T10:30:00": {"title": "special"}}
    right: Leaves = {**DAILY, "exceptions/2026-11-26T09:00:00": {"cancelled": True}}

    result = merged(DAILY, face(LEFT, left, DAILY, minute=1), face(RIGHT, right, DAILY, minute=2))

    assert result.agreed == {
        "when": later,
        "exceptions/2026-11-25T10:30:00": {"title": "special"},
        "exceptions/2026-11-26T10:30:00": {"cancelled": True},
    }
    assert result.losses == ()


def test_an_exception_changed_while_its_series_was_shifted_is_changed_at_its_new_time() -> None:
    later = {"start": "2026-11-24T09:00:00", "zone": "Europe/Berlin"}
    left: Leaves = {"when": later, "exceptions/2026-11-26T09:00:00": {"title": "special"}}
    right: Leaves = {**DAILY, "exceptions/2026-11-25T09:00:00": {"title": "renamed"}}

    result = merged(DAILY, face(LEFT, left, DAILY, minute=2), face(RIGHT, right, DAILY, minute=1))

    assert result.agreed == {"when": later, "exceptions/2026-11-26T09:00:00": {"title": "renamed"}}
    assert result.losses == ()


def test_a_series_in_another_zone_keeps_the_exceptions_of_the_side_that_moved_it() -> None:
    utc = {"start": "2026-11-23T08:00:00", "zone": "UTC"}
    left: Leaves = {"when": utc}
    right: Leaves = {**DAILY, "exceptions/2026-11-26T09:00:00": {"cancelled": True}}

    result = merged(DAILY, face(LEFT, left, DAILY, minute=1), face(RIGHT, right, DAILY, minute=2))

    assert result.agreed == left
    assert [loss.leaf for loss in result.losses] == ["exceptions/2026-11-26T09:00:00"]
