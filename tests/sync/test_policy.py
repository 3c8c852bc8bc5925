"""What each use may do, and when deletions wait."""

from __future__ import annotations

import pytest

from booking.sync.policy import (
    BUSY_CACHE,
    PRESETS,
    TASKS,
    Brake,
    Direction,
    OnDeleted,
    OnEdited,
    mirror,
    writable_sides,
)
from booking.sync.ports import Side

LEFT, RIGHT = Side.LEFT, Side.RIGHT


@pytest.mark.parametrize(
    ("name", "writable", "adopted"),
    [
        ("mirror", (LEFT, RIGHT), (LEFT, RIGHT)),
        ("busy_cache", (RIGHT,), (LEFT,)),
        ("bookings", (RIGHT,), (LEFT,)),
        ("tasks", (LEFT, RIGHT), (LEFT,)),
    ],
)
def test_the_presets_write_and_adopt_where_they_should(
    name: str, writable: tuple[Side, ...], adopted: tuple[Side, ...]
) -> None:
    policy = PRESETS[name]

    assert writable_sides(policy) == writable
    assert tuple(side for side in Side if policy.of(side).is_adopted) == adopted


def test_what_a_deletion_on_the_right_means() -> None:
    assert [policy.right.on_deleted for policy in PRESETS.values()] == [
        OnDeleted.PROPAGATE,
        OnDeleted.REWRITE,
        OnDeleted.REPORT,
        OnDeleted.UNLINK,
    ]


def test_a_one_way_mirror_writes_its_target_only_and_puts_edits_back() -> None:
    there, back = mirror(Direction.LEFT_TO_RIGHT), mirror(Direction.RIGHT_TO_LEFT)

    assert (writable_sides(there), writable_sides(back)) == ((RIGHT,), (LEFT,))
    assert there.right.on_edited is back.left.on_edited is OnEdited.PUT_BACK
    assert there.swapped() == back


def test_swapping_twice_changes_nothing() -> None:
    for policy in PRESETS.values():
        assert policy.swapped().swapped() == policy
    assert TASKS.winner is LEFT
    assert TASKS.swapped().winner is RIGHT
    assert BUSY_CACHE.brake is None


@pytest.mark.parametrize(
    ("found", "waiting", "lately", "links", "listed", "holds"),
    [
        (0, 9, 9, 10, False, False),
        (4, 0, 0, 10, False, False),
        (5, 0, 0, 10, False, True),
        (1, 4, 0, 10, False, True),
        (1, 0, 4, 10, False, True),
        (19, 0, 0, 100, False, False),
        (20, 0, 0, 100, False, True),
        (5, 0, 0, 100, True, True),
        (4, 0, 0, 100, True, False),
        (1, 0, 0, 1, False, False),
        (2, 0, 0, 2, False, True),
    ],
)
def test_the_brake(
    found: int, waiting: int, lately: int, links: int, listed: bool, holds: bool
) -> None:
    assert Brake().holds(found, waiting, lately, links, listed=listed) is holds
