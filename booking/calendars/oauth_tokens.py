"""Access tokens of connections: renewed ahead of their end, by one at a time, saved before use.

A renewed token is stored in the transaction that checks that the connection still holds the grant
it was renewed from; whoever comes second finds and takes the first one's.
Leaves to others: what a provider's token endpoint wants (`Authority.refresh`).
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from booking.calendars import store
from booking.calendars.models import Connection
from booking.calendars.oauth_models import TokenLease
from booking.calendars.oauth_ports import AccessTokens, Authority, Grant
from booking.calendars.ports import Step
from booking.core.clock import Clock, monotonic
from booking.core.errors import NotFound, ReconnectRequired, Unreachable
from booking.core.instants import to_instant
from booking.db import reading, writing
from booking.security.cipher import Cipher, SealBroken, place
from booking.security.outbound import within
from booking.security.tokens import new_token

_AHEAD_SECONDS = 120
_LEASE = timedelta(seconds=30)
_REFRESH_SECONDS = 20.0
_PATIENCE_SECONDS = 25.0
_LOOK_AGAIN_SECONDS = 0.1


class FreshTokens:
    """The tokens of a grant that no connection holds yet."""

    def __init__(self, grant: Grant, provider: str) -> None:
        self._grant = grant
        self._provider = provider

    @property
    def scopes(self) -> frozenset[str]:
        """What was granted."""
        return frozenset(self._grant.scopes)

    def access_token(self, refused: str | None = None) -> str:
        """Return the one there is. Errors: ReconnectRequired where it is refused."""
        if refused is not None:
            raise ReconnectRequired(provider=self._provider, step=Step.SIGN_IN)
        return self._grant.access_token


class KeptTokens:
    """The tokens of one connection, as far as this process knows them."""

    def __init__(
        self, keeper: TokenKeeper, connection_id: int, provider: str, grant: Grant
    ) -> None:
        self._keeper = keeper
        self._connection_id = connection_id
        self._provider = provider
        self._grant = grant

    @property
    def scopes(self) -> frozenset[str]:
        """What was granted."""
        return frozenset(self._grant.scopes)

    def access_token(self, refused: str | None = None) -> str:
        """Return a token that is valid for a while.

        Errors: ReconnectRequired, Unreachable, Throttled, BadAnswer.
        """
        if refused == self._grant.access_token or self._keeper.is_ending(self._grant):
            self._grant = self._keeper.renewed(self._connection_id, self._provider, self._grant)
        if refused == self._grant.access_token:
            raise ReconnectRequired(provider=self._provider, step=Step.SIGN_IN)
        return self._grant.access_token


class TokenKeeper:
    """Keeps the grants of all connections. One per process; thread-safe."""

    def __init__(
        self, *, authorities: Mapping[str, Authority], cipher: Cipher, clock: Clock
    ) -> None:
        self._authorities = authorities
        self._cipher = cipher
        self._clock = clock
        self._owner = new_token()[:32]
        self._guard = threading.Lock()
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

    def tokens(self, connection_id: int | None, provider: str, secret: str) -> AccessTokens:
        """Return the tokens of a connection, or of a grant that is not kept yet.

        Errors: ReconnectRequired where the stored grant cannot be read.
        """
        grant = _read(secret)
        if connection_id is None:
            return FreshTokens(grant, provider)
        return KeptTokens(self, connection_id, provider, grant)

    def is_ending(self, grant: Grant) -> bool:
        """Tell whether an access token ends within two minutes."""
        return grant.expires_at - _AHEAD_SECONDS <= to_instant(self._clock.now())

    def renewed(self, connection_id: int, provider: str, known: Grant) -> Grant:
        """Return a grant with another access token than `known`: a peer's newer one, or a new one.

        Errors: NotFound once the connection is gone; ReconnectRequired for a dead grant; others.
        """
        with self._guard:
            lock = self._locks[connection_id]
        with lock, self._turn(connection_id, provider):
            stored = self._stored(connection_id)
            if stored.access_token != known.access_token and not self.is_ending(stored):
                return stored
            with within(_REFRESH_SECONDS):
                fresh = self._authorities[provider].refresh(stored)
            fresh = replace(fresh, refresh_token=fresh.refresh_token or stored.refresh_token)
            return self._saved(connection_id, stored, fresh)

    def _stored(self, connection_id: int) -> Grant:
        with reading() as session:
            return self._opened(store.connection_with_secret(session, connection_id))

    def _opened(self, row: Connection) -> Grant:
        if row.secret is None:
            raise SealBroken
        return _read(self._cipher.open(row.secret, _place(row.id)))

    def _saved(self, connection_id: int, before: Grant, fresh: Grant) -> Grant:
        """Store a renewed grant, unless the host has reconnected meanwhile."""
        with writing() as session:
            row = store.connection_with_secret(session, connection_id)
            stored = self._opened(row)
            if stored != before:
                return stored
            row.secret = self._cipher.seal(fresh.text(), _place(row.id))
        return fresh

    @contextmanager
    def _turn(self, connection_id: int, provider: str) -> Iterator[None]:
        """Wait for our turn among processes. Errors: Unreachable when it does not come."""
        ends_at = monotonic() + _PATIENCE_SECONDS
        pause = threading.Event()
        while not self._taken(connection_id):
            if monotonic() > ends_at:
                raise Unreachable(provider=provider, step=Step.SIGN_IN)
            # Another process is asking the provider; its answer shows in the table alone.
            pause.wait(_LOOK_AGAIN_SECONDS)
        try:
            yield
        finally:
            with writing() as session:
                _let_go(session, connection_id, self._owner)

    def _taken(self, connection_id: int) -> bool:
        now = self._clock.now()
        with writing() as session:
            # The connection's row is the lock: two first leases would otherwise collide.
            query = select(Connection.id).where(Connection.id == connection_id).with_for_update()
            if session.scalars(query).one_or_none() is None:
                raise NotFound("This connection was removed.")
            lease = session.get(TokenLease, connection_id)
            if lease is not None and lease.until > now and lease.owner != self._owner:
                return False
            if lease is None:
                lease = TokenLease(connection_id=connection_id)
                session.add(lease)
            lease.owner = self._owner
            lease.until = now + _LEASE
        return True


def _let_go(session: Session, connection_id: int, owner: str) -> None:
    session.execute(
        delete(TokenLease).where(
            TokenLease.connection_id == connection_id, TokenLease.owner == owner
        )
    )


def _read(secret: str) -> Grant:
    try:
        return Grant.read(secret)
    except (ValueError, KeyError, TypeError):
        raise SealBroken from None


def _place(connection_id: int) -> str:
    return place("connections", connection_id, "secret")
