"""What hosts publish of their bookings: switched on, renewed, switched off by the host alone.

The address of the feed of bookings holds a secret that is kept as a hash: it is told once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from booking.bookings.feed_models import Feed
from booking.bookings.publishing import Publisher
from booking.core.clock import Clock
from booking.db import reading, writing
from booking.security import audit
from booking.security.tokens import hash_token, is_token_of, new_token


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """What a host publishes; `bookings_since` (aware UTC) is None while the feed is off."""

    bookings_since: datetime | None
    shows_free_busy: bool


class FeedService:
    """Switches what hosts publish, and checks who may read it; `publisher` writes it."""

    def __init__(self, *, clock: Clock, publisher: Publisher) -> None:
        self._clock = clock
        self.publisher = publisher

    def get(self, user_id: int) -> FeedView:
        """Return what a host publishes."""
        with reading() as session:
            row = session.get(Feed, user_id)
        if row is None:
            return FeedView(bookings_since=None, shows_free_busy=False)
        return FeedView(bookings_since=row.token_made_at, shows_free_busy=row.shows_free_busy)

    def open(self, user_id: int) -> str:
        """Switch the feed of bookings on under a new token, and return it; an older one ends."""
        token, now = new_token(), self._clock.now()
        with writing() as session:
            row = _row(session, user_id)
            row.token_hash, row.token_made_at = hash_token(token), now
            _audit(session, now, user_id, "opened")
        return token

    def close(self, user_id: int) -> None:
        """Switch the feed of bookings off; its address leads nowhere from then on."""
        with writing() as session:
            row = _row(session, user_id)
            row.token_hash = row.token_made_at = None
            _audit(session, self._clock.now(), user_id, "closed")

    def show_free_busy(self, user_id: int, *, shown: bool) -> None:
        """Let anybody ask when a host is busy, or nobody."""
        with writing() as session:
            _row(session, user_id).shows_free_busy = shown
            word = "free_busy_shown" if shown else "free_busy_hidden"
            _audit(session, self._clock.now(), user_id, word)

    def is_free_busy_shown(self, user_id: int) -> bool:
        """Tell whether anybody may ask when this host is busy."""
        return self.get(user_id).shows_free_busy

    def may_read_bookings(self, user_id: int, token: str) -> bool:
        """Tell whether `token` opens this host's feed."""
        with reading() as session:
            row = session.get(Feed, user_id)
        return row is not None and row.token_hash is not None and is_token_of(token, row.token_hash)


def _row(session: Session, user_id: int) -> Feed:
    row = session.get(Feed, user_id)
    if row is None:
        row = Feed(user_id=user_id, shows_free_busy=False)
        session.add(row)
        session.flush()
    return row


def _audit(session: Session, now: datetime, user_id: int, what: str) -> None:
    audit.record(session, now, f"user:{user_id}", f"feed.{what}", f"user:{user_id}")
