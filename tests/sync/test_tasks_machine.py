"""Random histories of tasks with their switches, and of the calendar that receives them.

At every instant: no task is made from a stranger's event or from a copy of ours, none is deleted
because of the calendar, no task stands there twice, nobody else's item is touched, nothing is
listed. At rest: what is switched on stands there as the task says, and nothing else of ours does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from booking.core.errors import BadAnswer, Unreachable
from booking.sync.policy import TASKS
from booking.sync.ports import Item, Side, Units
from booking.sync.rows import NoticeKind
from tests.sync.bookings import Bookings, Desk
from tests.sync.calendar import Killed, Quirks, QuirkyCalendar, with_leaf
from tests.sync.memory import MemoryPair, MemoryStore
from tests.sync.world import TickingClock, units

NUMBER = st.integers(0, 9)


@dataclass(slots=True)
class Tasks(Bookings):
    """Tasks as a side: those that are switched on; a deleted event switches off in its unit."""

    store: MemoryStore = field(default_factory=MemoryStore)
    on: dict[str, int] = field(default_factory=dict)

    def switched_on(self) -> set[str]:
        """Return the tasks whose switch is on; `on` holds how many notices came before."""
        gone = [(n, one.key) for n, one in enumerate(self.store.tables.notices) if _unlinks(one)]
        return {
            key
            for key, since in self.on.items()
            if key in self.rows and not any(key == other and n >= since for n, other in gone)
        }

    def switch(self, key: str, *, on: bool) -> None:
        self.on.pop(key, None)
        if on:
            self.on[key] = len(self.store.tables.notices)
        self.waiting[key] = None

    def items(self, state: MemoryPair, keys: Sequence[str]) -> Mapping[str, Item]:
        del state
        wanted = self.switched_on().intersection(keys)
        return {
            key: Item(key=key, uid=f"task-{key}", units=self.rows[key], version="1")
            for key in keys
            if key in wanted
        }

    def write(
        self, state: MemoryPair, key: str | None, name: str, units: Units | None
    ) -> Item | None:
        assert key is not None, f"a task was made as {name}"
        assert units is not None, f"the task {key} was deleted"
        self.rows[key] = units
        return self.items(state, [key])[key]


def _unlinks(notice: object) -> bool:
    return getattr(notice, "kind", None) is NoticeKind.UNLINKED


class Switches(RuleBasedStateMachine):
    @initialize(
        quirks=st.builds(
            Quirks,
            cuts_text=st.booleans(),
            tells_no_version=st.booleans(),
            ignores_if_none_match=st.booleans(),
            moves_versions=st.booleans(),
            names_stay_taken=st.booleans(),
        ),
    )
    def begin(self, quirks: Quirks) -> None:
        clock, store = TickingClock(), MemoryStore()
        self.tasks = Tasks(clock=clock, store=store)
        self.place = Desk(
            policy=TASKS,
            clock=clock,
            bookings=self.tasks,
            calendar=QuirkyCalendar(clock=clock.now, quirks=quirks),
            store=store,
        )
        self.count = 0
        self.made: set[str] = set()
        self.place.calendar.user_put("own", units("dentist"))
        self.own = self.place.calendar.items["own"]

    def _pick(self, keys: set[str] | list[str], number: int) -> str | None:
        ordered = sorted(keys)
        return ordered[number % len(ordered)] if ordered else None

    def _copies(self) -> list[str]:
        items = self.place.calendar.items
        return [key for key, one in items.items() if one.is_copy]

    @rule(on=st.booleans())
    def add(self, on: bool) -> None:
        self.count += 1
        key = f"t{self.count}"
        self.made.add(key)
        self.tasks.rows[key] = units(f"#{self.count}", description="a long one")
        self.tasks.switch(key, on=on)

    @rule(number=NUMBER, on=st.booleans())
    def switch(self, number: int, on: bool) -> None:
        key = self._pick(set(self.tasks.rows), number)
        if key is not None:
            self.tasks.switch(key, on=on)

    @rule(number=NUMBER, leaf=st.sampled_from(["title", "when", "description"]))
    def edit(self, number: int, leaf: str) -> None:
        key = self._pick(set(self.tasks.rows), number)
        if key is not None:
            self.count += 1
            self.tasks.rows[key] = with_leaf(self.tasks.rows[key], leaf, f"~{self.count}")
            self.tasks.waiting[key] = None

    @rule(number=NUMBER)
    def delete(self, number: int) -> None:
        key = self._pick(set(self.tasks.rows), number)
        if key is not None:
            self.made.discard(key)
            self.tasks.cancel(key)

    @rule(number=NUMBER, leaf=st.sampled_from(["title", "when", "location"]))
    def host_edits(self, number: int, leaf: str) -> None:
        self._host_edits(number, leaf)

    def _host_edits(self, number: int, leaf: str) -> None:
        key, calendar = self._pick(self._copies(), number), self.place.calendar
        if key is not None:
            self.count += 1
            calendar.user_put(key, with_leaf(calendar.items[key].units, leaf, f"h~{self.count}"))

    @rule(number=NUMBER)
    def host_deletes(self, number: int) -> None:
        key = self._pick(self._copies(), number)
        if key is not None:
            self.place.calendar.user_delete(key)

    @rule(number=NUMBER)
    def host_copies(self, number: int) -> None:
        key = self._pick(self._copies(), number)
        if key is not None:
            self.count += 1
            self.place.calendar.user_copy(key, f"copy-{self.count}")

    @rule()
    def host_adds(self) -> None:
        self.count += 1
        self.place.calendar.user_put(f"own-{self.count}", units(f"own {self.count}"))

    @rule()
    def work(self) -> None:
        self.place.work_whatever_happens()

    @rule()
    def look(self) -> None:
        self.place.look()

    @rule()
    def look_astray(self) -> None:
        """A wrong hint names an event that is not ours, and copies of ours that a person made."""
        strangers = [k for k, one in self.place.calendar.items.items() if not one.is_copy]
        self.place.engine().look(Side.RIGHT, strangers)

    @rule(
        kind=st.sampled_from(["kill", "lost", "html", "edit", "switch"]),
        call=st.sampled_from(["create", "update", "delete", "get", "commit"]),
        phase=st.sampled_from(["before", "after"]),
        nth=st.integers(1, 3),
        number=NUMBER,
    )
    def faulty_work(self, kind: str, call: str, phase: str, nth: int, number: int) -> None:
        left = [nth]

        def strike(at: str, when: str) -> None:
            left[0] -= (at, when) == (call, phase)
            if left[0]:
                return
            left[0] = -1
            if kind == "edit":
                self._host_edits(number, "title")
            elif kind == "switch":
                self.switch(number, on=False)
            else:
                raise {"kill": Killed, "lost": Unreachable, "html": BadAnswer}[kind]

        def fault(_calendar: QuirkyCalendar, at: str, when: str) -> None:
            strike(at, when)

        def on_commit(when: str) -> None:
            if kind == "kill":
                strike("commit", when)

        self.place.calendar.fault = fault
        self.place.store.on_commit = on_commit
        self.place.work_whatever_happens()
        self.place.calendar.fault = self.place.store.on_commit = None

    @rule()
    def come_to_rest(self) -> None:
        place = self.place
        for _ in range(3):
            place.clock.advance(days=2)
            place.look()
            place.rest()
        assert not place.store.tables.intents
        links = place.store.tables.links.values()
        linked = {link.left.key: link.right.key for link in links}
        assert set(linked) == self.tasks.switched_on()
        assert sorted(map(str, linked.values())) == sorted(self._copies())
        for left, right in linked.items():
            shown = place.calendar.items[right or ""].units
            assert shown == place.calendar.norm(self.tasks.rows[left or ""])
        writes = place.calendar.writes
        place.rest()
        assert place.calendar.writes == writes

    @invariant()
    @precondition(lambda self: hasattr(self, "place"))
    def tasks_are_made_and_deleted_by_their_owner_alone(self) -> None:
        assert set(self.tasks.rows) == self.made

    @invariant()
    @precondition(lambda self: hasattr(self, "place"))
    def nobody_else_is_touched(self) -> None:
        assert self.place.calendar.items["own"] == self.own
        assert "changes" not in self.place.calendar.calls


TestSwitches = Switches.TestCase
TestSwitches.settings = settings(
    max_examples=int(os.getenv("BOOKING_TEST_HISTORIES", "80")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
