"""The statements of a pair's rows, built once: building one takes as long as running it.

Each is named by its question; what it asks about is bound as `b_...` when it is run. They are over
tables and not over classes, whose every mention costs anew. Leaves to others: running them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Select, Table, Update, bindparam, delete, exists, insert, or_, select, update
from sqlalchemy import func as sql

from booking.calendars.item_rows import ITEM_COLUMNS
from booking.calendars.link_models import (
    SyncDirty,
    SyncHold,
    SyncIntent,
    SyncLink,
    SyncPair,
    SyncRecord,
)
from booking.calendars.sync_models import SHARED, ReplicaItem
from booking.sync.ports import Side
from booking.sync.rows import LinkState

PAIRS: Final[Any] = SyncPair.__table__
LINKS: Final[Any] = SyncLink.__table__
INTENTS: Final[Any] = SyncIntent.__table__
HOLDS: Final[Any] = SyncHold.__table__
DIRTY: Final[Any] = SyncDirty.__table__
RECORDS: Final[Any] = SyncRecord.__table__
_ITEMS: Final[Any] = ReplicaItem.__table__

_PAIR: Final[Any] = bindparam("b_pair")
_SIDE: Final[Any] = bindparam("b_side")


def _any(name: str) -> Any:
    return bindparam(name, expanding=True)


FENCE = select(PAIRS.c.fence).where(PAIRS.c.id == _PAIR).with_for_update()

# By their ids alone: with the pair beside them SQLite walks through all links of the pair.
LINKS_BY_ID = select(LINKS).where(LINKS.c.id.in_(_any("b_ids")))
_ENDS = {Side.LEFT: LINKS.c.left_key, Side.RIGHT: LINKS.c.right_key}
LINKS_BY_KEY = {
    side: select(LINKS).where(LINKS.c.pair_id == _PAIR, key.in_(_any("b_keys")))
    for side, key in _ENDS.items()
}
ROOTED = select(LINKS.c.id).where(LINKS.c.pair_id == _PAIR, LINKS.c.root == bindparam("b_root"))

LINKS_DUE = select(LINKS.c.id).where(
    LINKS.c.pair_id == _PAIR,
    LINKS.c.retry_at <= bindparam("b_now", type_=LINKS.c.retry_at.type),
    LINKS.c.state == LinkState.UNSYNCABLE.value,
)

INTENTS_OF_PAIR = select(INTENTS).where(INTENTS.c.pair_id == _PAIR).order_by(INTENTS.c.id)
INTENTS_OF_LINKS = (
    select(INTENTS).where(INTENTS.c.link_id.in_(_any("b_ids"))).order_by(INTENTS.c.id)
)
INTENTS_STANDING = select(INTENTS.c.link_id, INTENTS.c.side, INTENTS.c.id).where(
    INTENTS.c.link_id.in_(_any("b_ids"))
)
END_INTENTS = delete(INTENTS).where(INTENTS.c.link_id.in_(_any("b_ids")), INTENTS.c.side == _SIDE)

HOLDS_OF_PAIR = select(HOLDS).where(HOLDS.c.pair_id == _PAIR).order_by(HOLDS.c.found_at)
HOLDS_OF_LINKS = select(HOLDS).where(HOLDS.c.link_id.in_(_any("b_ids")))
RELEASE = delete(HOLDS).where(HOLDS.c.link_id.in_(_any("b_ids")))

# Columns and not objects: of a first sync this is every item of both calendars.
DIRTY_OF_PAIR = (
    select(DIRTY.c.link_id, DIRTY.c.side, DIRTY.c.key)
    .where(DIRTY.c.pair_id == _PAIR)
    .order_by(DIRTY.c.id)
)
LINKS_PLANNED = delete(DIRTY).where(DIRTY.c.pair_id == _PAIR, DIRTY.c.link_id.in_(_any("b_ids")))
# An item has no link here; saying so lets the index lead to it, whatever else is dirty.
ITEMS_PLANNED = delete(DIRTY).where(
    DIRTY.c.pair_id == _PAIR,
    DIRTY.c.link_id == 0,
    DIRTY.c.side == _SIDE,
    DIRTY.c.key.in_(_any("b_keys")),
)

_UNLINKED = {
    side: (
        _ITEMS.c.calendar_id == bindparam("b_calendar"),
        _ITEMS.c.scope == SHARED,
        ~exists().where(LINKS.c.pair_id == _PAIR, key == _ITEMS.c.key),
    )
    for side, key in _ENDS.items()
}
PEERS = {
    side: select(*ITEM_COLUMNS)
    .where(*unlinked, or_(_ITEMS.c.root.in_(_any("b_roots")), _ITEMS.c.uid.in_(_any("b_uids"))))
    .order_by(_ITEMS.c.id)
    .limit(bindparam("b_most"))
    for side, unlinked in _UNLINKED.items()
}
SINGLES = {
    side: select(_ITEMS.c.likeness, sql.min(_ITEMS.c.key))
    .where(*unlinked, _ITEMS.c.likeness.in_(_any("b_likenesses")))
    .group_by(_ITEMS.c.likeness)
    .having(sql.count() == 1)
    for side, unlinked in _UNLINKED.items()
}


@lru_cache(maxsize=8)
def standing(table: Table, key: str) -> Select[Any]:
    """Which of the keys in `b_keys` a table has."""
    return select(table.c[key]).where(table.c[key].in_(_any("b_keys")))


@lru_cache(maxsize=32)
def changed(table: Table, key: str, columns: tuple[str, ...]) -> Update:
    """Give these columns of the row at `b_key` other values: one statement for many rows."""
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    return update(table).where(table.c[key] == bindparam("b_key")).values(values)


@lru_cache(maxsize=8)
def added(table: Table) -> Any:
    """Insert rows."""
    return insert(table)
