"""Heartbeats: which worker was alive, and when."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from booking.queue.models import Worker

_FORGET_AFTER = timedelta(days=1)


def beat(session: Session, name: str, now: datetime) -> None:
    """Note that the worker is alive; forget those not heard of for a day."""
    session.merge(Worker(name=name, seen_at=now))
    session.execute(delete(Worker).where(Worker.seen_at < now - _FORGET_AFTER))


def last_seen(session: Session) -> datetime | None:
    """Return when any worker was last alive, None if none ever was."""
    return session.scalars(select(func.max(Worker.seen_at))).one_or_none()
