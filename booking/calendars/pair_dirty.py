"""What the next plan of a pair has to look at: links, and items of either side.

A replica is shared: whoever changes it tells every pair of calendars that uses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Select, bindparam, delete, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from booking.calendars.content import times_of
from booking.calendars.link_models import SyncDirty, SyncLink, SyncPair
from booking.calendars.sync_models import SHARED, Cursor, ReplicaItem
from booking.core.instants import DAY, to_instant
from booking.sync.policy import MIRROR
from booking.sync.ports import SIDES, Side

TIMES, MIXED, FULL = "times", "mixed", "full"
_COLUMNS = ("pair_id", "link_id", "side", "key")

# Built once: building a statement takes as long as running it.
_DIRTY: Any = SyncDirty.__table__
_MARKED = (_DIRTY.c.pair_id == bindparam("b_pair"), _DIRTY.c.side == bindparam("b_side"))
_ITEMS_MARKED = select(_DIRTY.c.key).where(
    *_MARKED, _DIRTY.c.link_id == 0, _DIRTY.c.key.in_(bindparam("b_keys", expanding=True))
)
_LINKS_MARKED = select(_DIRTY.c.link_id).where(
    _MARKED[0], _DIRTY.c.side == "", _DIRTY.c.link_id.in_(bindparam("b_ids", expanding=True))
)
_MARK = insert(_DIRTY)
_PAIRS: Any = SyncPair.__table__
_USERS = select(_PAIRS.c.id, _PAIRS.c.left_calendar_id, _PAIRS.c.right_calendar_id).where(
    _PAIRS.c.policy == MIRROR.name,
    or_(
        _PAIRS.c.left_calendar_id == bindparam("b_calendar"),
        _PAIRS.c.right_calendar_id == bindparam("b_calendar"),
    ),
)


def mark_links(session: Session, pair_id: int, ids: Sequence[int]) -> None:
    """Have the next plan look at these links; twice is once."""
    if not ids:
        return
    known = set(session.connection().scalars(_LINKS_MARKED, {"b_pair": pair_id, "b_ids": ids}))
    _add(session, pair_id, [{"link_id": one} for one in dict.fromkeys(ids) if one not in known])


def mark_items(session: Session, pair_id: int, side: Side, keys: Sequence[str]) -> None:
    """Have the next plan look at these items of one side; twice is once."""
    if not keys:
        return
    about = {"b_pair": pair_id, "b_side": side.value, "b_keys": keys}
    known = set(session.connection().scalars(_ITEMS_MARKED, about))
    news = [key for key in dict.fromkeys(keys) if key not in known]
    _add(session, pair_id, [{"side": side.value, "key": key} for key in news])


def _add(session: Session, pair_id: int, places: Sequence[dict[str, Any]]) -> None:
    values = [{"pair_id": pair_id, "link_id": 0, "side": "", "key": "", **at} for at in places]
    if values:
        session.connection().execute(_MARK, values)


def mirrors_of(session: Session, calendar_id: int) -> list[SyncPair]:
    """Return the pairs of calendars that use this one, whatever their status."""
    query = select(SyncPair).where(
        SyncPair.policy == MIRROR.name,
        or_(SyncPair.left_calendar_id == calendar_id, SyncPair.right_calendar_id == calendar_id),
    )
    return list(session.scalars(query))


def calendar_at(pair: SyncPair, side: Side) -> int:
    """Return the calendar that stands on one side of a pair of calendars."""
    found = pair.left_calendar_id if side is Side.LEFT else pair.right_calendar_id
    return found or 0


def wake(session: Session, calendar_id: int, keys: Sequence[str], *, but: int = 0) -> None:
    """Tell the pairs of a calendar that these items changed; `but`: who did it knows already."""
    if not keys:
        return
    for pair_id, left, right in session.connection().execute(_USERS, {"b_calendar": calendar_id}):
        for side, place in ((Side.LEFT, left), (Side.RIGHT, right)):
            if place == calendar_id and pair_id != but:
                mark_items(session, pair_id, side, keys)


def seed(session: Session, pair: SyncPair, now: datetime) -> None:
    """Queue everything that stands in both calendars: what is to come first, then what is over.

    Links come before items, so that no item is taken for a new one whose link waits.
    """
    session.execute(delete(SyncDirty).where(SyncDirty.pair_id == pair.id))
    nothing = literal("")
    links = select(literal(pair.id), SyncLink.id, nothing, nothing).where(
        SyncLink.pair_id == pair.id
    )
    _insert(session, links)
    today = to_instant(now) - DAY
    coming = or_(ReplicaItem.is_series.is_(True), ReplicaItem.first_at >= today)
    for is_wanted, order in ((coming, ReplicaItem.first_at), (~coming, -ReplicaItem.first_at)):
        for side in SIDES:
            items = select(
                literal(pair.id), literal(0), literal(side.value), ReplicaItem.key
            ).where(
                ReplicaItem.calendar_id == calendar_at(pair, side),
                ReplicaItem.scope == SHARED,
                is_wanted,
            )
            _insert(session, items.order_by(order))
    pair.seeded_at = now


def _insert(session: Session, rows: Select[*tuple[Any, ...]]) -> None:
    session.connection().execute(insert(SyncDirty).from_select(_COLUMNS, rows))


def wants_full(session: Session, calendar_id: int) -> bool:
    """Tell whether whole events are to be kept of a calendar, not their times alone."""
    found = session.connection().execute(_USERS, {"b_calendar": calendar_id})
    return found.first() is not None


def is_full(session: Session, calendar_id: int) -> bool:
    """Tell whether whole events are kept of a calendar by now."""
    query = select(Cursor.detail).where(Cursor.calendar_id == calendar_id)
    return session.scalar(query) == FULL


def note_read(session: Session, calendar_id: int, *, is_whole: bool) -> None:
    """Note that whole events were read: all of them where `is_whole`, and while a pair wants them.

    A reading that outlives the last pair leaves `mixed` behind, which the next one strips.
    """
    is_done = is_whole and wants_full(session, calendar_id)
    _set_detail(session, calendar_id, FULL if is_done else MIXED)


def strip(session: Session, calendar_id: int) -> None:
    """Forget what a calendar's events are about, if no pair uses it any more."""
    if wants_full(session, calendar_id) or not _set_detail(session, calendar_id, TIMES):
        return
    query = select(ReplicaItem).where(
        ReplicaItem.calendar_id == calendar_id, ReplicaItem.scope == SHARED
    )
    for row in session.scalars(query):
        row.content = times_of(row.content)
        row.likeness, row.raw, row.touched = "", None, {}
    session.flush()


def _set_detail(session: Session, calendar_id: int, detail: str) -> bool:
    done: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(Cursor)
        .where(Cursor.calendar_id == calendar_id, Cursor.detail != detail)
        .values(detail=detail)
        .execution_options(synchronize_session=False)
    )
    return done.rowcount == 1
