"""What happened along pairs, forgotten once it has been kept long enough."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from booking.calendars.link_models import KEPT_FOR, SyncPair, SyncRecord


def forget_old(session: Session, policy: str, now: datetime) -> int:
    """Drop records of the pairs of one policy that are older than they are kept; return how many.

    One statement without a list of ids: a database takes only so many of those.
    """
    ours = SyncRecord.pair_id.in_(select(SyncPair.id).where(SyncPair.policy == policy))
    done: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        delete(SyncRecord)
        .where(ours, SyncRecord.at < now - KEPT_FOR)
        .execution_options(synchronize_session=False)
    )
    return done.rowcount
