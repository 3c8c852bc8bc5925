"""What a task says of a conflict: both sides changed before they met, and the task won. Pure.

A conflict is kept as `{"at", "kept": {field: value}, "discarded": {field: value}}`, JSON by field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from booking.sync.ports import Side
from booking.sync.rows import Conflict, ConflictKind
from booking.tasks.times import due_of
from booking.tasks.values import ConflictView

FIELDS = ("title", "description", "due_at", "duration_minutes")
_TEXTS = frozenset({"title", "description"})


def noted(
    before: Mapping[str, Any] | None, conflicts: Iterable[Conflict], zone: str
) -> dict[str, Any] | None:
    """Return a task's conflict with these added; what nobody typed is left out.

    Of a field that was in conflict before, the newer values stand.
    """
    kept: dict[str, Any] = dict(before["kept"]) if before else {}
    discarded: dict[str, Any] = dict(before["discarded"]) if before else {}
    at = str(before["at"]) if before else ""
    for conflict in conflicts:
        if conflict.kind is not ConflictKind.UNIT or conflict.side is not Side.RIGHT:
            continue
        ours = _fields(conflict.unit, conflict.kept, zone)
        theirs = _fields(conflict.unit, conflict.lost, zone)
        for name in ours.keys() & theirs.keys():
            if ours[name] != theirs[name]:
                kept[name], discarded[name], at = ours[name], theirs[name], _text(conflict.at)
    return {"at": at, "kept": kept, "discarded": discarded} if discarded else None


def view_of(conflict: Mapping[str, Any] | None) -> ConflictView | None:
    """Return a kept conflict as its owner sees it."""
    if conflict is None:
        return None
    return ConflictView(
        fields=tuple(name for name in FIELDS if name in conflict["discarded"]),
        at=datetime.fromisoformat(conflict["at"]),
        kept=conflict["kept"],
        discarded=conflict["discarded"],
    )


def _fields(unit: str, value: Any, zone: str) -> dict[str, Any]:
    """Return the fields of a task that a unit's value stands for."""
    if unit in _TEXTS:
        return {unit: str(value or "")}
    if unit != "when" or value is None:
        return {}
    due_at, minutes = due_of(value, zone)
    return {"due_at": _text(due_at), "duration_minutes": minutes}


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
