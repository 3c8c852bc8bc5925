"""The engine's rows in memory: a unit works on a copy that replaces the tables when it commits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from booking.sync.names import likeness_of, read_mark, root_of
from booking.sync.ports import SIDES, Item, Side
from booking.sync.rows import (
    Changes,
    Conflict,
    Cursor,
    Deed,
    Dirty,
    Hold,
    Intent,
    Lease,
    LeaseLost,
    Link,
    LinkState,
    Notice,
    Tombstone,
    Totals,
    Trash,
)


@dataclass(slots=True)
class Tables:
    """All rows of one pair."""

    replicas: dict[Side, dict[str, Item]] = field(default_factory=lambda: {s: {} for s in SIDES})
    cursors: dict[Side, Cursor] = field(default_factory=lambda: {s: Cursor() for s in SIDES})
    links: dict[int, Link] = field(default_factory=dict)
    intents: dict[tuple[int, Side], Intent] = field(default_factory=dict)
    holds: dict[int, Hold] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    trash: list[Trash] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    dirty_links: dict[int, None] = field(default_factory=dict)
    dirty_items: dict[tuple[Side, str], None] = field(default_factory=dict)

    def copy(self) -> Tables:
        return Tables(
            replicas={side: dict(rows) for side, rows in self.replicas.items()},
            cursors=dict(self.cursors),
            links=dict(self.links),
            intents=dict(self.intents),
            holds=dict(self.holds),
            conflicts=list(self.conflicts),
            trash=list(self.trash),
            tombstones=list(self.tombstones),
            notices=list(self.notices),
            deeds=list(self.deeds),
            dirty_links=dict(self.dirty_links),
            dirty_items=dict(self.dirty_items),
        )


@dataclass(slots=True)
class MemoryReplica:
    """Implements `ReplicaState`."""

    tables: Tables
    side: Side

    @property
    def rows(self) -> dict[str, Item]:
        return self.tables.replicas[self.side]

    def cursor(self) -> Cursor:
        return self.tables.cursors[self.side]

    def save_cursor(self, cursor: Cursor) -> None:
        self.tables.cursors[self.side] = cursor

    def versions(self) -> Mapping[str, str | None]:
        return {key: item.version for key, item in self.rows.items()}

    def items(self, keys: Sequence[str]) -> Mapping[str, Item]:
        return {key: self.rows[key] for key in keys if key in self.rows}

    def unconfirmed(self) -> Sequence[str]:
        return [key for key, item in self.rows.items() if item.wrote_at is not None]

    def confirm(self, keys: Sequence[str]) -> None:
        for key in keys:
            if key in self.rows:
                self.rows[key] = replace(self.rows[key], wrote_at=None, replaced=None)

    def put(self, items: Sequence[Item], *, own: bool = False) -> None:
        self.rows.update({item.key: item for item in items})
        if not own:
            self._wake([item.key for item in items])

    def restamp(self, items: Sequence[Item]) -> None:
        self.rows.update({item.key: item for item in items})

    def drop(self, keys: Sequence[str], *, own: bool = False) -> None:
        for key in keys:
            self.rows.pop(key, None)
        if not own:
            self._wake(keys)

    def _wake(self, keys: Sequence[str]) -> None:
        self.tables.dirty_items.update(dict.fromkeys((self.side, key) for key in keys))


@dataclass(slots=True)
class MemoryPair:
    """Implements `PairState`."""

    tables: Tables

    def replica(self, side: Side) -> MemoryReplica:
        return MemoryReplica(self.tables, side)

    def dirty(self, now: datetime) -> Dirty:
        due = dict(self.tables.dirty_links)
        for link in self.tables.links.values():
            if link.state is LinkState.UNSYNCABLE and link.retry_at and link.retry_at <= now:
                due[link.id] = None
        return Dirty(links=tuple(due), items=tuple(self.tables.dirty_items))

    def planned(self, dirty: Dirty) -> None:
        for link_id in dirty.links:
            self.tables.dirty_links.pop(link_id, None)
        for at in dirty.items:
            self.tables.dirty_items.pop(at, None)

    def links(self, ids: Sequence[int]) -> Mapping[int, Link]:
        return {key: self.tables.links[key] for key in ids if key in self.tables.links}

    def links_at(self, side: Side, keys: Sequence[str]) -> Mapping[str, Link]:
        if not keys:
            return {}
        wanted = set(keys)
        return {
            key: link
            for link in self.tables.links.values()
            if (key := link.end(side).key) is not None and key in wanted
        }

    def peers(self, side: Side, *, uids: Collection[str], roots: Collection[str]) -> Sequence[Item]:
        return [
            item for item in self._unlinked(side) if item.uid in uids or _root(side, item) in roots
        ]

    def singles(self, side: Side, likenesses: Collection[str]) -> Mapping[str, str]:
        found: dict[str, list[str]] = {}
        for item in self._unlinked(side):
            found.setdefault(likeness_of(item.units), []).append(item.key)
        return {
            likeness: keys[0]
            for likeness, keys in found.items()
            if likeness in likenesses and len(keys) == 1
        }

    def _unlinked(self, side: Side) -> Sequence[Item]:
        linked = {link.end(side).key for link in self.tables.links.values()}
        return [item for key, item in self.tables.replicas[side].items() if key not in linked]

    def rooted(self, root: str) -> bool:
        return any(link.root == root for link in self.tables.links.values())

    def intents(self) -> Sequence[Intent]:
        return list(self.tables.intents.values())

    def intents_of(self, ids: Sequence[int]) -> Sequence[Intent]:
        wanted = set(ids)
        return [one for one in self.tables.intents.values() if one.link_id in wanted]

    def holds_of(self, ids: Sequence[int]) -> Sequence[Hold]:
        return [self.tables.holds[key] for key in ids if key in self.tables.holds]

    def holds(self) -> Sequence[Hold]:
        return list(self.tables.holds.values())

    def totals(self, now: datetime) -> Totals:
        lately = sum(1 for row in self.tables.trash if now - row.at < timedelta(days=1))
        return Totals(links=len(self.tables.links), deleted_lately=lately)

    def save(self, changes: Changes) -> None:
        tables = self.tables
        for link_id in changes.dropped:
            tables.links.pop(link_id, None)
            tables.holds.pop(link_id, None)
            tables.dirty_links.pop(link_id, None)
            for side in SIDES:
                tables.intents.pop((link_id, side), None)
        tables.links.update({link.id: link for link in changes.links})
        for done in changes.done:
            tables.intents.pop(done, None)
        for intent in changes.intents:
            at = (intent.link_id, intent.side)
            assert at not in tables.intents or intent.op is tables.intents[at].op
            tables.intents[at] = intent
        for link_id in changes.released:
            tables.holds.pop(link_id, None)
        tables.holds.update({hold.link_id: hold for hold in changes.holds})
        tables.conflicts += changes.conflicts
        tables.trash += changes.trash
        tables.tombstones += changes.tombstones
        tables.notices += changes.notices
        tables.deeds += changes.deeds
        tables.dirty_links.update(dict.fromkeys(changes.dirty))
        tables.dirty_items.update(dict.fromkeys(changes.later))


def _root(side: Side, item: Item) -> str:
    mark = read_mark(item.mark)
    return mark.root if mark else root_of(side.value, item.key)


@dataclass(slots=True)
class MemoryStore:
    """Implements `StateStore`.

    `on_commit` is called before and after each commit, `on_swap` in the very act.
    """

    tables: Tables = field(default_factory=Tables)
    lease: Lease | None = None
    fence: int = 0
    on_commit: Callable[[str], None] | None = None
    commits: int = 0
    on_swap: Callable[[], None] | None = None

    @contextmanager
    def reading(self) -> Iterator[MemoryPair]:
        yield MemoryPair(self.tables)

    @contextmanager
    def writing(self) -> Iterator[MemoryPair]:
        draft = self.tables.copy()
        yield MemoryPair(draft)
        if self.lease is not None and self.lease.fence != self.fence:
            raise LeaseLost
        self._tell("before")
        self.tables = draft
        if self.on_swap is not None:
            self.on_swap()
        self.commits += 1
        self._tell("after")

    def _tell(self, phase: str) -> None:
        if self.on_commit is not None:
            self.on_commit(phase)
