"""What goes in and out of the accounts room: frozen values, no tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """What an API key may do; `write` includes the other two."""

    READ = "read"
    WRITE = "write"
    BOOKINGS = "bookings"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """An account as its owner sees it; `login_stamp` is for the login cookie alone."""

    id: int
    email: str
    username: str
    name: str
    time_zone: str
    locale: str
    is_admin: bool
    buffer_minutes: int
    default_schedule_id: int | None
    on_calendar_change: str
    created_at: datetime
    login_stamp: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyView:
    """A key as its owner sees it; `prefix` tells keys apart, the secret is not kept."""

    id: int
    name: str
    prefix: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """A key that was just made; `secret` is the whole key and is shown this once."""

    key: ApiKeyView
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyBearer:
    """Who sent a good key, and what the key allows."""

    user_id: int
    key_id: int
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Tell whether the key's scopes cover `scope`."""
        return scope in self.scopes or Scope.WRITE in self.scopes
