"""Bringing back what a pair removed or overruled, once each, inside the caller's unit."""

from __future__ import annotations

from datetime import datetime

from booking.calendars.link_models import SyncRecord
from booking.calendars.mirror_store import MirrorRows
from booking.core.errors import Conflict
from booking.pairs import store, views
from booking.pairs.values import WaitingItem
from booking.sync.ports import Side
from booking.sync.revive import restored, revived, tried_again
from booking.sync.rows import ConflictKind
from booking.sync.scene import Scene


def item(state: MirrorRows, scene: Scene, record_id: int, now: datetime) -> SyncRecord:
    """Bring a removed item back. Errors: NotFound; Conflict where that was done already."""
    row = store.get_record(state.session, scene.pair_id, record_id, "trash")
    _once(row, now)
    state.save(revived(row.detail["units"], scene))
    return row


def value(state: MirrorRows, pair_id: int, record_id: int, now: datetime) -> SyncRecord:
    """Bring a value back that gave way.

    Errors: NotFound; Conflict where that was done already, or its item exists no more.
    """
    row = store.get_record(state.session, pair_id, record_id, "conflict")
    if row.detail["kind"] != ConflictKind.UNIT.value:
        raise Conflict("There is no earlier value here to be restored.")
    link = state.links([row.link_id]).get(row.link_id)
    if link is None:
        raise Conflict("The event was deleted meanwhile. Restore it from the trash first.")
    _once(row, now)
    side = Side(row.detail["side"])
    state.save(restored(link, row.detail["unit"], row.detail["lost"], side, now))
    return row


def left_out(state: MirrorRows, pair_id: int, item_id: int) -> WaitingItem:
    """Have an event that is left out planned again. Errors: NotFound where it is not."""
    row = store.get_waiting(state.session, pair_id, item_id)
    told = views.waiting_item(row)
    state.save(tried_again(state.links([item_id])[item_id]))
    return told


def _once(row: SyncRecord, now: datetime) -> None:
    if row.undone_at is not None:
        raise Conflict("This was restored already.")
    row.undone_at = now
