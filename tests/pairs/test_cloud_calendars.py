"""Calendars that a pair needs are made at the clouds, where their host allows it."""

from __future__ import annotations

import pytest

from booking.core.errors import Unsupported
from booking.pairs.values import EndChoice, PairView
from tests.doorless import doorless_app
from tests.pairs.couples import EMAIL, LEFT, RIGHT, Couple, World

__all__ = ["doorless_app"]
pytestmark = pytest.mark.parametrize("couple", ["google-microsoft"], indirect=True)


def made(world: World, google: int, microsoft: int) -> PairView:
    ends = {LEFT: (google, "Left of me"), RIGHT: (microsoft, "Right of me")}
    return world.services.pairs.create(
        world.user,
        {
            side: EndChoice(
                pointer=f"/{side}", connection_id=connection, name=name, color="#ff8800"
            )
            for side, (connection, name) in ends.items()
        },
        direction="both",
    )


def test_both_calendars_of_a_pair_may_be_new(couple: Couple) -> None:
    world = couple.world

    view = made(world, couple.left.connection, couple.right.connection)

    assert (view.left.name, view.left.color) == ("Left of me", "#ff8800")
    assert (view.right.name, view.right.color) == ("Right of me", "#fcab73")
    report = world.services.pair_runner.run(view.id)
    assert report.finished
    assert [one.name for one in world.graph.calendars.calendars_of(EMAIL).values()][-1] == (
        "Right of me"
    )


def test_google_makes_none_before_that_was_allowed_and_says_where(couple: Couple) -> None:
    world = couple.world
    world.sim.google.person.email = "second@example.org"
    world.sim.google.user("second@example.org")
    second = world.connect("google", may_create=False)
    before = set(world.sim.world.calendars)

    with pytest.raises(Unsupported, match="Press “Allow creating calendars”"):
        made(world, second, couple.right.connection)

    assert set(world.sim.world.calendars) == before
    assert [one.name for one in world.graph.calendars.calendars_of(EMAIL).values()] == [
        "Calendar",
        "Office",
    ]
