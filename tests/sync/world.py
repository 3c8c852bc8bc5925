"""Two calendars, the engine's rows, and a clock that moves whenever anybody looks at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from booking.core.errors import ProviderError
from booking.sync.engine import Engine, Pair, Report
from booking.sync.policy import MIRROR, Policy
from booking.sync.ports import JSON, SIDES, Side, Units
from booking.sync.revive import revived
from booking.sync.rows import Link, Trash
from booking.sync.scene import Scene
from tests.sync.calendar import Killed, Quirks, QuirkyCalendar
from tests.sync.memory import MemoryPair, MemoryStore, Tables

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LEFT, RIGHT = SIDES
PAIR_ID = 7


@dataclass(slots=True)
class TickingClock:
    """Two looks are never the same moment."""

    moment: datetime = START

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=10)
        return self.moment

    def advance(self, **delta: float) -> None:
        self.moment += timedelta(**delta)


@dataclass(slots=True)
class World:
    """A pair of calendars under one policy."""

    policy: Policy
    clock: TickingClock
    left: QuirkyCalendar
    right: QuirkyCalendar
    store: MemoryStore = field(default_factory=MemoryStore)
    ids: int = 0
    is_first: bool = False
    is_over: Callable[[], bool] = lambda: False

    @property
    def tables(self) -> Tables:
        return self.store.tables

    @property
    def links(self) -> list[Link]:
        return list(self.tables.links.values())

    def calendar(self, side: Side) -> QuirkyCalendar:
        return self.left if side is LEFT else self.right

    def engine(self) -> Engine[MemoryPair]:
        pair = Pair[MemoryPair](
            id=PAIR_ID,
            policy=self.policy,
            remotes={LEFT: self.left, RIGHT: self.right},
            places={side: side.value for side in SIDES},
            is_first=self.is_first,
        )
        now = self.clock.now()
        return Engine(pair, self.store, now=now, new_id=self._new_id, is_over=self.is_over)

    def revive(self, trash: Trash) -> None:
        """Bring back what was deleted, as a person asks for."""
        scene = Scene(
            pair_id=PAIR_ID,
            policy=self.policy,
            norms={},
            places={},
            now=self.clock.now(),
            new_id=self._new_id,
        )
        with self.store.writing() as state:
            state.save(revived(trash.units, scene))

    def cycle(self, *, full: bool = False) -> Report:
        return self.engine().cycle(full=full)

    def cycle_whatever_happens(self, *, full: bool = False) -> ProviderError | None:
        """Run a cycle that may be killed or cut off; return the error that stopped it."""
        try:
            self.cycle(full=full)
        except ProviderError as error:
            return error
        except Killed:
            pass
        return None

    def settle_down(self, *, cycles: int = 4) -> None:
        """Run enough quiet cycles, some of them days later, that nothing is due any more."""
        quiet = 0
        for number in range(20):
            error = self.cycle_whatever_happens(full=number == 0)
            quiet = 0 if error else quiet + 1
            if error is not None:
                self.clock.advance(hours=2)
            if any(link.retry_at for link in self.links):
                self.clock.advance(days=2)
            if quiet == cycles:
                return
        raise AssertionError("it never came to rest")

    def approve(self) -> None:
        self.engine().approve()

    def reject(self) -> None:
        self.engine().reject()

    def requests(self) -> int:
        return len(self.left.calls) + len(self.right.calls)

    def writes(self) -> int:
        return self.left.writes + self.right.writes

    def _new_id(self) -> int:
        self.ids += 1
        return self.ids


def world(
    policy: Policy = MIRROR, *, left: Quirks | None = None, right: Quirks | None = None
) -> World:
    """Return two empty calendars that are to be kept the same."""
    clock = TickingClock()
    return World(
        policy=policy,
        clock=clock,
        left=QuirkyCalendar(clock=clock.now, quirks=left or Quirks()),
        right=QuirkyCalendar(clock=clock.now, quirks=right or Quirks()),
    )


def units(title: str = "t", **others: JSON) -> Units:
    """Return the content of a small event."""
    return {"title": title, "when": {"start": "2026-11-23T09:00", "zone": "UTC"}, **others}


def filled(count: int, *, left: Quirks | None = None, right: Quirks | None = None) -> World:
    """Return a mirror of `count` items, all copied from left to right already."""
    place = world(left=left, right=right)
    for number in range(count):
        place.left.user_put(f"u{number}", units(f"title {number}"))
    place.cycle()
    return place


def only(calendar: QuirkyCalendar, title: str = "") -> str:
    """Return the key of the only item, or of the only one with this title."""
    (key,) = (key for key, one in calendar.items.items() if title in {"", one.units["title"]})
    return key
