"""Asking for background work on pairs: what the job is called and how repeats merge."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from booking.queue import outbox

SYNC = "pairs.sync"


def ask_sync(session: Session, pair_id: int, *, now: datetime) -> int:
    """Have a pair synced now, in the caller's transaction; repeats merge. Return the job's id."""
    payload = {"pair_id": pair_id}
    return outbox.add(
        session, SYNC, payload, now=now, dedup_key=f"pair:{pair_id}", aggregate_id=pair_id
    )
