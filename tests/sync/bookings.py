"""Our own table of bookings as a side, and the world of one destination calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from booking.core.errors import ProviderError
from booking.sync.engine import Engine, Pair, Report
from booking.sync.policy import BOOKINGS, Policy
from booking.sync.ports import Capabilities, Item, Side, Units
from tests.sync.calendar import Killed, Quirks, QuirkyCalendar
from tests.sync.memory import MemoryPair, MemoryStore
from tests.sync.world import LEFT, PAIR_ID, RIGHT, TickingClock


@dataclass(slots=True)
class Bookings:
    """Implements `Local`: a table that is read inside the engine's units."""

    clock: TickingClock
    rows: dict[str, Units] = field(default_factory=dict)
    waiting: dict[str, None] = field(default_factory=dict)
    policy_writes: int = 0
    capabilities: Capabilities = field(default_factory=Capabilities)

    def book(self, key: str, units: Units) -> None:
        self.rows[key] = units
        self.waiting[key] = None

    def cancel(self, key: str) -> None:
        self.rows.pop(key, None)
        self.waiting[key] = None

    def norm(self, units: Units) -> Units:
        return units

    def dirty(self, state: MemoryPair) -> Iterable[str]:
        del state
        return list(self.waiting)

    def items(self, state: MemoryPair, keys: Sequence[str]) -> Mapping[str, Item]:
        del state
        return {
            key: Item(key=key, uid=f"uid-{key}", units=self.rows[key], version="1")
            for key in keys
            if key in self.rows
        }

    def write(
        self, state: MemoryPair, key: str | None, name: str, units: Units | None
    ) -> Item | None:
        self.policy_writes += 1
        if units is None:
            self.rows.pop(key or name, None)
            return None
        self.rows[key or name] = units
        return self.items(state, [key or name])[key or name]


@dataclass(slots=True)
class Desk:
    """Bookings on the left, their destination calendar on the right."""

    policy: Policy
    clock: TickingClock
    bookings: Bookings
    calendar: QuirkyCalendar
    store: MemoryStore = field(default_factory=MemoryStore)
    ids: int = 0

    def engine(self) -> Engine[MemoryPair]:
        pair = Pair[MemoryPair](
            id=PAIR_ID,
            policy=self.policy,
            remotes={RIGHT: self.calendar},
            ours={LEFT: self.bookings},
            places={side: side.value for side in Side},
            scoped=frozenset({RIGHT}),
        )
        return Engine(pair, self.store, now=self.clock.now(), new_id=self._new_id)

    def work(self) -> Report:
        """Do what a writing job does: settle, plan, send; then note what is in step."""
        engine = self.engine()
        engine.settle()
        report = engine.work()
        busy = {intent.link_id for intent in self.store.tables.intents.values()}
        links = {link.left.key: link for link in self.store.tables.links.values()}
        for key in list(self.bookings.waiting):
            link = links.get(key)
            if link is None or link.id not in busy:
                del self.bookings.waiting[key]
        return report

    def look(self) -> None:
        """Read our items in the calendar, as a poll does."""
        keys = [link.right.key for link in self.store.tables.links.values()]
        self.engine().look(RIGHT, [key for key in keys if key is not None])

    def work_whatever_happens(self) -> ProviderError | None:
        try:
            self.work()
        except ProviderError as error:
            return error
        except Killed:
            pass
        return None

    def rest(self) -> None:
        for _ in range(4):
            self.work()

    def _new_id(self) -> int:
        self.ids += 1
        return self.ids


def desk(policy: Policy = BOOKINGS, quirks: Quirks | None = None) -> Desk:
    """Return an empty table of bookings and an empty calendar."""
    clock = TickingClock()
    return Desk(
        policy=policy,
        clock=clock,
        bookings=Bookings(clock=clock),
        calendar=QuirkyCalendar(clock=clock.now, quirks=quirks or Quirks()),
    )


def copies(calendar: QuirkyCalendar) -> dict[str, Units]:
    """Return what stands in the calendar of ours, by uid."""
    return {one.uid: one.units for one in calendar.items.values() if one.is_copy}
