"""Asking for background work on calendars: what the jobs are called and how repeats merge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from booking.calendars.models import Calendar
from booking.queue import outbox

REFRESH = "calendars.refresh"
RELIST = "calendars.relist"
WATCH = "calendars.watch"


def lane_of(calendar_id: int) -> ColumnElement[int]:
    """Return what finds the connection of a calendar, as the lane of a job that is written."""
    return select(Calendar.connection_id).where(Calendar.id == calendar_id).scalar_subquery()


def ask_refresh(
    session: Session,
    calendar_id: int,
    *,
    now: datetime,
    is_full: bool = False,
    is_routine: bool = False,
) -> int:
    """Have a calendar refreshed now, in the caller's transaction; return the job's id.

    Repeats merge. A full refresh has a key of its own, so that an ordinary one asked for later
    does not make less of it. `is_routine`: nobody waits for it.
    """
    key = f"refresh-full:{calendar_id}" if is_full else f"refresh:{calendar_id}"
    payload = {"calendar_id": calendar_id, "full": is_full}
    return outbox.add(
        session,
        REFRESH,
        payload,
        now=now,
        dedup_key=key,
        lane=lane_of(calendar_id),
        rank=outbox.ROUTINE if is_routine else 0,
    )


def not_asked(session: Session, calendar_ids: Iterable[int]) -> list[int]:
    """Return those calendars for which no ordinary refresh waits or runs."""
    asked = outbox.asked_keys(session, REFRESH)
    return [key for key in calendar_ids if f"refresh:{key}" not in asked]


def ask_relist(session: Session, connection_id: int, *, now: datetime) -> int:
    """Have a connection's calendars listed again, in the caller's transaction."""
    payload = {"connection_id": connection_id}
    return outbox.add(
        session,
        RELIST,
        payload,
        now=now,
        dedup_key=f"relist:{connection_id}",
        lane=connection_id,
    )


def ask_watch(session: Session, calendar_id: int, *, now: datetime) -> int:
    """Have a calendar's channels brought in order, in the caller's transaction."""
    return outbox.add(
        session,
        WATCH,
        {"calendar_id": calendar_id},
        now=now,
        dedup_key=f"watch:{calendar_id}",
        lane=lane_of(calendar_id),
        rank=outbox.ROUTINE,
    )
