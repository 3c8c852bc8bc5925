"""What programs of hosts are told of: something happened to a thing of theirs.

The rooms where things happen are given an `Announce`; who hears of it, and how, is not theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One thing that happened, for the programs of `user_ids`.

    `event` is a public name ("booking.created"); `at` is aware UTC; `data` is ready for JSON and
    holds no secret. The same `key` is announced once to each program. What has one `subject` is
    told in the order of `seq`.
    """

    user_ids: tuple[int, ...]
    event: str
    at: datetime
    data: Mapping[str, Any]
    key: str
    subject: str | None = None
    seq: int = 0


Announce = Callable[[Session, Announcement], None]
"""Keeps an announcement in the caller's unit, which must be one that writes.

Nothing is committed, and no network is asked.
"""


def announce_to_nobody(session: Session, announcement: Announcement) -> None:
    """Keep nothing: for what is built without programs that listen."""
    del session, announcement
