"""What a calendar provider knows: users, what they granted, calendars, events, changes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

JSON = dict[str, Any]

WRITERS = frozenset({"owner", "writer", "writerWithoutPrivateAccess"})


class Refused(Exception):
    """An answer that is no success; `reason` is the provider's own word."""

    def __init__(self, status: int, reason: str, message: str = "") -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.message = message or reason


@dataclass(slots=True, kw_only=True)
class Grant:
    """What a user allowed a client; dead once revoked."""

    user: str
    client: str
    scopes: frozenset[str]
    refresh_token: str
    is_revoked: bool = False


@dataclass(slots=True, kw_only=True)
class Entry:
    """A calendar in a user's list."""

    role: str = "owner"
    name: str | None = None
    color: str = "#9fe1e7"
    is_hidden: bool = False
    is_deleted: bool = False
    is_primary: bool = False
    changed: int = 0


@dataclass(slots=True, kw_only=True)
class Calendar:
    """A calendar: its rows as the API shows them, and when each changed last.

    `generation` rises when the change log is thrown away: older cursors are refused.
    """

    id: str
    name: str
    time_zone: str = "Europe/Berlin"
    rows: dict[str, JSON] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    counter: int = 0
    generation: int = 0
    makes_links_late: bool = False
    default_reminders: list[JSON] = field(default_factory=list)

    def put(self, row: JSON, stamp: str) -> JSON:
        """Keep a row as changed now, under a new etag."""
        self.counter += 1
        row["updated"] = stamp
        row["etag"] = f'"{self.counter + 3_500_000_000}{secrets.token_hex(3)}"'
        self.rows[row["id"]] = row
        self.changed[row["id"]] = self.counter
        return row

    def exceptions_of(self, master: str) -> list[JSON]:
        return [row for row in self.rows.values() if row.get("recurringEventId") == master]


@dataclass(slots=True, kw_only=True)
class User:
    """A person with a list of calendars."""

    email: str
    entries: dict[str, Entry] = field(default_factory=dict)
    counter: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write that was accepted."""

    method: str
    user: str
    calendar: str
    key: str
    send_updates: str | None = None
    if_match: str | None = None
    body: JSON = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail that the provider would have sent."""

    kind: str
    key: str
    to: tuple[str, ...]


@dataclass(slots=True)
class World:
    """Everything of one provider."""

    users: dict[str, User] = field(default_factory=dict)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    tokens: dict[str, tuple[Grant, datetime]] = field(default_factory=dict)
    journal: list[Write] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def clear(self) -> None:
        """Forget everything; cursors that were handed out are refused from now on."""
        for kept in (
            self.users,
            self.calendars,
            self.grants,
            self.tokens,
            self.journal,
            self.mails,
        ):
            kept.clear()
        self.secret = secrets.token_bytes(16)

    def sign(self, content: JSON) -> str:
        """Return a cursor or page token that nobody else can make."""
        text = base64.urlsafe_b64encode(json.dumps(content, sort_keys=True).encode())
        return f"{text.decode().rstrip('=')}.{self._digest(text)}"

    def read(self, token: str) -> JSON | None:
        """Return what was signed, None for anything else."""
        text, _, digest = token.rpartition(".")
        padded = text + "=" * (-len(text) % 4)
        if not hmac.compare_digest(digest, self._digest(padded.encode("utf-8", "replace"))):
            return None
        content: JSON = json.loads(base64.urlsafe_b64decode(padded))
        return content

    def _digest(self, text: bytes) -> str:
        return hmac.new(self.secret, text, hashlib.sha256).hexdigest()[:24]
