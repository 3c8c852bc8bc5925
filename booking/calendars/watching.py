"""Keeps a channel for every calendar that is used, renews it in time, and stops it afterwards.

What is tried next stands in the table, not in the job: a tick asks for what is due. A provider
that cannot push, or not to us, is polled as before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from booking.calendars import watch_rows as rows
from booking.calendars.connections import ConnectionService
from booking.calendars.refresh_jobs import WATCH, ask_watch
from booking.calendars.watch_models import CalendarWatch, ChannelState, WatchChannel
from booking.calendars.watch_ports import ChannelWish, PushProvider, RemoteChannel
from booking.calendars.watch_rules import (
    LONGEST_LIFE,
    MOST_ATTEMPTS,
    after_failure,
    is_attempt,
    is_new_round,
    renewal_of,
)
from booking.core.clock import Clock
from booking.core.errors import (
    BookingError,
    ItemGone,
    ProviderError,
    ReconnectRequired,
    Unsupported,
)
from booking.core.ids import encode_id, new_id
from booking.db import reading, writing
from booking.queue import outbox
from booking.security.outbound import within
from booking.security.tokens import hash_token, new_token

_FAREWELL_SECONDS = 5.0
_MOST_AT_ONCE = 100
Uses = Callable[[Session], Iterable[int]]
"""Says which calendars are used by a room above, in the caller's unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """A calendar as it stands before anything is asked."""

    target: rows.Watched
    is_wanted: bool
    channels: tuple[WatchChannel, ...]
    watch: CalendarWatch | None


class WatchKeeper:
    """Opens, renews and stops channels.

    `hooks` names the address for pushes of each provider that can reach us; `uses` say which
    calendars rooms above use besides those that this room knows of.
    """

    def __init__(
        self,
        *,
        connections: ConnectionService,
        clock: Clock,
        hooks: Mapping[str, str],
        uses: Sequence[Uses] = (),
    ) -> None:
        self._connections = connections
        self._clock = clock
        self._hooks = hooks
        self._uses = tuple(uses)

    def ask_due(self) -> int:
        """Ask for work on every calendar whose channels are not as they should be; say how many."""
        now = self._clock.now()
        with reading() as session:
            asked = outbox.asked_keys(session, WATCH)
            due = {key for key in self._due(session, now) if f"watch:{key}" not in asked}
        if due:
            with writing() as session:
                for calendar_id in sorted(due)[:_MOST_AT_ONCE]:
                    ask_watch(session, calendar_id, now=now)
        return len(due)

    def keep(self, calendar_id: int) -> None:
        """Bring one calendar's channels in order; how that went is written down with it.

        Errors: none of a provider's.
        """
        standing = self._standing(calendar_id)
        if standing is None:
            return
        if not standing.target.can_ask:
            self._forget(standing)
            return
        if not standing.is_wanted:
            self._stop(standing.target, standing.channels)
            with writing() as session:
                rows.drop_watch(session, calendar_id)
            return
        now = self._clock.now()
        if standing.watch is None or standing.watch.due_at <= now:
            self._renew(standing, now)
        with reading() as session:
            old = [each for each in rows.channels_of(session, calendar_id) if _is_over(each, now)]
        self._stop(standing.target, old)

    def leave(self, connection_id: int) -> None:
        """Stop the channels of a connection that is about to be removed, within a few seconds."""
        with reading() as session:
            ids = rows.calendars_with_channels(session, connection_id)
            found = [(rows.watched(session, key), rows.channels_of(session, key)) for key in ids]
        with within(_FAREWELL_SECONDS):
            for target, channels in found:
                if target is not None and target.can_ask:
                    self._stop(target, channels)

    def _due(self, session: Session, now: datetime) -> set[int]:
        wanted = self._wanted(session) & rows.reachable(session, self._hooks)
        due = wanted - rows.waiting(session, now)
        due |= rows.with_channels(session, ChannelState.ENDING)
        left = rows.with_channels(session, *ChannelState) | rows.watches(session)
        return due | (left - self._wanted(session)) if left else due

    def _wanted(self, session: Session) -> set[int]:
        others = {key for uses in self._uses for key in uses(session)}
        return rows.used_calendars(session) | others

    def _standing(self, calendar_id: int) -> _Standing | None:
        with reading() as session:
            target = rows.watched(session, calendar_id)
            if target is None:
                return None
            is_used = calendar_id in self._wanted(session)
            return _Standing(
                target=target,
                is_wanted=is_used and target.provider in self._hooks,
                channels=tuple(rows.channels_of(session, calendar_id)),
                watch=session.get(CalendarWatch, calendar_id),
            )

    def _forget(self, standing: _Standing) -> None:
        """Drop what was to be stopped, as this account cannot be asked; it ends there by itself."""
        is_ended = [
            each.id
            for each in standing.channels
            if not standing.is_wanted or each.state == ChannelState.ENDING
        ]
        with writing() as session:
            rows.drop_channels(session, is_ended)
            if not standing.is_wanted:
                rows.drop_watch(session, standing.target.calendar_id)

    def _renew(self, standing: _Standing, now: datetime) -> None:
        target = standing.target
        try:
            self._connections.wait_until_allowed(target.connection_id)
            pusher = self._pusher(target)
            done = self._prolonged(pusher, standing, now) or self._opened(pusher, target, now)
        except ProviderError as error:
            self._failed(standing, error, now)
            return
        with writing() as session:
            due_at = renewal_of(now, done.expires_at)
            rows.put_watch(session, target.calendar_id, attempts=0, due_at=due_at, error=None)

    def _prolonged(
        self, pusher: PushProvider, standing: _Standing, now: datetime
    ) -> RemoteChannel | None:
        """Let the living channel live on; None where a new one is needed."""
        channel = next((each for each in standing.channels if _is_living(each, now)), None)
        if channel is None:
            return None
        try:
            done = pusher.prolong(_remote(channel), now + LONGEST_LIFE)
        except ItemGone:
            with writing() as session:
                rows.drop_channels(session, [channel.id])
            return None
        if done is not None:
            with writing() as session:
                row = session.get(WatchChannel, channel.id)
                if row is not None:
                    row.expires_at = done.expires_at
        return done

    def _opened(self, pusher: PushProvider, target: rows.Watched, now: datetime) -> RemoteChannel:
        """Open a channel; its secret is known here before the provider's first push can come."""
        key, secret = new_id(), new_token()
        with writing() as session:
            row = WatchChannel(id=key, calendar_id=target.calendar_id, made_at=now)
            row.secret_hash, row.expires_at = hash_token(secret), now + LONGEST_LIFE
            session.add(row)
        wish = ChannelWish(
            key=encode_id(key),
            address=self._hooks[target.provider],
            secret=secret,
            expires_at=now + LONGEST_LIFE,
        )
        try:
            done = pusher.watch(target.remote_key, wish)
        except BaseException:
            with writing() as session:
                rows.drop_channels(session, [key])
            raise
        with writing() as session:
            for other in rows.channels_of(session, target.calendar_id):
                if other.id != key:
                    other.state = ChannelState.ENDING
                    continue
                other.remote_id, other.resource_id = done.id, done.resource
                other.state, other.expires_at = ChannelState.LIVE, done.expires_at
        return done

    def _failed(self, standing: _Standing, error: ProviderError, now: datetime) -> None:
        target, watch = standing.target, standing.watch
        if isinstance(error, ReconnectRequired):
            self._connections.record_failure(target.connection_id, error)
        before = 0 if watch is None or is_new_round(watch.attempts, watch.error) else watch.attempts
        attempts, due_at = after_failure(before, error, now)
        with writing() as session:
            rows.put_watch(
                session,
                target.calendar_id,
                attempts=attempts if is_attempt(error) else before,
                due_at=due_at,
                error=error.message,
            )

    def _stop(self, target: rows.Watched, channels: Sequence[WatchChannel]) -> None:
        """Stop channels at their provider; one that cannot be stopped is forgotten after three."""
        done: list[int] = []
        for channel in channels:
            try:
                if channel.remote_id is not None and channel.expires_at > self._clock.now():
                    self._pusher(target).unwatch(_remote(channel))
            except BookingError:
                if channel.tries + 1 < MOST_ATTEMPTS:
                    continue
            done.append(channel.id)
        left = {channel.id for channel in channels} - set(done)
        with writing() as session:
            rows.drop_channels(session, done)
            for key in left:
                rows.note_failed_stop(session, key)

    def _pusher(self, target: rows.Watched) -> PushProvider:
        provider = self._connections.open_provider(target.connection_id)
        if not isinstance(provider, PushProvider):
            raise Unsupported("This provider does not announce changes.", provider=target.provider)
        return provider


def _is_living(channel: WatchChannel, now: datetime) -> bool:
    return channel.state == ChannelState.LIVE and channel.expires_at > now


def _is_over(channel: WatchChannel, now: datetime) -> bool:
    return channel.state == ChannelState.ENDING or channel.expires_at <= now


def _remote(channel: WatchChannel) -> RemoteChannel:
    return RemoteChannel(
        id=channel.remote_id or "",
        resource=channel.resource_id or "",
        expires_at=channel.expires_at,
    )
