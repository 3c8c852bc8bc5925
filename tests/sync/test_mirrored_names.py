"""I13: it makes no difference which side is called left."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.sync.policy import MIRROR, Direction, Policy, mirror
from booking.sync.ports import SIDES, Side
from tests.sync.calendar import Quirks, QuirkyCalendar, contents, with_leaf
from tests.sync.world import World, units, world

LEAVES = ["title", "location", "attendees/first", "when"]


@dataclass(frozen=True)
class Step:
    what: str
    side: Side
    number: int
    leaf: str


STEPS = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(["create", "edit", "edit", "delete", "cycle"]),
        side=st.sampled_from(SIDES),
        number=st.integers(0, 9),
        leaf=st.sampled_from(LEAVES),
    ),
    max_size=25,
)


class Twin:
    """One of two worlds in which the same happens; in the second the sides have changed names."""

    def __init__(self, policy: Policy, quirks: Quirks, *, is_swapped: bool) -> None:
        self.is_swapped = is_swapped
        self.place: World = (
            world(policy.swapped(), left=quirks) if is_swapped else world(policy, right=quirks)
        )
        self.count = 0

    def calendar(self, side: Side) -> QuirkyCalendar:
        return self.place.calendar(side.other if self.is_swapped else side)

    def play(self, step: Step) -> None:
        calendar = self.calendar(step.side)
        self.count += 1
        if step.what == "cycle":
            self.place.settle_down(cycles=1)
        elif step.what == "create":
            calendar.user_put(f"u{self.count}", units(f"#{self.count}", n=self.count))
        elif calendar.items:
            self.change(calendar, step)

    def change(self, calendar: QuirkyCalendar, step: Step) -> None:
        keys = sorted(calendar.items, key=lambda key: str(calendar.items[key].units["n"]))
        key = keys[step.number % len(keys)]
        if step.what == "delete":
            calendar.user_delete(key)
        else:
            content = with_leaf(calendar.items[key].units, step.leaf, f"~{self.count}")
            calendar.user_put(key, content)

    def conflicts(self) -> Counter[tuple[object, ...]]:
        return Counter(
            (row.kind, row.unit, row.side.other if self.is_swapped else row.side, repr(row.lost))
            for row in self.place.tables.conflicts
        )


@given(
    steps=STEPS,
    policy=st.sampled_from([MIRROR, mirror(Direction.LEFT_TO_RIGHT)]),
    cuts=st.booleans(),
)
@settings(max_examples=int(os.getenv("BOOKING_TEST_HISTORIES", "60")), deadline=None)
def test_swapping_the_sides_names_gives_the_mirrored_result(
    steps: list[Step], policy: Policy, cuts: bool
) -> None:
    quirks = Quirks(cuts_text=cuts)
    one, two = (Twin(policy, quirks, is_swapped=swapped) for swapped in (False, True))
    rest = Step(what="cycle", side=SIDES[0], number=0, leaf="")

    for step in [*steps, rest, rest]:
        one.play(step)
        two.play(step)

    for side in SIDES:
        assert contents(one.calendar(side)) == contents(two.calendar(side))
    assert one.conflicts() == two.conflicts()
