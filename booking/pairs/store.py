"""Questions to the tables of pairs of calendars, asked by owner where an owner asks.

The rows that the engine works on are the calendars room's (`mirror_store`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from booking.calendars.link_models import (
    PairStatus,
    SyncDirty,
    SyncHold,
    SyncIntent,
    SyncLink,
    SyncPair,
    SyncRecord,
)
from booking.calendars.models import Calendar, Connection, ConnectionStatus
from booking.core.errors import NotFound
from booking.pairs.values import Counts
from booking.sync.policy import MIRROR
from booking.sync.rows import HoldState, LinkState

EVERY = timedelta(seconds=60)
_SOONEST = timedelta(seconds=30)
_LEFT_OUT = (LinkState.UNSYNCABLE.value, LinkState.MUTED.value)
_IS_MIRROR = SyncPair.policy == MIRROR.name


def pairs_of(session: Session, user_id: int) -> Sequence[SyncPair]:
    """Return a user's pairs of calendars, the oldest first."""
    query = select(SyncPair).where(_IS_MIRROR, SyncPair.user_id == user_id)
    return session.scalars(query.order_by(SyncPair.id)).all()


def get_pair(session: Session, user_id: int, pair_id: int) -> SyncPair:
    """Return one of the user's pairs.

    Errors: NotFound where it is unknown or another's.
    """
    query = select(SyncPair).where(_IS_MIRROR, SyncPair.user_id == user_id, SyncPair.id == pair_id)
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("There is no such pair.")
    return found


def find_pair(session: Session, pair_id: int) -> SyncPair | None:
    """Return any pair of calendars, for background work."""
    return session.scalars(select(SyncPair).where(_IS_MIRROR, SyncPair.id == pair_id)).one_or_none()


def running_pairs(session: Session) -> list[int]:
    """Return every host's pairs that are not paused, the oldest first."""
    query = select(SyncPair.id).where(_IS_MIRROR, SyncPair.is_paused.is_(False))
    return list(session.scalars(query.order_by(SyncPair.id)))


def pair_between(session: Session, one: int, other: int) -> SyncPair | None:
    """Return the pair of these two calendars, whichever is left."""
    either = or_(
        and_(SyncPair.left_calendar_id == one, SyncPair.right_calendar_id == other),
        and_(SyncPair.left_calendar_id == other, SyncPair.right_calendar_id == one),
    )
    return session.scalars(select(SyncPair).where(_IS_MIRROR, either)).first()


def number_at(session: Session, connection_id: int) -> int:
    """Return how many pairs use a calendar of this connection."""
    mine = select(Calendar.id).where(Calendar.connection_id == connection_id)
    query = select(func.count()).where(
        _IS_MIRROR,
        or_(SyncPair.left_calendar_id.in_(mine), SyncPair.right_calendar_id.in_(mine)),
    )
    return session.scalar(query) or 0


def counts_of(session: Session, pair_id: int) -> Counts:
    """Return how many items are linked, and how many wait for what."""
    states = {
        row[0]: row[1]
        for row in session.execute(
            select(SyncLink.state, func.count())
            .where(SyncLink.pair_id == pair_id)
            .group_by(SyncLink.state)
        )
    }
    held = select(func.count()).where(
        SyncHold.pair_id == pair_id, SyncHold.state == HoldState.HELD.value
    )
    queued = select(func.count()).where(SyncDirty.pair_id == pair_id)
    return Counts(
        linked=sum(states.values()) - states.get(LinkState.DETACHED.value, 0),
        held=session.scalar(held) or 0,
        unsyncable=states.get(LinkState.UNSYNCABLE.value, 0),
        muted=states.get(LinkState.MUTED.value, 0),
        queued=session.scalar(queued) or 0,
    )


def has_intents(session: Session, pair_id: int) -> bool:
    """Tell whether writes are left over of which nobody knows what became."""
    query = select(SyncIntent.id).where(SyncIntent.pair_id == pair_id)
    return session.scalar(query.limit(1)) is not None


def has_work(session: Session, pair_id: int, now: datetime) -> bool:
    """Tell whether anything of a pair is to be settled, planned, tried again or released."""
    due = and_(
        SyncLink.pair_id == pair_id,
        SyncLink.state == LinkState.UNSYNCABLE.value,
        SyncLink.retry_at <= now,
    )
    waiting = (
        SyncDirty.pair_id == pair_id,
        SyncHold.pair_id == pair_id,
        SyncIntent.pair_id == pair_id,
        due,
    )
    return bool(session.scalar(select(or_(*(exists().where(one) for one in waiting)))))


def waiting_links(session: Session, pair_id: int, limit: int) -> Sequence[SyncLink]:
    """Return links that are left out for now, the newest first."""
    query = select(SyncLink).where(SyncLink.pair_id == pair_id, SyncLink.state.in_(_LEFT_OUT))
    return session.scalars(query.order_by(SyncLink.id.desc()).limit(limit)).all()


def get_waiting(session: Session, pair_id: int, link_id: int) -> SyncLink:
    """Return a link that is left out for now. Errors: NotFound."""
    row = session.get(SyncLink, link_id, populate_existing=True)
    if row is None or row.pair_id != pair_id or row.state not in _LEFT_OUT:
        raise NotFound("There is nothing with this id.")
    return row


def due_pairs(session: Session, now: datetime) -> list[int]:
    """Return pairs whose next run is due, those never run first.

    A pair is due when something it uses changed, else after 30 to 60 seconds, the sooner the more
    lately it changed; which of them is told apart by its id, so that they do not all come at once.
    One that failed waits for its `retry_at`; one whose account waits for its host, for that.
    """
    waits = exists().where(
        Calendar.id.in_((SyncPair.left_calendar_id, SyncPair.right_calendar_id)),
        Connection.id == Calendar.connection_id,
        Connection.status == ConnectionStatus.RECONNECT_REQUIRED,
    )
    has_news = exists().where(SyncDirty.pair_id == SyncPair.id)
    query = (
        select(SyncPair, has_news)
        .where(
            _IS_MIRROR,
            or_(SyncPair.is_paused.is_(False), SyncPair.status == PairStatus.ENDING),
            or_(SyncPair.retry_at.is_(None), SyncPair.retry_at <= now),
            ~waits,
        )
        .order_by(SyncPair.synced_at.is_not(None), SyncPair.synced_at)
    )
    return [pair.id for pair, news in session.execute(query) if _is_due(pair, now, has_news=news)]


def _is_due(pair: SyncPair, now: datetime, *, has_news: bool) -> bool:
    if pair.synced_at is None or pair.retry_at is not None or pair.status == PairStatus.ENDING:
        return True
    quiet = now - (pair.changed_at or pair.synced_at)
    wait = min(max(quiet / 10, _SOONEST), EVERY)
    wait -= wait * (pair.id % 100) / 500
    since = now - pair.synced_at
    return since >= wait or (has_news and since >= timedelta(seconds=5))


def records_of(
    session: Session, pair_id: int, kinds: Sequence[str], before: int | None, limit: int
) -> Sequence[SyncRecord]:
    """Return what happened along a pair, the newest first; `before`: older than this record."""
    query = select(SyncRecord).where(SyncRecord.pair_id == pair_id, SyncRecord.kind.in_(kinds))
    if before is not None:
        query = query.where(SyncRecord.id < before)
    return session.scalars(query.order_by(SyncRecord.id.desc()).limit(limit)).all()


def get_record(session: Session, pair_id: int, record_id: int, kind: str) -> SyncRecord:
    """Return one thing that happened along a pair. Errors: NotFound."""
    row = session.get(SyncRecord, record_id, populate_existing=True)
    if row is None or row.pair_id != pair_id or row.kind != kind:
        raise NotFound("There is nothing with this id.")
    return row


def try_denied_again(session: Session, pair_id: int, now: datetime) -> None:
    """Let items be tried at once that were refused for want of a right."""
    session.execute(
        update(SyncLink)
        .where(
            SyncLink.pair_id == pair_id,
            SyncLink.state == LinkState.UNSYNCABLE.value,
            SyncLink.reason == "forbidden",
        )
        .values(retry_at=now)
        .execution_options(synchronize_session=False)
    )
