"""Asking for background work on pairs: what the job is called and how repeats merge."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.calendars.link_models import SyncPair
from booking.calendars.models import Calendar
from booking.calendars.pair_dirty import mirrors_of
from booking.queue import outbox

SYNC = "pairs.sync"


def ask_sync(session: Session, pair_id: int, *, now: datetime) -> int:
    """Have a pair synced now, in the caller's transaction; repeats merge. Return the job's id."""
    payload = {"pair_id": pair_id}
    lane = (
        select(Calendar.connection_id)
        .join(SyncPair, SyncPair.left_calendar_id == Calendar.id)
        .where(SyncPair.id == pair_id)
        .scalar_subquery()
    )
    return outbox.add(
        session,
        SYNC,
        payload,
        now=now,
        dedup_key=f"pair:{pair_id}",
        aggregate_id=pair_id,
        lane=lane,
    )


def ask_for(session: Session, calendar_id: int, *, now: datetime) -> int:
    """Have every running pair of a calendar synced now, as it changed; return how many."""
    running = [pair.id for pair in mirrors_of(session, calendar_id) if not pair.is_paused]
    for pair_id in running:
        ask_sync(session, pair_id, now=now)
    return len(running)
