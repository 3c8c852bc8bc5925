"""Rows of one calendar's shared replica: the engine's `ReplicaStore` over the database.

Each unit that writes checks the lease's fence, and derives the busy rows in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from booking.accounts.hosts import AccountHosts
from booking.calendars.busy import BusyStore
from booking.calendars.item_rows import ItemRows
from booking.calendars.pair_dirty import wake
from booking.calendars.sync_models import SHARED
from booking.calendars.sync_models import Cursor as CursorRow
from booking.core.clock import monotonic
from booking.db import reading, writing
from booking.sync.ports import Item
from booking.sync.rows import Cursor, Lease, LeaseLost

LEASE_LASTS = timedelta(seconds=120)
EXTENDED_AFTER = timedelta(seconds=30)
TOO_COMPLEX = "This series is too complex to be expanded."
_HOSTS = AccountHosts()
_CURSORS: Any = CursorRow.__table__
_FENCE = (
    select(_CURSORS.c.fence)
    .where(_CURSORS.c.calendar_id == bindparam("b_calendar"))
    .with_for_update()
)
_MOVED = (
    update(_CURSORS)
    .where(_CURSORS.c.calendar_id == bindparam("b_calendar"))
    .values(
        revision=_CURSORS.c.revision + 1,
        changed_at=bindparam("b_now", type_=_CURSORS.c.changed_at.type),
    )
)


def take_lease(session: Session, calendar_id: int, owner: str, now: datetime) -> Lease | None:
    """Take the right to read a calendar; None while somebody else has it."""
    if session.get(CursorRow, calendar_id) is None:
        session.add(CursorRow(calendar_id=calendar_id))
        session.flush()
    until = now + LEASE_LASTS
    is_free = or_(CursorRow.lease_until.is_(None), CursorRow.lease_until < now)
    taken = session.execute(
        update(CursorRow)
        .where(CursorRow.calendar_id == calendar_id, is_free)
        .values(lease_owner=owner, lease_until=until, fence=CursorRow.fence + 1)
        .returning(CursorRow.fence)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return None if taken is None else Lease(owner=owner, fence=taken, until=until)


def free_leases(session: Session, owners: Sequence[str]) -> None:
    """End the leases of workers known to be dead."""
    session.execute(
        update(CursorRow)
        .where(CursorRow.lease_owner.in_(owners))
        .values(lease_until=None, lease_owner=None)
    )


def lease_owners(session: Session) -> list[str]:
    """Return who holds leases on calendars now."""
    query = select(CursorRow.lease_owner).where(CursorRow.lease_owner.is_not(None)).distinct()
    return [owner for owner in session.scalars(query) if owner]


def release_lease(session: Session, calendar_id: int, lease: Lease) -> None:
    """Give the lease back, if it is still ours."""
    session.execute(
        update(CursorRow)
        .where(CursorRow.calendar_id == calendar_id, CursorRow.fence == lease.fence)
        .values(lease_until=None, lease_owner=None)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedReplica:
    """The replica of one calendar, under one lease, which long work extends as it goes.

    `place` is the calendar's address, for roots; `pair_id` the pair that works on it, 0 for none.
    """

    calendar_id: int
    user_id: int
    lease: Lease
    busy: BusyStore
    now: datetime
    place: str = ""
    pair_id: int = 0
    started: float = field(default_factory=monotonic)

    @contextmanager
    def reading(self) -> Iterator[ReplicaRows]:
        """Open a unit that only reads."""
        with reading() as session:
            yield ReplicaRows(session, self)

    @contextmanager
    def writing(self) -> Iterator[ReplicaRows]:
        """Open a unit that is committed at its end. Errors: LeaseLost, and nothing is kept."""
        with writing() as session:
            self.check(session)
            rows = ReplicaRows(session, self)
            yield rows
            rows.tell()

    def check(self, session: Session) -> None:
        """Refuse to go on without the lease, and keep it. Errors: LeaseLost."""
        check_fence(session, self.calendar_id, self.lease)
        spent = timedelta(seconds=monotonic() - self.started)
        if spent >= EXTENDED_AFTER:
            until = self.lease.until + spent
            _set_lease_end(session, self.calendar_id, self.lease, until)


def _set_lease_end(session: Session, calendar_id: int, lease: Lease, until: datetime) -> None:
    session.execute(
        update(CursorRow)
        .where(CursorRow.calendar_id == calendar_id, CursorRow.fence == lease.fence)
        .values(lease_until=until)
        .execution_options(synchronize_session=False)
    )


def check_fence(session: Session, calendar_id: int, lease: Lease) -> None:
    """Refuse to go on where another worker has the calendar by now. Errors: LeaseLost."""
    if session.connection().scalar(_FENCE, {"b_calendar": calendar_id}) != lease.fence:
        raise LeaseLost


class ReplicaRows(ItemRows):
    """The rows of a shared replica inside an open unit (see `sync.rows.ReplicaState`)."""

    def __init__(self, session: Session, replica: SharedReplica) -> None:
        super().__init__(session, replica.calendar_id, SHARED, place=replica.place)
        self._replica = replica
        self._moved = 0

    def tell(self) -> None:
        """Void what was remembered of the host's slots, if busy rows really changed."""
        if not self._moved:
            return
        _HOSTS.touch(self._session, self._replica.user_id)
        about = {"b_calendar": self._replica.calendar_id, "b_now": self._replica.now}
        self._session.connection().execute(_MOVED, about)

    def cursor(self) -> Cursor:
        """Return how far the calendar has been read."""
        row = self._session.get(CursorRow, self._replica.calendar_id)
        if row is None:
            return Cursor()
        return Cursor(token=row.token, full_at=row.full_at, emptied_at=row.emptied_at)

    def save_cursor(self, cursor: Cursor) -> None:
        """Remember how far the calendar has been read."""
        self._session.execute(
            update(CursorRow)
            .where(CursorRow.calendar_id == self._replica.calendar_id)
            .values(token=cursor.token, full_at=cursor.full_at, emptied_at=cursor.emptied_at)
            .execution_options(synchronize_session=False)
        )

    def put(self, items: Sequence[Item], *, own: bool = False) -> None:
        """Insert or replace items, derive their busy rows, tell the pairs that use them."""
        self.replace(items)
        self._moved += self._replica.busy.put(self._session, items)
        self._name_too_complex([item.key for item in items])
        self._wake([item.key for item in items], own=own)

    def _wake(self, keys: Sequence[str], *, own: bool) -> None:
        """Tell every pair; one that wrote the items itself need not hear of them."""
        but = self._replica.pair_id if own else 0
        wake(self._session, self._replica.calendar_id, keys, but=but)

    def _name_too_complex(self, keys: Sequence[str]) -> None:
        """Write at items that they block nothing since they cannot be expanded."""
        found = self._replica.busy.too_complex.intersection(keys)
        if found:
            self.flag(sorted(found), TOO_COMPLEX)

    def drop(self, keys: Sequence[str], *, own: bool = False) -> None:
        """Forget items that are gone, and their busy rows; tell the pairs that use them."""
        self.delete(keys)
        self._moved += self._replica.busy.drop(self._session, keys)
        self._wake(keys, own=own)
