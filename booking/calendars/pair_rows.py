"""Between rows of pairs and the engine's values: one function each way, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from booking.sync.ports import Side
from booking.sync.rows import (
    Changes,
    Conflict,
    End,
    Hold,
    HoldState,
    Intent,
    Link,
    LinkState,
    Notice,
    Op,
    Stamp,
    Tombstone,
    Trash,
)


def link_of(row: Any) -> Link:
    """Return a row as the engine's link."""
    return Link(
        id=row.id,
        generation=row.generation,
        origin=Side(row.origin),
        root=row.root,
        agreed=row.agreed,
        stamps={leaf: _stamp(pair) for leaf, pair in row.stamps.items()},
        left=End(key=row.left_key, uid=row.left_uid, shadow=row.left_shadow),
        right=End(key=row.right_key, uid=row.right_uid, shadow=row.right_shadow),
        state=LinkState(row.state),
        reason=row.reason,
        failures=row.failures,
        retry_at=row.retry_at,
        put_back_at=row.put_back_at,
    )


def _stamp(pair: Any) -> Stamp:
    return Stamp(at=datetime.fromisoformat(pair[0]), side=Side(pair[1]))


def link_values(link: Link, pair_id: int) -> dict[str, Any]:
    """Return the columns of a link."""
    return {
        "id": link.id,
        "pair_id": pair_id,
        "generation": link.generation,
        "origin": link.origin.value,
        "root": link.root,
        "agreed": dict(link.agreed),
        "stamps": {
            leaf: [stamp.at.isoformat(), stamp.side.value] for leaf, stamp in link.stamps.items()
        },
        "left_key": link.left.key,
        "left_uid": link.left.uid,
        "left_shadow": _units(link.left.shadow),
        "right_key": link.right.key,
        "right_uid": link.right.uid,
        "right_shadow": _units(link.right.shadow),
        "state": link.state.value,
        "reason": link.reason,
        "failures": link.failures,
        "retry_at": link.retry_at,
        "put_back_at": link.put_back_at,
    }


def _units(units: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if units is None else dict(units)


def intent_of(row: Any) -> Intent:
    """Return a row as the engine's intent."""
    return Intent(
        link_id=row.link_id,
        side=Side(row.side),
        op=Op(row.op),
        name=row.name,
        uid=row.uid,
        mark=row.mark,
        target=row.target,
        if_match=row.if_match,
        attempts=row.attempts,
        refusals=row.refusals,
    )


def intent_values(intent: Intent, pair_id: int) -> dict[str, Any]:
    """Return the columns of an intent."""
    return {
        "pair_id": pair_id,
        "link_id": intent.link_id,
        "side": intent.side.value,
        "op": intent.op.value,
        "name": intent.name,
        "uid": intent.uid,
        "mark": intent.mark,
        "target": _units(intent.target),
        "if_match": intent.if_match,
        "attempts": intent.attempts,
        "refusals": intent.refusals,
    }


def hold_of(row: Any) -> Hold:
    """Return a row as the engine's hold."""
    return Hold(
        link_id=row.link_id,
        side=Side(row.side),
        state=HoldState(row.state),
        found_at=row.found_at,
    )


def hold_values(hold: Hold, pair_id: int) -> dict[str, Any]:
    """Return the columns of a hold."""
    return {
        "link_id": hold.link_id,
        "pair_id": pair_id,
        "side": hold.side.value,
        "state": hold.state.value,
        "found_at": hold.found_at,
    }


def records_of(changes: Changes, pair_id: int) -> list[dict[str, Any]]:
    """Return what a step says must not be forgotten, as rows."""
    events: tuple[Conflict | Trash | Tombstone | Notice, ...] = (
        *changes.conflicts,
        *changes.trash,
        *changes.tombstones,
        *changes.notices,
    )
    return [
        {
            "pair_id": pair_id,
            "link_id": event.link_id,
            "kind": type(event).__name__.lower(),
            "at": event.at,
            "detail": _detail(event),
        }
        for event in events
    ]


def _detail(event: Conflict | Trash | Tombstone | Notice) -> dict[str, Any]:
    if isinstance(event, Conflict):
        return {
            "kind": event.kind.value,
            "unit": event.unit,
            "side": event.side.value,
            "kept": event.kept,
            "lost": event.lost,
        }
    if isinstance(event, Trash):
        return {
            "side": event.side.value,
            "key": event.key,
            "units": _units(event.units),
            "raw": event.raw,
        }
    if isinstance(event, Tombstone):
        return {"left_key": event.left_key, "right_key": event.right_key}
    return {
        "kind": event.kind.value,
        "side": event.side.value,
        "key": event.key,
        "units": _units(event.units),
    }


def history_of(changes: Changes, pair_id: int) -> list[dict[str, Any]]:
    """Return the writes that were carried out, as rows."""
    return [
        {
            "pair_id": pair_id,
            "link_id": deed.link_id,
            "kind": "deed",
            "at": deed.at,
            "detail": {
                "op": deed.op.value,
                "side": deed.side.value,
                "title": deed.units.get("title", ""),
                "when": deed.units.get("when"),
                "changed": {leaf: list(values) for leaf, values in deed.changed.items()},
            },
        }
        for deed in changes.deeds
    ]
