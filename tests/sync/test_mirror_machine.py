"""Random histories of a mirror: edits, deletions, lost requests and answers, kills, lost tokens.

Checked at every instant: no item of ours stands twice on a side, held deletions wait, a one-way
source is not written. Checked whenever things have come to rest: the invariants I1 to I4 and I6 to
I8. Every edit carries a rising number, so a later one can be told from an earlier one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from booking.core.errors import BadAnswer, Unreachable
from booking.sync.policy import Brake, Direction, mirror
from booking.sync.ports import JSON, SIDES, Page, Side
from booking.sync.rows import HoldState, Link, LinkState
from tests.sync.calendar import Killed, Quirks, QuirkyCalendar, leaf_of, with_leaf
from tests.sync.world import RIGHT, units, world

LEAVES = (
    "title",
    "when",
    "location",
    "description",
    "attendees/first",
    "attendees/second",
    "exceptions/e1",
)
TEXTS = st.sampled_from(["", "x", "yy", "zed", "a long text", "b long text "])
SIDE = st.sampled_from(SIDES)
NUMBER = st.integers(0, 30)
CALLS = ("changes", "page", "fetch", "get", "create", "update", "delete")
BRAKES = (None, Brake(floor=3, share=0.0))


@dataclass
class Meddling:
    """What goes wrong at the n-th time of some call."""

    kind: str
    calls: tuple[str, ...]
    phase: str
    left: int
    edit: tuple[Side, int, str]


class Mirror(RuleBasedStateMachine):
    @initialize(
        first=st.fixed_dictionaries(
            {
                "forgets_silently": st.booleans(),
                "tells_no_version": st.booleans(),
                "ignores_if_none_match": st.booleans(),
                "reports_false_removals": st.booleans(),
                "names_stay_taken": st.booleans(),
                "nets_out": st.booleans(),
                "lags": st.booleans(),
                "page": st.sampled_from([2, 100]),
            }
        ),
        second=st.fixed_dictionaries(
            {
                "cuts_text": st.booleans(),
                "tells_no_version": st.booleans(),
                "moves_versions": st.booleans(),
                "has_no_feed": st.booleans(),
                "lists_when_asked_for_changes": st.booleans(),
                "passes_over_in_silence": st.booleans(),
                "nets_out": st.booleans(),
                "masked": st.sampled_from([frozenset(), frozenset({"location"})]),
            }
        ),
        brake=st.sampled_from(BRAKES),
        direction=st.sampled_from([Direction.BOTH, Direction.BOTH, Direction.LEFT_TO_RIGHT]),
        skew=st.sampled_from([0, 0, 30]),
    )
    def begin(
        self,
        first: dict[str, object],
        second: dict[str, object],
        brake: Brake | None,
        direction: Direction,
        skew: int,
    ) -> None:
        policy = replace(mirror(direction), brake=brake)
        self.place = world(policy, left=Quirks(**first), right=Quirks(**second))  # type: ignore[arg-type]
        self.is_one_way = direction is not Direction.BOTH
        if skew:
            self.place.left.clock = self._skewed(skew)
        self.count = 0
        self.made = 0
        self.pending: dict[tuple[Side, str, str], JSON] = {}
        self.deleted: set[tuple[Side, str]] = set()
        self.typed: set[JSON] = set()
        self.target_own: dict[str, object] = {}
        self.linked_before: dict[int, Link] = {}

    # A person at one of the calendars.

    @rule(side=SIDE, text=TEXTS)
    def create(self, side: Side, text: str) -> None:
        if len(self.place.left.items) + len(self.place.right.items) > 8:
            return
        self.count += 1
        self.made += 1
        key, calendar = f"u{side[0]}{self.count}", self.place.calendar(side)
        content = units(f"{text}#{self.count}", description=f"{self.count:04d}{text}")
        calendar.user_put(key, content)
        self.typed.add(leaf_of(calendar.items[key].units, "description"))
        if self.is_one_way and side is RIGHT:
            self.target_own[key] = calendar.items[key].units

    @rule(side=SIDE, number=NUMBER, leaf=st.sampled_from(LEAVES), text=TEXTS)
    def edit(self, side: Side, number: int, leaf: str, text: str) -> None:
        self._edit(side, number, leaf, text)

    @rule(side=SIDE, number=NUMBER)
    def remove(self, side: Side, number: int) -> None:
        keys = sorted(self.place.calendar(side).items)
        if keys:
            self._delete(side, keys[number % len(keys)])

    @rule(side=SIDE, keep=st.integers(0, 2))
    def remove_many(self, side: Side, keep: int) -> None:
        for key in sorted(self.place.calendar(side).items)[keep:]:
            self._delete(side, key)

    @rule(side=SIDE, number=NUMBER)
    def paste(self, side: Side, number: int) -> None:
        calendar = self.place.calendar(side)
        keys = sorted(calendar.items)
        if keys and len(keys) < 5:
            self.count += 1
            self.made += 1
            key = keys[number % len(keys)]
            calendar.user_copy(key, f"p{side[0]}{self.count}")
            self.typed.add(leaf_of(calendar.items[key].units, "description"))

    # The servers, and the process.

    @rule(side=SIDE)
    def forget_tokens(self, side: Side) -> None:
        self.place.calendar(side).forget()

    @rule()
    def cycle(self) -> None:
        self.place.cycle_whatever_happens()

    @rule(
        kind=st.sampled_from(["kill", "lost", "html", "edit"]),
        calls=st.sampled_from([CALLS, *((call,) for call in CALLS)]),
        phase=st.sampled_from(["before", "after"]),
        nth=st.integers(1, 8),
        edit=st.tuples(SIDE, NUMBER, st.sampled_from(LEAVES)),
        then=st.booleans(),
    )
    def faulty_cycle(
        self,
        kind: str,
        calls: tuple[str, ...],
        phase: str,
        nth: int,
        edit: tuple[Side, int, str],
        then: bool,
    ) -> None:
        meddling = Meddling(kind=kind, calls=calls, phase=phase, left=nth, edit=edit)
        self._meddled_cycle(meddling)
        if then:
            self._edit(*edit, "post")

    @rule(phase=st.sampled_from(["before", "after"]), nth=st.integers(1, 6))
    def killed_at_a_commit(self, phase: str, nth: int) -> None:
        left = [nth]

        def on_commit(at: str) -> None:
            left[0] -= at == phase
            if not left[0]:
                left[0] = -1
                raise Killed

        self.place.store.on_commit = on_commit
        self.place.cycle_whatever_happens()
        self.place.store.on_commit = None

    @rule(side=SIDE, kind=st.sampled_from(["html", "cut", "half", "empty"]))
    def bad_listing(self, side: Side, kind: str) -> None:
        calendar = self.place.calendar(side)
        known = set(self.place.tables.replicas[side]) & set(calendar.items)
        calendar.answers = _bad(kind)
        self.place.cycle_whatever_happens(full=True)
        calendar.answers = None
        assert known & set(calendar.items) <= set(self.place.tables.replicas[side])

    @rule()
    def come_to_rest(self) -> None:
        self.place.settle_down()
        if self.place.tables.holds:
            self.place.approve()
            self.place.settle_down()
        self._check_links()
        self._check_contents()
        self._check_edits()
        self._check_rest()

    # What must be true at every instant.

    @invariant()
    @precondition(lambda self: hasattr(self, "place"))
    def nothing_of_ours_stands_twice(self) -> None:
        for side in SIDES:
            copies = [one for one in self.place.calendar(side).items.values() if one.is_copy]
            assert len({one.mark for one in copies}) == len(copies)

    @invariant()
    @precondition(lambda self: hasattr(self, "place"))
    def held_deletions_wait(self) -> None:
        for hold in self.place.tables.holds.values():
            key = self.place.tables.links[hold.link_id].end(hold.side).key
            if hold.state is HoldState.HELD and key is not None:
                is_there = key in self.place.calendar(hold.side).items
                assert is_there or (hold.side, key) in self.deleted

    @invariant()
    @precondition(lambda self: hasattr(self, "place"))
    def a_one_way_source_is_not_written(self) -> None:
        if self.is_one_way:
            assert self.place.left.writes == 0

    # What must be true at rest.

    def _check_links(self) -> None:
        """I1: one to one; I4: a link ends only where a person deleted one of its items."""
        place, tables = self.place, self.place.tables
        assert not tables.intents
        assert not tables.holds
        lefts = [link.left.key for link in place.links]
        rights = [link.right.key for link in place.links if link.state is not LinkState.MUTED]
        assert sorted(lefts, key=str) == sorted(place.left.items)
        if not self.is_one_way:
            assert sorted(rights, key=str) == sorted(place.right.items)
        assert set(rights) <= set(place.right.items)
        assert len(place.links) <= self.made
        for link in self.linked_before.values():
            keys = {(side, link.end(side).key) for side in SIDES}
            assert link.id in tables.links or keys & self.deleted
            if link.id not in tables.links:
                assert any(row.link_id == link.id for row in tables.trash)
        self.linked_before = dict(tables.links)

    def _check_contents(self) -> None:
        """I2: each side shows the agreed; I6: no text that nobody typed; I9: strangers stay."""
        place = self.place
        for link in place.links:
            for side in SIDES if link.state is not LinkState.MUTED else ():
                key, calendar = link.end(side).key, place.calendar(side)
                shown = calendar.items[key or ""].units
                assert calendar.norm(link.agreed) == calendar.norm(shown), (link, shown)
        for stored in place.left.items.values():
            assert leaf_of(stored.units, "description") in self.typed
        for key, content in self.target_own.items():
            assert place.right.items[key].units == content

    def _check_edits(self) -> None:
        """I3: every edit is visible, superseded by a later one, or named as a conflict."""
        lost = {(row.unit, row.lost) for row in self.place.tables.conflicts}
        for (side, key, leaf), value in self.pending.items():
            stored = self.place.calendar(side).items.get(key)
            if stored is None:
                assert (side, key) in self.deleted or (leaf, value) in lost
                continue
            now = leaf_of(stored.units, leaf)
            assert now == value or (leaf, value) in lost or _is_later(now, value), (
                leaf,
                value,
                now,
            )
        self.pending = {}

    def _check_rest(self) -> None:
        """I2, I5: another cycle writes nothing, and asks once a side."""
        place = self.place
        writes, requests = place.writes(), place.requests()
        place.cycle()
        assert place.writes() == writes
        if not (place.right.quirks.moves_versions or place.left.quirks.reports_false_removals):
            assert place.requests() <= requests + 2

    # How a person does it.

    def _edit(self, side: Side, number: int, leaf: str, text: str) -> None:
        calendar = self.place.calendar(side)
        keys = sorted(calendar.items)
        if not keys:
            return
        key = keys[number % len(keys)]
        self.count += 1
        value = f"{self.count:04d}{text}" if leaf == "description" else f"{text}~{self.count}"
        calendar.user_put(key, with_leaf(calendar.items[key].units, leaf, value))
        shown = leaf_of(calendar.items[key].units, leaf)
        if leaf == "description":
            self.typed.add(shown)
        if key in self.target_own:
            self.target_own[key] = calendar.items[key].units
        if leaf in calendar.quirks.masked or (self.is_one_way and side is RIGHT):
            return
        self.pending[(side, key, leaf)] = shown

    def _delete(self, side: Side, key: str) -> None:
        """Delete an item; edits that its reader could already see go with it."""
        calendar = self.place.calendar(side)
        stored = calendar.items[key]
        link = self._link_of(side, key)
        twin = link.end(side.other).key if link else None
        for leaf in LEAVES:
            self.pending.pop((side, key, leaf), None)
            value = self.pending.get((side.other, twin or "", leaf))
            if value is None:
                continue
            here, seen = leaf_of(stored.units, leaf), self._as_shown(calendar, leaf, value)
            if here == seen or _is_later(here, seen):
                self.pending.pop((side.other, twin or "", leaf))
        self.deleted.add((side, key))
        self.target_own.pop(key, None)
        calendar.user_delete(key)

    def _link_of(self, side: Side, key: str) -> Link | None:
        """Return the link of an item, even if the engine has not heard of its own write yet."""
        stored = self.place.calendar(side).items[key]
        for link in self.place.links:
            if link.end(side).key == key:
                return link
        for intent in self.place.tables.intents.values():
            if stored.is_copy and intent.mark == stored.mark:
                return self.place.tables.links[intent.link_id]
        return None

    def _as_shown(self, calendar: QuirkyCalendar, leaf: str, value: JSON) -> JSON:
        return leaf_of(calendar.norm(with_leaf({}, leaf, value)), leaf)

    def _meddled_cycle(self, meddling: Meddling) -> None:
        def fault(_calendar: QuirkyCalendar, call: str, phase: str) -> None:
            if phase != meddling.phase or call not in meddling.calls:
                return
            meddling.left -= 1
            if meddling.left == 0:
                self._strike(meddling, call)

        self.place.left.fault = self.place.right.fault = fault
        self.place.cycle_whatever_happens()
        self.place.left.fault = self.place.right.fault = None

    def _strike(self, meddling: Meddling, call: str) -> None:
        if meddling.kind == "kill":
            raise Killed
        if meddling.kind == "lost":
            raise Unreachable
        if meddling.kind == "html":
            raise BadAnswer(step=call)
        self._edit(*meddling.edit, "mid")

    def _skewed(self, seconds: int) -> Callable[[], datetime]:
        clock = self.place.clock

        def now() -> datetime:
            return clock.now() + timedelta(seconds=seconds)

        return now


def _is_later(one: JSON, other: JSON) -> bool:
    return _number(one) > _number(other)


def _number(value: JSON) -> int:
    text = str(value or "")
    if text[:4].isdigit():
        return int(text[:4])
    tail = text.rpartition("~")[2]
    return int(tail) if "~" in text and tail.isdigit() else 0


def _bad(kind: str) -> Callable[[list[Page]], list[Page]]:
    def answer(pages: list[Page]) -> list[Page]:
        if kind == "html":
            raise BadAnswer
        if kind == "cut":
            return pages[:-1]
        if kind == "empty":
            return [Page(token=pages[-1].token, last=True)]
        half = [change for page in pages for change in page.changes][::2]
        return [Page(changes=tuple(half), token=pages[-1].token, last=True)]

    return answer


TestMirror = Mirror.TestCase
TestMirror.settings = settings(
    max_examples=int(os.getenv("BOOKING_TEST_HISTORIES", "300")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
