"""Asking for work that follows a changed event type, in the transaction that changes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from booking.queue import outbox

REPLAN = "eventtypes.replan"


def ask_replan(session: Session, event_type_id: int, now: datetime) -> None:
    """Have the reminders of bookings to come follow the event type; repeats merge."""
    outbox.add(
        session,
        REPLAN,
        {"event_type_id": event_type_id},
        now=now,
        dedup_key=f"replan:{event_type_id}",
        aggregate_id=event_type_id,
    )
