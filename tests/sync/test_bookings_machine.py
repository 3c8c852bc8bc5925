"""Random histories of bookings and their destination calendar.

At every instant: no booking stands there twice, nobody else's item is touched, nothing is listed,
bookings are never written. At rest: every booking stands there as it should, unless the host took
it out and it has not changed since.
"""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from booking.core.errors import BadAnswer, Unreachable
from booking.sync.policy import BOOKINGS, bookings_restored
from tests.sync.bookings import desk
from tests.sync.calendar import Killed, Quirks, QuirkyCalendar, leaf_of, with_leaf
from tests.sync.world import units

NUMBER = st.integers(0, 9)


class Destination(RuleBasedStateMachine):
    @initialize(
        quirks=st.builds(
            Quirks,
            cuts_text=st.booleans(),
            tells_no_version=st.booleans(),
            ignores_if_none_match=st.booleans(),
            moves_versions=st.booleans(),
            names_stay_taken=st.booleans(),
        ),
        restores=st.booleans(),
    )
    def begin(self, quirks: Quirks, restores: bool) -> None:
        self.place = desk(bookings_restored() if restores else BOOKINGS, quirks)
        self.restores = restores
        self.count = 0
        self.taken_out: set[str] = set()
        self.place.calendar.user_put("own", units("dentist"))
        self.own = self.place.calendar.items["own"]

    @rule()
    def book(self) -> None:
        self.count += 1
        self.place.bookings.book(
            f"b{self.count}", units(f"#{self.count}", description="a long one")
        )

    @rule(number=NUMBER)
    def move(self, number: int) -> None:
        keys = sorted(self.place.bookings.rows)
        if keys:
            self.count += 1
            key = keys[number % len(keys)]
            moved = with_leaf(self.place.bookings.rows[key], "when", f"~{self.count}")
            self.place.bookings.book(key, moved)
            self.taken_out.discard(f"uid-{key}")

    @rule(number=NUMBER)
    def cancel(self, number: int) -> None:
        keys = sorted(self.place.bookings.rows)
        if keys:
            self.place.bookings.cancel(keys[number % len(keys)])

    @rule(number=NUMBER, leaf=st.sampled_from(["title", "when", "location"]))
    def host_edits(self, number: int, leaf: str) -> None:
        self._host_edits(number, leaf)

    def _host_edits(self, number: int, leaf: str) -> None:
        calendar = self.place.calendar
        keys = sorted(key for key, one in calendar.items.items() if one.is_copy)
        if keys:
            self.count += 1
            key = keys[number % len(keys)]
            calendar.user_put(key, with_leaf(calendar.items[key].units, leaf, f"h~{self.count}"))

    @rule(number=NUMBER)
    def host_deletes(self, number: int) -> None:
        calendar = self.place.calendar
        keys = sorted(key for key, one in calendar.items.items() if one.is_copy)
        if keys:
            key = keys[number % len(keys)]
            self.taken_out.add(calendar.items[key].uid)
            calendar.user_delete(key)

    @rule()
    def work(self) -> None:
        self.place.work_whatever_happens()

    @rule()
    def look(self) -> None:
        self.place.look()

    @rule(
        kind=st.sampled_from(["kill", "lost", "html", "edit"]),
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
                return
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
        place.look()
        place.rest()
        assert not place.store.tables.intents
        shown = {one.uid: one.units for one in place.calendar.items.values() if one.is_copy}
        wanted = {f"uid-{key}": content for key, content in place.bookings.rows.items()}
        assert set(shown) <= set(wanted)
        assert set(wanted) - set(shown) <= (set() if self.restores else self.taken_out)
        for uid, content in shown.items():
            if self.restores:
                assert content == place.calendar.norm(wanted[uid])
            else:
                assert self._is_justified(content, place.calendar.norm(wanted[uid]))
        writes = place.calendar.writes
        place.rest()
        assert place.calendar.writes == writes

    def _is_justified(self, shown: object, wanted: object) -> bool:
        """Tell whether every difference is one that the host made by hand."""
        leaves = ("title", "when", "location", "description")
        return all(
            leaf_of(shown, leaf) == leaf_of(wanted, leaf)  # type: ignore[arg-type]
            or str(leaf_of(shown, leaf)).startswith("h~")  # type: ignore[arg-type]
            for leaf in leaves
        )

    @invariant()
    @precondition(lambda self: hasattr(self, "place"))
    def it_is_never_there_twice(self) -> None:
        copies = [one.uid for one in self.place.calendar.items.values() if one.is_copy]
        assert not [uid for uid, times in Counter(copies).items() if times > 1]

    @invariant()
    @precondition(lambda self: hasattr(self, "place"))
    def nobody_else_is_touched(self) -> None:
        assert self.place.calendar.items["own"] == self.own
        assert "changes" not in self.place.calendar.calls
        assert self.place.bookings.policy_writes == 0


TestDestination = Destination.TestCase
TestDestination.settings = settings(
    max_examples=int(os.getenv("BOOKING_TEST_HISTORIES", "80")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
