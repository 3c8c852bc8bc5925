"""The engine's `StateStore` for a pair of calendars: shared replicas on both sides.

Each unit that writes checks the pair's fence, and the fence of a calendar before its replica is
touched, so a worker that lost a lease keeps nothing. Long work extends its leases as it goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.calendars import pair_rows as rows
from booking.calendars import pair_statements as ask
from booking.calendars.item_rows import item_of
from booking.calendars.link_models import SyncIntent, SyncLink
from booking.calendars.pair_store import PairRows, PairStore
from booking.calendars.replica_store import ReplicaRows, SharedReplica
from booking.sync.ports import Item, Side
from booking.sync.rows import Changes, Lease, Op

_MOST_PEERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorStore:
    """One pair's rows, under its own lease and those of both its calendars.

    `counts`: the writes that were committed, by side and kind.
    """

    pair: PairStore
    replicas: Mapping[Side, SharedReplica]
    counts: Counter[tuple[Side, Op]] = field(default_factory=Counter)

    @contextmanager
    def reading(self) -> Iterator[MirrorRows]:
        """Open a unit that only reads."""
        with self.pair.reading() as unit:
            yield MirrorRows(unit.session, self, is_writing=False)

    @contextmanager
    def writing(self) -> Iterator[MirrorRows]:
        """Open a unit that is committed at its end. Errors: LeaseLost, and nothing is kept."""
        with self.pair.writing() as unit:
            mine = MirrorRows(unit.session, self, is_writing=True)
            yield mine
            mine.tell()
        self.counts.update(mine.done)

    def updates_due(self, side: Side) -> tuple[str, ...]:
        """Return the keys of items on `side` whose updates are planned and not done yet."""
        key = SyncLink.left_key if side is Side.LEFT else SyncLink.right_key
        query = (
            select(key)
            .join(SyncIntent, SyncIntent.link_id == SyncLink.id)
            .where(
                SyncIntent.pair_id == self.pair.pair_id,
                SyncIntent.side == side.value,
                SyncIntent.op == Op.UPDATE.value,
                key.is_not(None),
            )
            .order_by(SyncIntent.id)
        )
        with self.reading() as state:
            return tuple(str(found) for found in state.session.scalars(query))


def mirror_store(pair_id: int, lease: Lease, replicas: Mapping[Side, SharedReplica]) -> MirrorStore:
    """Return the store of a pair whose leases are held."""
    calendars = {side: replica.calendar_id for side, replica in replicas.items()}
    pair = PairStore(pair_id=pair_id, calendars=calendars, lease=lease)
    return MirrorStore(pair=pair, replicas=replicas)


class MirrorRows(PairRows):
    """The rows of a pair of calendars inside an open unit (see `sync.rows.PairState`)."""

    def __init__(self, session: Session, store: MirrorStore, *, is_writing: bool) -> None:
        super().__init__(session, store.pair)
        self._replicas = store.replicas
        self._is_writing = is_writing
        self._opened: dict[Side, ReplicaRows] = {}
        self.done: Counter[tuple[Side, Op]] = Counter()

    def replica(self, side: Side) -> ReplicaRows:  # type: ignore[override]
        """Return the shared replica of the calendar on `side`. Errors: LeaseLost."""
        found = self._opened.get(side)
        if found is None:
            shared = self._replicas[side]
            if self._is_writing:
                shared.check(self.session)
            found = self._opened[side] = ReplicaRows(self.session, shared)
        return found

    def tell(self) -> None:
        """Void what was remembered of slots, where busy rows changed."""
        for opened in self._opened.values():
            opened.tell()

    def peers(self, side: Side, *, uids: Collection[str], roots: Collection[str]) -> Sequence[Item]:
        """Return unlinked items on `side` with one of these uids, or that stem from these roots."""
        found = self._fresh(
            ask.PEERS[side],
            b_pair=self.pair_id,
            b_calendar=self._replicas[side].calendar_id,
            b_roots=list(roots),
            b_uids=list(uids),
            b_most=_MOST_PEERS * len(roots),
        )
        return [item_of(row) for row in found]

    def singles(self, side: Side, likenesses: Collection[str]) -> Mapping[str, str]:
        """Return the keys of those unlinked items on `side` that alone have their likeness."""
        found = self._fresh(
            ask.SINGLES[side],
            b_pair=self.pair_id,
            b_calendar=self._replicas[side].calendar_id,
            b_likenesses=list(likenesses),
        )
        return dict(found.all())

    def save(self, changes: Changes) -> None:
        """Apply what a step decided, and write down what was done for the history."""
        super().save(changes)
        self._insert(ask.RECORDS, rows.history_of(changes, self.pair_id))
        self.done.update((deed.side, deed.op) for deed in changes.deeds)
