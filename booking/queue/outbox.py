"""The outbox: jobs are rows written in the caller's transaction, claimed under a lease.

This table is the truth about background work. RQ or a thread only wakes somebody up to look at
it, so losing Redis loses nothing. What a job does stands in `booking.jobs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    and_,
    case,
    delete,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from booking.queue.models import Job, JobState

LEASE = timedelta(seconds=60)
MOST_CRASHES = 8
RUNG = "rung_jobs"
MOST_IN_LANE = 2
ROUTINE = 1
Lane = int | ColumnElement[int] | None
"""Whose work a job is, or an expression that finds it as the row is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedJob:
    """A job in our hands until `lease_until`; whoever ends it must show its `fence`.

    `attempts` counts this one; `crashes` the leases that ran out. `created_at` is when it was last
    asked for.
    """

    id: int
    kind: str
    payload: Mapping[str, Any]
    attempts: int
    crashes: int
    fence: int
    created_at: datetime
    lease_until: datetime
    expires_at: datetime | None


def add(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    dedup_key: str | None = None,
    due_at: datetime | None = None,
    aggregate_id: int | None = None,
    seq: int = 0,
    expires_at: datetime | None = None,
    lane: Lane = None,
    rank: int = 0,
) -> int:
    """Ask for work in the caller's transaction; return the job's id.

    With a `dedup_key` a living job of that key is reused: it becomes due at the earlier of both
    times, takes the newer payload and the more urgent `rank`, and has its whole time again; if it
    is running it will run once more afterwards. `lane` and `rank` as in `Job`.
    """
    values = {
        "kind": kind,
        "dedup_key": dedup_key,
        "payload": dict(payload),
        "aggregate_id": aggregate_id,
        "seq": seq,
        "state": JobState.READY,
        "attempts": 0,
        "crashes": 0,
        "fence": 0,
        "due_at": due_at or now,
        "expires_at": expires_at,
        "rerun": False,
        "lane": lane,
        "rank": rank,
        "created_at": now,
    }
    insert = _insert_for(session)(Job).values(**values)
    fresh = insert.excluded
    is_dead = Job.state == JobState.DEAD
    is_sooner = or_(is_dead, fresh.due_at < Job.due_at)
    statement = insert.on_conflict_do_update(
        index_elements=[Job.dedup_key],
        set_={
            "payload": fresh.payload,
            "due_at": case((is_sooner, fresh.due_at), else_=Job.due_at),
            "rerun": Job.state == JobState.LEASED,
            "state": case((is_dead, JobState.READY.value), else_=Job.state),
            "attempts": case((is_dead, 0), else_=Job.attempts),
            "crashes": case((is_dead, 0), else_=Job.crashes),
            "created_at": fresh.created_at,
            "expires_at": fresh.expires_at,
            "rank": case((or_(is_dead, fresh.rank < Job.rank), fresh.rank), else_=Job.rank),
        },
    ).returning(Job.id)
    job_id: int = session.execute(statement).scalar_one()
    if (due_at or now) <= now:
        session.info.setdefault(RUNG, []).append(job_id)
    return job_id


def add_soon(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    dedup_key: str,
    first_at: datetime,
    again_at: datetime,
    holds_back: bool = False,
    lane: Lane = None,
) -> datetime:
    """Ask for work that many ask for at once; return before when it will not be begun.

    A new job is due at `first_at`. One that waits stays as it is, or waits until `again_at` where
    it `holds_back`; one that runs is run again, then. It is never brought forward, so whoever
    asked knows until when asking again would add nothing.
    """
    values = {
        "kind": kind,
        "dedup_key": dedup_key,
        "payload": dict(payload),
        "state": JobState.READY,
        "due_at": first_at,
        "created_at": now,
        "lane": lane,
    }
    insert = _insert_for(session)(Job).values(**values)
    fresh = insert.excluded
    is_dead, is_leased = Job.state == JobState.DEAD, Job.state == JobState.LEASED
    may_wait = and_(Job.due_at > now, Job.due_at < again_at) if holds_back else false()
    statement = insert.on_conflict_do_update(
        index_elements=[Job.dedup_key],
        set_={
            "due_at": case(
                (is_dead, fresh.due_at),
                (or_(and_(is_leased, Job.due_at < again_at), may_wait), again_at),
                else_=Job.due_at,
            ),
            "rerun": is_leased,
            "state": case((is_dead, JobState.READY.value), else_=Job.state),
            "attempts": case((is_dead, 0), else_=Job.attempts),
            "crashes": case((is_dead, 0), else_=Job.crashes),
            "created_at": fresh.created_at,
        },
    ).returning(Job.id, Job.due_at)
    job_id, due_at = session.execute(statement).one()
    if due_at <= now:
        session.info.setdefault(RUNG, []).append(job_id)
    found: datetime = due_at
    return found


def hasten(session: Session, aggregate_ids: Sequence[int], now: datetime) -> None:
    """Make jobs on these due now: what they waited for has come back."""
    waiting = (Job.state == JobState.READY, Job.due_at > now)
    session.execute(
        update(Job).where(Job.aggregate_id.in_(aggregate_ids), *waiting).values(due_at=now)
    )


def is_asked(session: Session, dedup_key: str) -> bool:
    """Tell whether a living job of that key waits or runs."""
    query = select(Job.id).where(Job.dedup_key == dedup_key, Job.state != JobState.DEAD)
    return session.scalar(query) is not None


def asked_keys(session: Session, kind: str) -> set[str]:
    """Return the keys under which jobs of a kind wait or run: asking for them again is no news."""
    query = select(Job.dedup_key).where(Job.kind == kind, Job.state != JobState.DEAD)
    return {key for key in session.scalars(query) if key is not None}


def _insert_for(session: Session) -> Any:
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert if is_postgresql else sqlite.insert


def _is_claimable(now: datetime) -> Any:
    return or_(
        and_(Job.state == JobState.READY, Job.due_at <= now),
        and_(Job.state == JobState.LEASED, Job.lease_until < now, Job.due_at <= now),
    )


def due(session: Session, now: datetime, limit: int = 50) -> list[int]:
    """Return ids of jobs that may be claimed now: what is routine last, the longest due first.

    Lanes take turns, and of one lane no more are named than may run at once beside those that
    do: so hundreds of jobs of one account delay nobody else's.
    """
    busy = _busy_lanes(session, now)
    turn = func.row_number().over(
        partition_by=func.coalesce(Job.lane, -Job.id), order_by=(Job.rank, Job.due_at, Job.id)
    )
    rows = select(Job.id, Job.lane, Job.rank, Job.due_at, turn.label("turn")).where(
        _is_claimable(now)
    )
    found = rows.subquery()
    room: ColumnElement[int] | int = MOST_IN_LANE
    if busy:
        room = MOST_IN_LANE - case(busy, value=func.coalesce(found.c.lane, 0), else_=0)
    query = (
        select(found.c.id)
        .where(found.c.turn <= room)
        .order_by(found.c.rank, found.c.turn, found.c.due_at, found.c.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def _busy_lanes(session: Session, now: datetime) -> dict[int, int]:
    """Return how many jobs of each lane run now."""
    query = (
        select(Job.lane, func.count())
        .where(Job.state == JobState.LEASED, Job.lease_until >= now, Job.lane.is_not(None))
        .group_by(Job.lane)
    )
    return {lane: number for lane, number in session.execute(query) if lane is not None}


def claim(session: Session, job_id: int, owner: str, now: datetime) -> ClaimedJob | None:
    """Take the job if it is due and nobody holds it; None otherwise.

    A job whose lease ran out counts a crash; from `MOST_CRASHES` on it is to be buried.
    """
    ran_out = Job.state == JobState.LEASED
    statement = (
        update(Job)
        .where(Job.id == job_id, _is_claimable(now))
        .values(
            state=JobState.LEASED,
            attempts=Job.attempts + 1,
            crashes=Job.crashes + case((ran_out, 1), else_=0),
            fence=Job.fence + 1,
            lease_owner=owner,
            lease_until=now + LEASE,
            rerun=False,
        )
        .returning(Job)
        .execution_options(synchronize_session=False)
    )
    job = session.scalars(statement).one_or_none()
    if job is None:
        return None
    return ClaimedJob(
        id=job.id,
        kind=job.kind,
        payload=job.payload,
        attempts=job.attempts,
        crashes=job.crashes,
        fence=job.fence,
        created_at=job.created_at,
        lease_until=now + LEASE,
        expires_at=job.expires_at,
    )


def extend(session: Session, job: ClaimedJob, now: datetime) -> bool:
    """Keep the lease for another minute; False if somebody else took the job meanwhile."""
    return _end(session, job.id, job.fence, lease_until=now + LEASE)


def finish(session: Session, job: ClaimedJob, now: datetime) -> bool:
    """Remove the job, or make it due again where it was asked for while it ran.

    It is due at once, or when it was asked for (`add_soon`). Return False if another worker has
    taken it over: our result then counts for nothing.
    """
    again = _end(
        session,
        job.id,
        job.fence,
        only_rerun=True,
        state=JobState.READY,
        due_at=_not_before(now),
        attempts=0,
        crashes=0,
        rerun=False,
        lease_until=None,
    )
    if again:
        session.info.setdefault(RUNG, []).append(job.id)
        return True
    gone: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        delete(Job).where(Job.id == job.id, Job.fence == job.fence)
    )
    return gone.rowcount == 1


def postpone(session: Session, job: ClaimedJob, error: str, due_at: datetime) -> bool:
    """Give the job back, to be tried again at `due_at`, or later where it was asked for later."""
    return _end(
        session,
        job.id,
        job.fence,
        state=JobState.READY,
        due_at=_not_before(due_at),
        last_error=error,
        lease_until=None,
    )


def _not_before(moment: datetime) -> ColumnElement[datetime]:
    return case((Job.due_at > moment, Job.due_at), else_=moment)


def bury(session: Session, job_id: int, fence: int, error: str, now: datetime) -> bool:
    """Give the job up; the row stays, visible, until it is retried or discarded."""
    return _end(
        session,
        job_id,
        fence,
        state=JobState.DEAD,
        last_error=error,
        lease_until=None,
        ended_at=now,
    )


def _end(
    session: Session, job_id: int, fence: int, *, only_rerun: bool = False, **values: Any
) -> bool:
    wanted = [Job.id == job_id, Job.fence == fence, Job.state == JobState.LEASED]
    if only_rerun:
        wanted.append(Job.rerun.is_(True))
    statement = update(Job).where(*wanted).values(**values)
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        statement.execution_options(synchronize_session=False)
    )
    return result.rowcount == 1


def release_leases(session: Session, owners: tuple[str, ...], now: datetime) -> int:
    """End the leases of workers known to be dead, so that their jobs need not wait a minute."""
    statement = (
        update(Job)
        .where(Job.state == JobState.LEASED, Job.lease_owner.in_(owners))
        .values(lease_until=now - timedelta(seconds=1))
    )
    result: CursorResult[Any] = session.execute(statement)  # type: ignore[assignment]
    return result.rowcount


def lease_owners(session: Session) -> list[str]:
    """Return who holds leases now."""
    query = select(Job.lease_owner).where(Job.state == JobState.LEASED).distinct()
    return [owner for owner in session.scalars(query) if owner]
