"""Random histories of a calendar that is only read: BUSY_CACHE.

At every commit, also right after a kill: what is derived equals the replica, and an item that
stands in the calendar as it was read is never forgotten. At rest: the replica equals the calendar.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from booking.core.errors import BadAnswer, ProviderError, Unreachable
from booking.sync.ingest import Ingest
from booking.sync.ports import Item, Page, Side
from tests.sync.calendar import Killed, Quirks, QuirkyCalendar, leaf_of, with_leaf
from tests.sync.memory import MemoryReplica, MemoryStore, Tables
from tests.sync.world import TickingClock, units

NUMBER = st.integers(0, 9)


@dataclass
class FollowedReplica(MemoryReplica):
    """A replica from which rows are derived in the same unit."""

    busy: dict[str, object] = field(default_factory=dict)

    def put(self, items: Sequence[Item], *, own: bool = False) -> None:
        super().put(items, own=own)
        self.busy.update({item.key: leaf_of(item.units, "when") for item in items})

    def drop(self, keys: Sequence[str], *, own: bool = False) -> None:
        super().drop(keys, own=own)
        for key in keys:
            self.busy.pop(key, None)


@dataclass
class Cache:
    """A `ReplicaStore` whose units carry the derived rows along."""

    store: MemoryStore = field(default_factory=MemoryStore)
    busy: dict[str, object] = field(default_factory=dict)

    @property
    def tables(self) -> Tables:
        return self.store.tables

    @contextmanager
    def reading(self) -> Iterator[MemoryReplica]:
        yield MemoryReplica(self.tables, Side.LEFT)

    @contextmanager
    def writing(self) -> Iterator[MemoryReplica]:
        draft = dict(self.busy)
        with self.store.writing() as state:
            yield FollowedReplica(state.tables, Side.LEFT, draft)
            self.store.on_swap = lambda: setattr(self, "busy", draft)


class Reading(RuleBasedStateMachine):
    @initialize(
        quirks=st.builds(
            Quirks,
            forgets_silently=st.booleans(),
            moves_versions=st.booleans(),
            has_no_feed=st.booleans(),
            lists_when_asked_for_changes=st.booleans(),
            passes_over_in_silence=st.booleans(),
            reports_false_removals=st.booleans(),
            page=st.sampled_from([2, 100]),
        )
    )
    def begin(self, quirks: Quirks) -> None:
        self.clock = TickingClock()
        self.calendar = QuirkyCalendar(clock=self.clock.now, quirks=quirks)
        self.cache = Cache()
        self.count = 0
        self.known: set[str] = set()

    @rule()
    def add(self) -> None:
        if len(self.calendar.items) < 8:
            self.count += 1
            self.calendar.user_put(f"u{self.count}", units("x", when=f"~{self.count}"))

    @rule(number=NUMBER)
    def move(self, number: int) -> None:
        keys = sorted(self.calendar.items)
        if keys:
            self.count += 1
            key = keys[number % len(keys)]
            moved = with_leaf(self.calendar.items[key].units, "when", f"~{self.count}")
            self.calendar.user_put(key, moved)

    @rule(number=NUMBER)
    def remove(self, number: int) -> None:
        keys = sorted(self.calendar.items)
        if keys:
            self.calendar.user_delete(keys[number % len(keys)])

    @rule()
    def forget(self) -> None:
        self.calendar.forget()

    @rule(full=st.booleans(), afresh=st.booleans())
    def read(self, full: bool, afresh: bool) -> None:
        self._read(full=full, afresh=afresh)

    @rule(
        kind=st.sampled_from(["html", "cut", "half", "empty", "kill", "lost"]),
        nth=st.integers(1, 6),
        full=st.booleans(),
    )
    def read_badly(self, kind: str, nth: int, full: bool) -> None:
        left = [nth]

        def fault(_calendar: QuirkyCalendar, _call: str, _phase: str) -> None:
            left[0] -= 1
            if left[0] == 0 and kind in {"kill", "lost"}:
                raise Killed if kind == "kill" else Unreachable

        def on_commit(_phase: str) -> None:
            fault(self.calendar, "commit", "")

        def answer(pages: list[Page]) -> list[Page]:
            if kind == "html":
                raise BadAnswer
            if kind == "cut":
                return pages[:-1]
            if kind == "half" and pages[0].is_listing:
                half = tuple(change for page in pages for change in page.changes)[::2]
                return [replace(pages[-1], changes=half)]
            if kind == "empty" and pages[0].is_listing:
                return [replace(pages[-1], changes=())]
            return pages

        self.calendar.fault, self.cache.store.on_commit = fault, on_commit
        self.calendar.answers = answer
        self._read(full=full)
        self.calendar.fault = self.calendar.answers = self.cache.store.on_commit = None

    @rule()
    def come_to_rest(self) -> None:
        self._read(full=True)
        self.clock.advance(hours=2)
        assert self._read(full=True) is None
        assert self._seen() == self._shown()
        before = self.cache.store.commits
        self.calendar.calls.clear()
        self._read()
        quirks = self.calendar.quirks
        if not (quirks.has_no_feed or quirks.lists_when_asked_for_changes):
            assert self.calendar.calls == ["changes"]
            assert self.cache.store.commits == before

    @invariant()
    @precondition(lambda self: hasattr(self, "cache"))
    def what_is_derived_equals_the_replica(self) -> None:
        assert self.cache.busy == self._seen()
        assert self.calendar.writes == 0

    @invariant()
    @precondition(lambda self: hasattr(self, "cache"))
    def nothing_that_stands_there_is_forgotten(self) -> None:
        seen = set(self.cache.tables.replicas[Side.LEFT])
        assert self.known & set(self.calendar.items) <= seen
        self.known = seen

    def _read(self, *, full: bool = False, afresh: bool = False) -> ProviderError | None:
        ingest = Ingest(self.calendar, self.cache, self.clock.now(), afresh=afresh)
        try:
            ingest.run(full=full)
        except ProviderError as error:
            return error
        except Killed:
            pass
        return None

    def _seen(self) -> dict[str, object]:
        rows = self.cache.tables.replicas[Side.LEFT]
        return {key: leaf_of(item.units, "when") for key, item in rows.items()}

    def _shown(self) -> dict[str, object]:
        return {key: leaf_of(one.units, "when") for key, one in self.calendar.items.items()}


TestReading = Reading.TestCase
TestReading.settings = settings(
    max_examples=int(os.getenv("BOOKING_TEST_HISTORIES", "80")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
