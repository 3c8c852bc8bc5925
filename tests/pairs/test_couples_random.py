"""Random edits on both sides, while both providers fail at random: nothing is lost or doubled."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.doorless import doorless_app
from tests.pairs.couples import COUPLES, Couple
from tests.pairs.people import Entry, GooglePerson, GraphPerson, Person, titles
from tests.providersim.faults import Act

__all__ = ["doorless_app"]
pytestmark = [
    pytest.mark.fault,
    pytest.mark.parametrize("couple", COUPLES, indirect=True),
]
ROUNDS = 4
ACTS: tuple[tuple[Act, dict[str, Any]], ...] = (
    (Act.DROP_AFTER_WRITE, {}),
    (Act.DROP_BEFORE, {}),
    (Act.APPLY_THEN_STATUS, {"status": 503}),
    (Act.RESET, {}),
    (Act.HTML, {}),
    (Act.EMPTY, {}),
    (Act.TRUNCATE, {}),
    (Act.CUT_JSON, {}),
    (Act.DUPLICATES, {}),
    (Act.REVERSED, {}),
    (Act.EMPTY_PAGE, {}),
    (Act.LOOPING, {"times": 3}),
    (Act.STATUS, {"status": 500}),
    (Act.STATUS, {"status": 412, "reason": "conditionNotMet"}),
    (Act.STATUS, {"status": 429, "retry_after": "20"}),
)
EXPIRED: tuple[Act, dict[str, Any]] = (Act.STATUS, {"status": 410, "reason": "fullSyncRequired"})


@dataclass
class History:
    """What people did, and what must therefore stand in both calendars."""

    couple: Couple
    chance: random.Random
    count: int = 0
    expected: list[str] = field(default_factory=list)

    def edit(self) -> None:
        """Have somebody on each side do something; they never touch the same event."""
        mine = self.chance.sample(self.expected, k=min(4, len(self.expected)))
        for number, person in enumerate(self.couple.both):
            self._act(person, mine[number::2])

    def _act(self, person: Person, mine: list[str]) -> None:
        seen = Counter(titles(person))
        for title in mine:
            if seen[title] != 1:
                continue  # it has not come across yet
            kind = self.chance.choice(("rename", "move", "delete", "place"))
            if kind == "delete" and not self._is_settled(title):
                continue  # an edit that is still under way would rightly bring it back
            if kind == "rename":
                person.change(title, title=self._new("Renamed"))
                self.expected.remove(title)
                self.expected.append(self._last)
            elif kind == "delete":
                person.delete(title)
                self.expected.remove(title)
            elif kind == "move":
                person.change(title, start=f"2026-12-{self.chance.randint(10, 28)}T15:00")
            else:
                person.change(title, place=f"Room {self.chance.randint(1, 99)}")
        rule = self.chance.choice(("", "", "FREQ=DAILY;COUNT=5"))
        day = self.chance.randint(10, 28)
        person.add(Entry(title=self._new("Made"), start=f"2026-12-{day}T10:00", rule=rule))
        self.expected.append(self._last)

    def _is_settled(self, title: str) -> bool:
        left, right = (
            [one for one in person.contents() if one["title"] == title]
            for person in self.couple.both
        )
        return left == right

    def _new(self, word: str) -> str:
        self.count += 1
        self._last = f"{word} {self.count}"
        return self._last

    def break_something(self) -> None:
        """Let the next few calls of a cloud go wrong."""
        person = self.chance.choice(
            [one for one in self.couple.both if isinstance(one, GooglePerson | GraphPerson)]
        )
        route = self.chance.choice(("events.*", "events.list", "delta", "instances"))
        is_list = route in {"events.list", "delta"}
        act, how = self.chance.choice((*ACTS, EXPIRED) if is_list else ACTS)
        details = {"times": self.chance.choice((1, 2, 4)), "skip": self.chance.randint(0, 5), **how}
        if isinstance(person, GooglePerson):
            person.sim.google.fail_next(route, act, **details)
        else:
            person.graph.fail_next(route, act, **details)

    def mend(self) -> None:
        self.couple.world.sim.faults.clear()
        self.couple.world.graph.faults.clear()


@pytest.mark.parametrize("seed", range(1))
def test_random_edits_and_faults_end_the_same(couple: Couple, seed: int) -> None:
    history = History(couple=couple, chance=random.Random(seed))
    for person in couple.both:
        person.add(Entry(title=history._new("Made")))
        history.expected.append(history._last)
    couple.join()
    couple.sync()
    for _ in range(ROUNDS):
        history.edit()
        history.break_something()
        couple.try_to_sync(minutes=7)
        couple.try_to_sync(minutes=7)
        history.mend()

    for hours in (2, 25, 1):
        report = couple.sync(hours=hours)
        if report.held:
            couple.services.pairs.confirm(couple.world.user, couple.pair)
    couple.come_to_rest()

    assert titles(couple.left) == sorted(history.expected)
    assert couple.same()
