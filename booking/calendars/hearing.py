"""What providers push to us: checked, and turned into hints. No network, no work.

Pushes are unsigned. A channel's name leads to its row; its secret, compared in constant time,
proves that the provider sent it. Whatever is wrong with a push, its sender is not told.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update

from booking.calendars.hints import Hints
from booking.calendars.refresh_jobs import ask_watch
from booking.calendars.watch_models import CalendarWatch, ChannelState, WatchChannel
from booking.core.clock import Clock, monotonic
from booking.core.ids import decode_id
from booking.db import glancing, writing
from booking.security.tokens import hash_token, is_token_of

REAUTHORIZE: Final = "reauthorizationRequired"
REMOVED: Final = "subscriptionRemoved"
MISSED: Final = "missed"
_REMEMBERED_SECONDS = 60.0
_MOST_REMEMBERED = 10_000
_NOBODYS = hash_token("")


@dataclass(frozen=True, slots=True)
class _Known:
    calendar_id: int
    secret_hash: str
    until: float


class PushDesk:
    """Hears pushes. One per process; thread-safe."""

    def __init__(self, *, hints: Hints, clock: Clock) -> None:
        self._hints = hints
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[int, _Known] = {}

    def heard(self, key: str, secret: str) -> bool:
        """Follow up a change that channel `key` announced; tell whether it was believed."""
        found = self._proven(key, secret)
        if found is None:
            return False
        self._hints.hint(found.calendar_id)
        return True

    def heard_lifecycle(self, key: str, secret: str, event: str) -> bool:
        """Follow up what a provider says of the channel itself; tell whether it was believed.

        Source: https://learn.microsoft.com/en-us/graph/change-notifications-lifecycle-events
        """
        found = self._proven(key, secret)
        if found is None:
            return False
        if event == MISSED:
            self._hints.hint(found.calendar_id)
        elif event in {REAUTHORIZE, REMOVED}:
            self._mend(decode_id(key) or 0, found.calendar_id, is_gone=event == REMOVED)
        return True

    def _mend(self, channel_id: int, calendar_id: int, *, is_gone: bool) -> None:
        """Have the channel renewed now; where it is gone, a change may have been missed."""
        now = self._clock.now()
        with writing() as session:
            if is_gone:
                session.execute(
                    update(WatchChannel)
                    .where(WatchChannel.id == channel_id, WatchChannel.state == ChannelState.LIVE)
                    .values(state=ChannelState.ENDING, expires_at=now)
                )
            session.execute(
                update(CalendarWatch)
                .where(CalendarWatch.calendar_id == calendar_id, CalendarWatch.due_at > now)
                .values(due_at=now)
            )
            ask_watch(session, calendar_id, now=now)
        if is_gone:
            self._hints.hint(calendar_id)

    def _proven(self, key: str, secret: str) -> _Known | None:
        channel_id = decode_id(key)
        found = None if channel_id is None else self._find(channel_id)
        is_right = is_token_of(secret, found.secret_hash if found else _NOBODYS)
        return found if is_right else None

    def _find(self, channel_id: int) -> _Known | None:
        with self._lock:
            known = self._known.get(channel_id)
        if known is not None and monotonic() < known.until:
            return known
        query = select(WatchChannel.calendar_id, WatchChannel.secret_hash)
        with glancing() as connection:
            row = connection.execute(query.where(WatchChannel.id == channel_id)).one_or_none()
        if row is None:
            return None
        known = _Known(row[0], row[1], monotonic() + _REMEMBERED_SECONDS)
        with self._lock:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[channel_id] = known
        return known
