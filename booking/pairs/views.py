"""Rows of pairs as their owner sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.calendars.link_models import KEPT_FOR, PairStatus, SyncLink, SyncPair, SyncRecord
from booking.calendars.models import Calendar, Connection
from booking.calendars.pair_dirty import calendar_at
from booking.pairs import store
from booking.pairs.outcome import MASS_DELETION
from booking.pairs.values import EndView, HistoryEntry, PairView, TrashEntry, WaitingItem
from booking.sync.ports import Side
from booking.sync.rows import ConflictKind, Op

_KINDS = {Op.CREATE.value: "created", Op.UPDATE.value: "changed", Op.DELETE.value: "deleted"}


def pair_view(session: Session, row: SyncPair) -> PairView:
    """Return a pair with both its calendars and its counts."""
    return PairView(
        id=row.id,
        left=_end(session, calendar_at(row, Side.LEFT)),
        right=_end(session, calendar_at(row, Side.RIGHT)),
        direction=row.direction,
        title_mask=row.title_mask,
        status=_status(row),
        code=_code(row),
        reason=row.reason,
        counts=store.counts_of(session, row.id),
        synced_at=row.synced_at,
        changed_at=row.changed_at,
        paired_at=row.paired_at,
        error_count=row.failures,
        error_at=row.error_at,
        error=row.reason if row.error else None,
        retry_at=row.retry_at,
        created_at=row.created_at,
    )


def _status(row: SyncPair) -> str:
    if row.status == PairStatus.ENDING:
        return PairStatus.ENDING
    if row.is_paused or row.status == PairStatus.STOPPED:
        return "paused"
    return row.status


def _code(row: SyncPair) -> str:
    return MASS_DELETION if row.status == PairStatus.HALTED else row.error or ""


def _end(session: Session, calendar_id: int) -> EndView:
    calendar = session.get_one(Calendar, calendar_id)
    connection = session.get_one(Connection, calendar.connection_id)
    return EndView(
        calendar_id=calendar.id,
        name=calendar.name,
        color=calendar.color,
        connection_id=connection.id,
        account=str(connection.details.get("name") or connection.username or connection.url),
        read_only=calendar.read_only,
    )


def waiting_item(row: SyncLink) -> WaitingItem:
    """Return an item that is left out for now."""
    return WaitingItem(
        id=row.id,
        title=_title(row.agreed),
        when=row.agreed.get("when"),
        state=row.state,
        reason=row.reason,
        retry_at=row.retry_at,
    )


def trash_entry(row: SyncRecord) -> TrashEntry:
    """Return an item that was removed."""
    units = row.detail["units"] or {}
    return TrashEntry(
        id=row.id,
        at=row.at,
        side=Side(row.detail["side"]),
        title=_title(units),
        when=units.get("when"),
        expires_at=row.at + KEPT_FOR,
        restored_at=row.undone_at,
    )


def history_of(session: Session, found: Sequence[SyncRecord]) -> tuple[HistoryEntry, ...]:
    """Return what happened, with the present titles of those items that still exist."""
    ids = {row.link_id for row in found}
    query = select(SyncLink.id, SyncLink.agreed).where(SyncLink.id.in_(ids))
    agreed = {row[0]: row[1] for row in session.execute(query)}
    return tuple(_entry(row, agreed) for row in found)


def _entry(row: SyncRecord, agreed: Mapping[int, Any]) -> HistoryEntry:
    detail, units = row.detail, agreed.get(row.link_id)
    if row.kind == "deed":
        return HistoryEntry(
            id=row.id,
            at=row.at,
            kind=_KINDS[detail["op"]],
            side=Side(detail["side"]),
            title=str(detail["title"]),
            when=detail["when"],
            changes={leaf: (old, new) for leaf, (old, new) in detail["changed"].items()},
        )
    is_unit = detail["kind"] == ConflictKind.UNIT.value
    return HistoryEntry(
        id=row.id,
        at=row.at,
        kind="conflict" if is_unit else detail["kind"],
        side=Side(detail["side"]),
        title=_title(units or {}),
        when=(units or {}).get("when"),
        changes={detail["unit"]: (detail["kept"], detail["lost"])} if is_unit else {},
        restorable=is_unit and units is not None and row.undone_at is None,
        restored_at=row.undone_at,
    )


def _title(units: Mapping[str, Any]) -> str:
    return str(units.get("title") or "")
