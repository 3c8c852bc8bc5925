"""Items of a replica as rows: read, replaced and deleted by key; telling others is left to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from booking.calendars.sync_models import ReplicaItem
from booking.core.event import original_start_of
from booking.core.instants import to_instant
from booking.core.zones import wall_to_instant, zone
from booking.sync.names import likeness_of, read_mark, root_of
from booking.sync.ports import Item

ITEM_COLUMNS = tuple(column for column in ReplicaItem.__table__.c if column.name != "raw")
"""What an item is read from: columns and not objects, which cost three times as much."""

# Built once: building a statement takes as long as running it.
_TABLE: Any = ReplicaItem.__table__
_MINE = (_TABLE.c.calendar_id == bindparam("b_calendar"), _TABLE.c.scope == bindparam("b_scope"))
_NAMED = (*_MINE, _TABLE.c.key.in_(bindparam("b_keys", expanding=True)))
_READ = select(*ITEM_COLUMNS).where(*_NAMED)
_VERSIONS = select(_TABLE.c.key, _TABLE.c.version).where(*_MINE)
_UNCONFIRMED = select(_TABLE.c.key).where(*_MINE, _TABLE.c.wrote_at.is_not(None))
_CONFIRM = update(_TABLE).where(*_NAMED).values(wrote_at=None, replaced=None)
_FLAG = update(_TABLE).where(*_NAMED).values(fault=bindparam("b_fault"))
_DELETE = delete(_TABLE).where(*_NAMED)
_INSERT = insert(_TABLE)


class ItemRows:
    """The items of one calendar in one scope, inside the caller's unit."""

    def __init__(self, session: Session, calendar_id: int, scope: int, *, place: str = "") -> None:
        """Take `place`, the calendar's address, where items are to be found by their roots."""
        self._session = session
        self._place = place
        self._calendar_id = calendar_id
        self._scope = scope

    def versions(self) -> Mapping[str, str | None]:
        """Return the version of every item, by key."""
        return dict(self._run(_VERSIONS).all())

    def items(self, keys: Sequence[str]) -> Mapping[str, Item]:
        """Return those of `keys` that are there."""
        found = self._run(_READ, b_keys=keys) if keys else ()
        return {row.key: item_of(row) for row in found}

    def unconfirmed(self) -> Sequence[str]:
        """Return the keys of items that we wrote and that no reading has shown since."""
        return list(self._run(_UNCONFIRMED).scalars())

    def confirm(self, keys: Sequence[str]) -> None:
        """Note that a reading has met these."""
        if keys:
            self._run(_CONFIRM, b_keys=keys)

    def restamp(self, items: Sequence[Item]) -> None:
        """Replace items whose content is the same; nobody hears of it."""
        self.replace(items)

    def replace(self, items: Sequence[Item]) -> None:
        """Insert items, or put them in the place of those with their keys."""
        self.delete([item.key for item in items])
        values = [
            _values(item, self._calendar_id, self._scope) | _found_by(item, self._place)
            for item in items
        ]
        if values:
            self._session.connection().execute(_INSERT, values)

    def flag(self, keys: Sequence[str], fault: str) -> None:
        """Write at items what is wrong with them."""
        self._run(_FLAG, b_keys=keys, b_fault=fault)

    def delete(self, keys: Sequence[str]) -> None:
        """Forget items."""
        if keys:
            self._run(_DELETE, b_keys=keys)

    def _run(self, statement: Any, **about: Any) -> Any:
        """Run a statement on this calendar's rows in this scope, as they now are."""
        self._session.flush()
        mine = {"b_calendar": self._calendar_id, "b_scope": self._scope}
        return self._session.connection().execute(statement, {**mine, **about})


def item_of(row: Any) -> Item:
    """Return a row as the engine's item, without its raw form."""
    return Item(
        key=row.key,
        uid=row.uid,
        version=row.version,
        units=row.content,
        updated_at=row.updated_at,
        first_seen_at=row.first_seen_at,
        touched={leaf: datetime.fromisoformat(at) for leaf, at in row.touched.items()},
        mark=row.mark,
        mirrored=row.is_mirrored,
        fault=row.fault,
        wrote_at=row.wrote_at,
        replaced=row.replaced,
    )


def _found_by(item: Item, place: str) -> dict[str, str]:
    """Return what finds an item from the other side of a pair."""
    mark = read_mark(item.mark)
    own = root_of(place, item.key) if place else ""
    return {"root": mark.root if mark else own, "likeness": likeness_of(item.units)}


def _values(item: Item, calendar_id: int, scope: int) -> dict[str, Any]:
    return {
        "calendar_id": calendar_id,
        "scope": scope,
        "key": item.key,
        "uid": item.uid,
        "version": item.version,
        "content": dict(item.units),
        "is_series": is_series(item.units),
        "first_at": first_at(item.units),
        "mark": item.mark,
        "replaced": item.replaced,
        "wrote_at": item.wrote_at,
        "is_mirrored": item.mirrored,
        "fault": item.fault,
        "raw": item.raw,
        "updated_at": item.updated_at,
        "first_seen_at": item.first_seen_at,
        "touched": {leaf: at.isoformat() for leaf, at in item.touched.items()},
    }


def is_series(content: Mapping[str, Any]) -> bool:
    """Tell whether an event has more than one instance."""
    return content.get("recurrence") is not None or bool(content.get("exceptions"))


def first_at(content: Mapping[str, Any]) -> int:
    """Return about when an event starts, as UTC epoch seconds; right to a day for dates."""
    if "when" not in content:
        return 0
    when = content["when"]
    start = original_start_of(when["start"])
    if isinstance(start, datetime):
        return to_instant(start.replace(tzinfo=zone(when.get("zone") or "UTC")))
    return wall_to_instant(start, 0, zone("UTC"))
