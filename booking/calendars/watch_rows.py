"""Questions to the tables of push: which calendars want a channel, and which they have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from booking.calendars.link_models import SyncPair
from booking.calendars.models import (
    Calendar,
    Connection,
    ConnectionStatus,
    DestinationCalendar,
    SelectedCalendar,
)
from booking.calendars.values import WatchView
from booking.calendars.watch_models import CalendarWatch, ChannelState, WatchChannel
from booking.sync.policy import MIRROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A calendar with what is needed to ask its provider for channels."""

    calendar_id: int
    connection_id: int
    remote_key: str
    provider: str
    can_ask: bool


def watched(session: Session, calendar_id: int) -> Watched | None:
    """Return a calendar, None where it was removed.

    `can_ask` is false while its account waits for its host.
    """
    query = (
        select(Calendar, Connection)
        .join(Connection, Connection.id == Calendar.connection_id)
        .where(Calendar.id == calendar_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    calendar, connection = found
    return Watched(
        calendar_id=calendar.id,
        connection_id=connection.id,
        remote_key=calendar.remote_key,
        provider=connection.provider,
        can_ask=connection.status != ConnectionStatus.RECONNECT_REQUIRED,
    )


def used_calendars(session: Session) -> set[int]:
    """Return the calendars that block, receive bookings, or belong to a running pair."""
    running = (SyncPair.policy == MIRROR.name, SyncPair.is_paused.is_(False))
    queries = (
        select(SelectedCalendar.calendar_id),
        select(DestinationCalendar.calendar_id),
        select(SyncPair.left_calendar_id).where(*running),
        select(SyncPair.right_calendar_id).where(*running),
    )
    return {key for query in queries for key in session.scalars(query) if key is not None}


def is_read(session: Session, calendar_id: int) -> bool:
    """Tell whether a calendar's events are kept here: it blocks, or belongs to a running pair."""
    selected = select(SelectedCalendar.id).where(SelectedCalendar.calendar_id == calendar_id)
    if session.scalar(selected.limit(1)) is not None:
        return True
    paired = select(SyncPair.id).where(
        SyncPair.policy == MIRROR.name,
        SyncPair.is_paused.is_(False),
        (SyncPair.left_calendar_id == calendar_id) | (SyncPair.right_calendar_id == calendar_id),
    )
    return session.scalar(paired.limit(1)) is not None


def reachable(session: Session, providers: Collection[str]) -> set[int]:
    """Return the calendars of these providers whose account can be asked, as far as they stand."""
    query = (
        select(Calendar.id)
        .join(Connection, Connection.id == Calendar.connection_id)
        .where(
            Connection.provider.in_(list(providers)),
            Connection.status != ConnectionStatus.RECONNECT_REQUIRED,
            Calendar.gone_at.is_(None),
        )
    )
    return set(session.scalars(query))


def waiting(session: Session, now: datetime) -> set[int]:
    """Return the calendars whose next try or renewal is not due yet."""
    return set(session.scalars(select(CalendarWatch.calendar_id).where(CalendarWatch.due_at > now)))


def with_channels(session: Session, *states: ChannelState) -> set[int]:
    """Return the calendars that have channels in these states."""
    query = select(WatchChannel.calendar_id).where(WatchChannel.state.in_(states))
    return set(session.scalars(query))


def watches(session: Session) -> set[int]:
    """Return the calendars for which a channel was ever tried."""
    return set(session.scalars(select(CalendarWatch.calendar_id)))


def channels_of(session: Session, calendar_id: int) -> Sequence[WatchChannel]:
    """Return a calendar's channels, the newest first."""
    query = select(WatchChannel).where(WatchChannel.calendar_id == calendar_id)
    return session.scalars(query.order_by(WatchChannel.id.desc())).all()


def calendars_with_channels(session: Session, connection_id: int) -> list[int]:
    """Return the calendars of a connection that have channels."""
    query = (
        select(WatchChannel.calendar_id)
        .join(Calendar, Calendar.id == WatchChannel.calendar_id)
        .where(Calendar.connection_id == connection_id)
        .distinct()
    )
    return list(session.scalars(query))


def put_watch(
    session: Session, calendar_id: int, *, attempts: int, due_at: datetime, error: str | None
) -> None:
    """Note how the last try went and when the next one is due."""
    row = CalendarWatch(calendar_id=calendar_id, attempts=attempts, due_at=due_at, error=error)
    session.merge(row)


def drop_watch(session: Session, calendar_id: int) -> None:
    """Forget that a channel was ever tried for a calendar."""
    session.execute(delete(CalendarWatch).where(CalendarWatch.calendar_id == calendar_id))


def drop_channels(session: Session, ids: Iterable[int]) -> None:
    """Forget channels."""
    session.execute(delete(WatchChannel).where(WatchChannel.id.in_(list(ids))))


def note_failed_stop(session: Session, channel_id: int) -> None:
    """Count a stop that failed, so that it is tried again, though not for ever."""
    session.execute(
        update(WatchChannel)
        .where(WatchChannel.id == channel_id)
        .values(state=ChannelState.ENDING, tries=WatchChannel.tries + 1)
    )


def live_channels(
    session: Session, calendar_ids: Iterable[int], now: datetime
) -> Mapping[int, WatchChannel]:
    """Return the newest living channel of each calendar that has one."""
    query = (
        select(WatchChannel)
        .where(
            WatchChannel.calendar_id.in_(list(calendar_ids)),
            WatchChannel.state == ChannelState.LIVE,
            WatchChannel.expires_at > now,
        )
        .order_by(WatchChannel.id)
    )
    return {row.calendar_id: row for row in session.scalars(query)}


def pushed_calendars(session: Session, now: datetime) -> set[int]:
    """Return the calendars that have a living channel."""
    query = select(WatchChannel.calendar_id).where(
        WatchChannel.state == ChannelState.LIVE, WatchChannel.expires_at > now
    )
    return set(session.scalars(query))


def watch_views(
    session: Session, calendar_ids: Sequence[int], now: datetime
) -> Mapping[int, WatchView]:
    """Return how changes of these calendars reach us; those never tried are left out."""
    tried = select(CalendarWatch).where(CalendarWatch.calendar_id.in_(calendar_ids))
    attempts = {row.calendar_id: row.attempts for row in session.scalars(tried)}
    live = live_channels(session, calendar_ids, now)
    return {
        key: _view(live.get(key), attempts.get(key, 0)) for key in attempts.keys() | live.keys()
    }


def _view(channel: WatchChannel | None, attempts: int) -> WatchView:
    if channel is None:
        return WatchView(attempts=attempts)
    return WatchView(
        channel_id=channel.remote_id,
        expires_at=channel.expires_at,
        attempts=attempts,
        mode="push",
    )
