"""Three calendars at three kinds of provider, each a pair with the other two."""

from __future__ import annotations

import pytest

from tests.doorless import doorless_app
from tests.pairs.couples import Couple
from tests.pairs.people import Entry, titles

__all__ = ["doorless_app"]


@pytest.mark.parametrize("couple", ["caldav-google"], indirect=True)
def test_in_a_ring_every_event_stands_once_in_each_calendar(couple: Couple) -> None:
    world, third = couple.world, couple.world.person("microsoft")
    ring = [
        couple,
        Couple(world=world, left=couple.right, right=third),
        Couple(world=world, left=third, right=couple.left),
    ]
    people = (couple.left, couple.right, third)
    for number, person in enumerate(people):
        person.add(Entry(title=f"Event {number}", start=f"2026-11-2{4 + number}T10:00"))
    for pair in ring:
        pair.join()

    for _ in range(4):
        for pair in ring:
            pair.sync()
    assert [titles(person) for person in people] == [["Event 0", "Event 1", "Event 2"]] * 3
    assert sum(pair.written() for pair in ring) == 0

    third.change("Event 0", title="Renamed")
    couple.left.delete("Event 1")
    for _ in range(3):
        for pair in ring:
            pair.sync()

    assert [titles(person) for person in people] == [["Event 2", "Renamed"]] * 3
    assert sum(pair.written() for pair in ring) == 0
