"""The busy store as the right side of BUSY_CACHE: what a replica's items block, as rows.

Rows are derived from the replica alone, in the transaction that changes it, so they always equal
its expansion. Rules: docs/availability.md, "Busy".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from booking.calendars.busy_rows import LONGEST_ROW
from booking.calendars.content import ANSWERS, event_of
from booking.calendars.sync_models import BusyRow
from booking.core.event import AllDay, Answer, EventStatus, Transparency
from booking.core.event_units import when_of
from booking.core.instants import Instant
from booking.core.recurrence import Occurrence, TooComplex, bounds, occurrences, touches
from booking.sync.ports import Item

MOST_ROWS = 50_000
OwnUids = Callable[[Session, int, Sequence[str]], frozenset[str]]
"""Says which of some UIDs are those of a host's bookings."""


# Built once: building a statement takes as long as running it.
_TABLE: Any = BusyRow.__table__
_MINE = _TABLE.c.calendar_id == bindparam("b_calendar")
_NAMED = (_MINE, _TABLE.c.item_key.in_(bindparam("b_keys", expanding=True)))
_PRESENT = select(
    _TABLE.c.item_key,
    _TABLE.c.uid,
    _TABLE.c.starts_at,
    _TABLE.c.ends_at,
    _TABLE.c.is_tentative,
    _TABLE.c.is_all_day,
    _TABLE.c.is_own,
).where(*_NAMED)
_FORGET = delete(_TABLE).where(*_NAMED)
_NUMBER = select(func.count()).select_from(_TABLE).where(_MINE)
_INSERT = insert(_TABLE)


class _Block(NamedTuple):
    """An instance that takes time: its bounds as UTC epoch seconds."""

    start: int
    end: int
    is_all_day: bool
    is_tentative: bool


class _Stretch(NamedTuple):
    """A busy row without its key."""

    item_key: str
    uid: str
    starts_at: int
    ends_at: int
    is_tentative: bool
    is_all_day: bool
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The covered stretch, `[start, end)`, and the zone of the calendar's dates."""

    start: Instant
    end: Instant
    zone: ZoneInfo


class BusyStore:
    """The busy rows of one calendar, which belongs to `user_id`.

    The copy of a booking with this host never blocks beside the booking itself. A meeting to
    which the host was invited by another host's booking page does block.
    `too_complex` collects the keys of series that could not be expanded, and so block nothing.
    """

    def __init__(self, calendar_id: int, user_id: int, window: Window, own_uids: OwnUids) -> None:
        self._calendar_id = calendar_id
        self._user_id = user_id
        self.window = window
        self._own_uids = own_uids
        self.too_complex: set[str] = set()

    def put(self, session: Session, items: Sequence[Item]) -> int:
        """Derive the rows of these items anew; return how many rows really changed."""
        uids = [item.uid for item in items if item.uid]
        own = self._own_uids(session, self._user_id, uids)
        wanted = {item.key: self._rows(item, is_own=item.uid in own) for item in items}
        present = self._present(session, list(wanted))
        stale = [key for key, rows in wanted.items() if present.get(key, set()) != set(rows)]
        self._forget(session, [key for key in stale if key in present])
        fresh = [row for key in stale for row in wanted[key]]
        self._insert(session, fresh)
        return sum(len(present.get(key, ())) for key in stale) + len(fresh)

    def drop(self, session: Session, keys: Sequence[str]) -> int:
        """Forget the rows of these items; return how many there were."""
        return self._forget(session, keys)

    def prune(self, session: Session) -> None:
        """Forget what ended before the covered window: nobody can ask about it any more."""
        session.connection().execute(
            delete(BusyRow).where(
                BusyRow.calendar_id == self._calendar_id, BusyRow.ends_at < self.window.start
            )
        )

    def _rows(self, item: Item, *, is_own: bool) -> list[_Stretch]:
        if item.fault and not item.units:
            return []
        try:
            is_single = not (item.units.get("recurrence") or item.units.get("exceptions"))
            found = self._single(item) if is_single else self._series(item)
            return list(dict.fromkeys(_stretches(item, found, is_own=is_own)))
        except TooComplex:
            self.too_complex.add(item.key)
            return []

    def _series(self, item: Item) -> Iterator[_Block]:
        event = event_of(item.units, item.uid)
        window = (self.window.start, self.window.end)
        for one in occurrences(event, window, self.window.zone):
            if blocks(one):
                answers = (one.status, one.event.my_answer)
                yield _Block(one.start, one.end, one.all_day, _is_tentative(*answers))

    def _single(self, item: Item) -> Iterator[_Block]:
        """Yield the same as `_series` would, without the event: most take place once."""
        units: Any = item.units
        status, answer = units.get("status"), units.get(ANSWERS, {}).get("")
        if (
            status == EventStatus.CANCELLED
            or answer == Answer.DECLINED
            or units.get("transparency") == Transparency.TRANSPARENT
        ):
            return
        when = when_of(units["when"])
        start, end = bounds(when, self.window.zone)
        if touches(start, end, (self.window.start, self.window.end)):
            yield _Block(start, end, isinstance(when, AllDay), _is_tentative(status, answer))

    def _present(self, session: Session, keys: Sequence[str]) -> dict[str, set[_Stretch]]:
        about = {"b_calendar": self._calendar_id, "b_keys": keys}
        found: dict[str, set[_Stretch]] = {}
        for row in session.connection().execute(_PRESENT, about):
            found.setdefault(row.item_key, set()).add(_Stretch(*row))
        return found

    def _forget(self, session: Session, keys: Sequence[str]) -> int:
        if not keys:
            return 0
        about = {"b_calendar": self._calendar_id, "b_keys": keys}
        return session.connection().execute(_FORGET, about).rowcount

    def _insert(self, session: Session, rows: list[_Stretch]) -> None:
        """Insert rows in bulk, up to the cap of a calendar; the nearest ones go first."""
        if not rows:
            return
        standing = session.connection().scalar(_NUMBER, {"b_calendar": self._calendar_id})
        room = MOST_ROWS - (standing or 0)
        kept = sorted(rows, key=lambda row: row.starts_at)[: max(0, room)]
        if kept:
            values = [{"calendar_id": self._calendar_id, **row._asdict()} for row in kept]
            session.connection().execute(_INSERT, values)


def blocks(occurrence: Occurrence) -> bool:
    """Tell whether an instance takes its owner's time, tentatively or not."""
    is_off = occurrence.status is EventStatus.CANCELLED or occurrence.declined
    return not is_off and not occurrence.transparent


def _is_tentative(status: object, answer: object) -> bool:
    return status == EventStatus.TENTATIVE or answer == Answer.TENTATIVE


def _stretches(item: Item, found: Iterable[_Block], *, is_own: bool) -> Iterator[_Stretch]:
    for block in found:
        for start, end in _split(block.start, block.end):
            yield _Stretch(
                item_key=item.key,
                uid=item.uid,
                starts_at=start,
                ends_at=end,
                is_tentative=block.is_tentative,
                is_all_day=block.is_all_day,
                is_own=is_own,
            )


def _split(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a stretch into parts of at most a week; a zero length stays as it is."""
    while end - start > LONGEST_ROW:
        yield start, start + LONGEST_ROW
        start += LONGEST_ROW
    yield start, end
