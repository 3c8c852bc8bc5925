"""API keys: `bk_<prefix>_<secret>`, shown once, stored as a hash.

The secret is 32 random bytes, so a plain SHA-256 is enough and a check costs one row.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy.exc import OperationalError

from booking.accounts import store
from booking.accounts.models import ApiKey
from booking.accounts.values import ApiKeyView, KeyBearer, NewApiKey, Scope
from booking.core.clock import Clock
from booking.core.errors import InvalidInput, NotFound, Unauthorized
from booking.core.intake import choice, items, line
from booking.db import reading, writing
from booking.security import audit
from booking.security.tokens import hash_token, is_token_of, new_token

MOST_KEYS: Final = 100
_MARK = "bk"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_PREFIX_LENGTH = 10
_PARTS = 3
_TOUCH_EVERY = timedelta(minutes=1)
_BAD_KEY = "This API key is unknown or was revoked."

_log = logging.getLogger(__name__)
_read_scopes = items(choice(*Scope), least=1, most=len(Scope))


class ApiKeys:
    """Makes, lists, revokes and checks keys."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def create(self, user_id: int, name: str, scopes: Sequence[str] = (Scope.READ,)) -> NewApiKey:
        """Make a key; its secret is in this answer and never to be had again.

        Errors: InvalidInput.
        """
        label = line(200, least=1)(name, "/name")
        chosen = sorted(set(_read_scopes(list(scopes), "/scopes")))
        prefix = "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_LENGTH))
        secret = new_token()
        now = self._clock.now()
        key = ApiKey(
            user_id=user_id,
            name=label,
            prefix=prefix,
            secret_hash=hash_token(secret),
            scopes=chosen,
            created_at=now,
        )
        with writing() as session:
            if len(store.keys_of(session, user_id)) >= MOST_KEYS:
                raise InvalidInput.at("", f"{MOST_KEYS} keys are the most. Revoke one first.")
            session.add(key)
            session.flush()
            audit.record(session, now, f"user:{user_id}", "key.created", f"key:{key.id}")
        return NewApiKey(key=store.key_view(key), secret=f"{_MARK}_{prefix}_{secret}")

    def list(self, user_id: int) -> tuple[ApiKeyView, ...]:
        """Return the user's living keys, oldest first."""
        with reading() as session:
            return tuple(store.key_view(key) for key in store.keys_of(session, user_id))

    def get(self, user_id: int, key_id: int) -> ApiKeyView:
        """Return one living key of this user. Errors: NotFound."""
        with reading() as session:
            key = store.find_key(session, user_id, key_id)
        if key is None:
            raise NotFound
        return store.key_view(key)

    def revoke(self, user_id: int, key_id: int) -> None:
        """End a key at once. Errors: NotFound."""
        now = self._clock.now()
        with writing() as session:
            key = store.find_key(session, user_id, key_id)
            if key is None:
                raise NotFound
            key.revoked_at = now
            audit.record(session, now, f"user:{user_id}", "key.revoked", f"key:{key_id}")

    def verify(self, presented: str) -> KeyBearer:
        """Return who sent this key.

        Errors: Unauthorized, one message for every reason.
        """
        mark, _, rest = presented.partition("_")
        prefix, _, secret = rest.partition("_")
        if mark != _MARK or len(prefix) != _PREFIX_LENGTH or not prefix.isascii():
            raise Unauthorized(_BAD_KEY)
        with reading() as session:
            key = store.find_key_by_prefix(session, prefix)
        if key is None or not is_token_of(secret, key.secret_hash):
            raise Unauthorized(_BAD_KEY)
        self._touch(key)
        return KeyBearer(
            user_id=key.user_id,
            key_id=key.id,
            scopes=frozenset(Scope(scope) for scope in key.scopes),
        )

    def _touch(self, key: ApiKey) -> None:
        now = self._clock.now()
        if key.last_used_at is not None and now - key.last_used_at < _TOUCH_EVERY:
            return
        try:
            with writing() as session:
                store.touch_key(session, key.id, now)
        except OperationalError:
            # A full disk or a busy database must not stop what only reads.
            _log.warning("key_use_not_noted key=%d", key.id)
