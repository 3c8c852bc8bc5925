"""The engine's `StateStore` over the database, for pairs whose far side is looked at item by item.

Each unit that writes checks the pair's fence, so a worker that lost its lease keeps nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from booking.calendars import pair_rows as rows
from booking.calendars import pair_statements as ask
from booking.calendars.item_rows import ItemRows
from booking.calendars.link_models import (
    SyncDirty,
    SyncHold,
    SyncIntent,
    SyncLink,
    SyncPair,
    SyncRecord,
)
from booking.calendars.pair_dirty import mark_items, mark_links
from booking.core.clock import monotonic
from booking.db import reading, writing
from booking.sync.ports import SIDES, Item, Side
from booking.sync.rows import (
    Changes,
    Cursor,
    Dirty,
    Hold,
    Intent,
    Lease,
    LeaseLost,
    Link,
    Totals,
)

LEASE_LASTS = timedelta(seconds=120)
EXTENDED_AFTER = timedelta(seconds=30)
_DAY = timedelta(days=1)


def find_or_make_pair(
    session: Session, policy: str, user_id: int, right_calendar_id: int, now: datetime
) -> SyncPair:
    """Return the pair between our own tables and a calendar; make it the first time."""
    query = select(SyncPair).where(
        SyncPair.policy == policy,
        SyncPair.left_calendar_id.is_(None),
        SyncPair.right_calendar_id == right_calendar_id,
    )
    pair = session.scalars(query).first()
    if pair is None:
        pair = SyncPair(
            policy=policy, user_id=user_id, right_calendar_id=right_calendar_id, created_at=now
        )
        session.add(pair)
        session.flush()
    return pair


def take_lease(session: Session, pair_id: int, owner: str, now: datetime) -> Lease | None:
    """Take the right to work on a pair; None while somebody else has it."""
    until = now + LEASE_LASTS
    is_free = or_(SyncPair.lease_until.is_(None), SyncPair.lease_until < now)
    fence = session.execute(
        update(SyncPair)
        .where(SyncPair.id == pair_id, is_free)
        .values(lease_owner=owner, lease_until=until, fence=SyncPair.fence + 1)
        .returning(SyncPair.fence)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return None if fence is None else Lease(owner=owner, fence=fence, until=until)


def release_lease(session: Session, pair_id: int, lease: Lease) -> None:
    """Give the lease back, if it is still ours."""
    session.execute(
        update(SyncPair)
        .where(SyncPair.id == pair_id, SyncPair.fence == lease.fence)
        .values(lease_until=None, lease_owner=None)
    )


def lease_owners(session: Session) -> list[str]:
    """Return who holds leases on pairs now."""
    query = select(SyncPair.lease_owner).where(SyncPair.lease_owner.is_not(None)).distinct()
    return [owner for owner in session.scalars(query) if owner]


def free_leases(session: Session, owners: Sequence[str]) -> None:
    """End the leases of workers known to be dead."""
    session.execute(
        update(SyncPair)
        .where(SyncPair.lease_owner.in_(owners))
        .values(lease_until=None, lease_owner=None)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PairStore:
    """One pair's rows, under one lease, which long work extends as it goes.

    `calendars`: the calendar of each side that has one.
    """

    pair_id: int
    calendars: Mapping[Side, int]
    lease: Lease
    started: float = field(default_factory=monotonic)

    @contextmanager
    def reading(self) -> Iterator[PairRows]:
        """Open a unit that only reads."""
        with reading() as session:
            yield PairRows(session, self)

    @contextmanager
    def writing(self) -> Iterator[PairRows]:
        """Open a unit that is committed at its end. Errors: LeaseLost, and nothing is kept."""
        with writing() as session:
            held = session.connection().scalar(ask.FENCE, {"b_pair": self.pair_id})
            if held != self.lease.fence:
                raise LeaseLost
            self._keep(session)
            yield PairRows(session, self)

    def _keep(self, session: Session) -> None:
        """Extend the lease of a run that takes long."""
        spent = timedelta(seconds=monotonic() - self.started)
        if spent >= EXTENDED_AFTER:
            session.execute(
                update(SyncPair)
                .where(SyncPair.id == self.pair_id, SyncPair.fence == self.lease.fence)
                .values(lease_until=self.lease.until + spent)
                .execution_options(synchronize_session=False)
            )


class PairRows:
    """The rows of a pair inside an open unit (see `sync.rows.PairState`)."""

    def __init__(self, session: Session, store: PairStore) -> None:
        self.session = session
        self._store = store
        self.pair_id = store.pair_id

    def replica(self, side: Side) -> PairReplica:
        """Return the pair's own items on `side`."""
        return PairReplica(self.session, self._store, side)

    def dirty(self, now: datetime) -> Dirty:
        """Return what has to be planned, `unsyncable` links whose time has come among it."""
        marked = self._fresh(ask.DIRTY_OF_PAIR, b_pair=self.pair_id).all()
        due = self._fresh(ask.LINKS_DUE, b_pair=self.pair_id, b_now=now).scalars()
        links = dict.fromkeys([row.link_id for row in marked if row.link_id] + list(due))
        items = tuple((Side(row.side), row.key) for row in marked if row.side)
        return Dirty(links=tuple(links), items=items)

    def planned(self, dirty: Dirty) -> None:
        """Forget that these had to be planned."""
        if dirty.links:
            self._fresh(ask.LINKS_PLANNED, b_pair=self.pair_id, b_ids=dirty.links)
        for side in SIDES:
            keys = [key for at, key in dirty.items if at is side]
            if keys:
                self._fresh(ask.ITEMS_PLANNED, b_pair=self.pair_id, b_side=side.value, b_keys=keys)

    def links(self, ids: Sequence[int]) -> Mapping[int, Link]:
        """Return those links that exist."""
        if not ids:
            return {}
        found = self._fresh(ask.LINKS_BY_ID, b_ids=ids)
        return {row.id: rows.link_of(row) for row in found if row.pair_id == self.pair_id}

    def links_at(self, side: Side, keys: Sequence[str]) -> Mapping[str, Link]:
        """Return the links whose end on `side` is one of `keys`, by key."""
        if not keys:
            return {}
        found = self._fresh(ask.LINKS_BY_KEY[side], b_pair=self.pair_id, b_keys=keys)
        links = [rows.link_of(row) for row in found]
        return {link.end(side).key or "": link for link in links}

    def peers(self, side: Side, *, uids: Collection[str], roots: Collection[str]) -> Sequence[Item]:
        """Return nothing: a side that is looked at item by item has no strangers to meet."""
        del side, uids, roots
        return ()

    def singles(self, side: Side, likenesses: Collection[str]) -> Mapping[str, str]:
        """Return nothing, for the same reason."""
        del side, likenesses
        return {}

    def rooted(self, root: str) -> bool:
        """Tell whether a link of this pair stems from this root."""
        return self._fresh(ask.ROOTED, b_pair=self.pair_id, b_root=root).first() is not None

    def intents(self) -> Sequence[Intent]:
        """Return all intents, in the order in which they were made."""
        found = self._fresh(ask.INTENTS_OF_PAIR, b_pair=self.pair_id)
        return [rows.intent_of(row) for row in found]

    def intents_of(self, ids: Sequence[int]) -> Sequence[Intent]:
        """Return the intents of these links."""
        found = self._fresh(ask.INTENTS_OF_LINKS, b_ids=ids) if ids else ()
        return [rows.intent_of(row) for row in found]

    def holds_of(self, ids: Sequence[int]) -> Sequence[Hold]:
        """Return the deletions that wait on these links."""
        found = self._fresh(ask.HOLDS_OF_LINKS, b_ids=ids) if ids else ()
        return [rows.hold_of(row) for row in found]

    def holds(self) -> Sequence[Hold]:
        """Return all deletions that wait, oldest first."""
        found = self._fresh(ask.HOLDS_OF_PAIR, b_pair=self.pair_id)
        return [rows.hold_of(row) for row in found]

    def totals(self, now: datetime) -> Totals:
        """Return the counts that the brake needs."""
        links = select(func.count()).select_from(SyncLink).where(SyncLink.pair_id == self.pair_id)
        lately = (
            select(func.count())
            .select_from(SyncRecord)
            .where(
                SyncRecord.pair_id == self.pair_id,
                SyncRecord.kind == "trash",
                SyncRecord.at > now - _DAY,
            )
        )
        return Totals(
            links=self.session.scalar(links) or 0,
            deleted_lately=self.session.scalar(lately) or 0,
        )

    def save(self, changes: Changes) -> None:
        """Apply what a step decided, in the order in which the fields stand."""
        self._drop_links(changes.dropped)
        links = {link.id: rows.link_values(link, self.pair_id) for link in changes.links}
        self._replace(ask.LINKS, "id", links)
        self._end_intents(changes.done)
        self._put_intents(changes.intents)
        if changes.released:
            self._fresh(ask.RELEASE, b_ids=changes.released)
        holds = {hold.link_id: rows.hold_values(hold, self.pair_id) for hold in changes.holds}
        self._replace(ask.HOLDS, "link_id", holds)
        self._insert(ask.RECORDS, rows.records_of(changes, self.pair_id))
        mark_links(self.session, self.pair_id, changes.dirty)
        for side in SIDES:
            keys = [key for at, key in changes.later if at is side]
            mark_items(self.session, self.pair_id, side, keys)

    def _drop_links(self, ids: Sequence[int]) -> None:
        if not ids:
            return
        for table in (SyncIntent, SyncHold, SyncDirty):
            self.session.execute(delete(table).where(table.link_id.in_(ids)))
        self.session.execute(delete(SyncLink).where(SyncLink.id.in_(ids)))

    def _end_intents(self, done: Sequence[tuple[int, Side]]) -> None:
        for side in SIDES:
            ids = [link_id for link_id, at in done if at is side]
            if ids:
                self._fresh(ask.END_INTENTS, b_ids=ids, b_side=side.value)

    def _put_intents(self, intents: Sequence[Intent]) -> None:
        """Insert intents, or change those that stand: at most one per link and side."""
        if not intents:
            return
        ids = [intent.link_id for intent in intents]
        found = self._fresh(ask.INTENTS_STANDING, b_ids=ids)
        known = {(row.link_id, row.side): row.id for row in found}
        fresh, old = [], []
        for intent in intents:
            values = rows.intent_values(intent, self.pair_id)
            stands = known.get((intent.link_id, intent.side.value))
            if stands is None:
                fresh.append(values)
            else:
                old.append({**values, "b_key": stands})
        self._change(ask.INTENTS, "id", old)
        self._insert(ask.INTENTS, fresh)

    def _replace(self, table: Any, key: str, wanted: Mapping[int, dict[str, Any]]) -> None:
        """Update rows, or insert them; none is ever deleted for this, since others hang on it."""
        if not wanted:
            return
        known = self._fresh(ask.standing(table, key), b_keys=list(wanted))
        standing = set(known.scalars())
        old = [
            {"b_key": at, **{name: value for name, value in wanted[at].items() if name != key}}
            for at in wanted
            if at in standing
        ]
        self._change(table, key, old)
        self._insert(table, [wanted[at] for at in wanted if at not in standing])

    def _change(self, table: Any, key: str, values: Sequence[dict[str, Any]]) -> None:
        if values:
            columns = tuple(name for name in values[0] if name != "b_key")
            self.session.connection().execute(ask.changed(table, key, columns), values)

    def _insert(self, table: Any, values: Sequence[dict[str, Any]]) -> None:
        if values:
            self.session.connection().execute(ask.added(table), values)

    def _fresh(self, statement: Any, **about: Any) -> Any:
        """Run a statement on rows as they now are, as columns: objects cost three times as much."""
        self.session.flush()
        return self.session.connection().execute(statement, about)


class PairReplica(ItemRows):
    """The pair's own items on one side (see `sync.rows.ReplicaState`); it has no cursor."""

    def __init__(self, session: Session, store: PairStore, side: Side) -> None:
        super().__init__(session, store.calendars[side], store.pair_id)
        self._pair_id = store.pair_id
        self._side = side

    def cursor(self) -> Cursor:
        """Return that nothing was ever listed."""
        return Cursor()

    def save_cursor(self, cursor: Cursor) -> None:
        """Keep nothing: this side is never listed."""
        del cursor

    def unconfirmed(self) -> Sequence[str]:
        """Return nothing: no feed is followed here that could be silent of an item."""
        return ()

    def put(self, items: Sequence[Item], *, own: bool = False) -> None:
        """Insert or replace items; what others wrote has to be planned."""
        self.replace(items)
        if not own:
            self._wake([item.key for item in items])

    def drop(self, keys: Sequence[str], *, own: bool = False) -> None:
        """Forget items that are gone."""
        self.delete(keys)
        if not own:
            self._wake(keys)

    def _wake(self, keys: Sequence[str]) -> None:
        mark_items(self._session, self._pair_id, self._side, keys)
