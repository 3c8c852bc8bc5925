"""What hosts are told of without asking: something of theirs needs them.

The rooms that notice trouble are given a `TellHost`; how the host learns of it is not theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session


class Cause(StrEnum):
    """Why a host is told."""

    RECONNECT = "reconnect"
    NOT_WRITTEN = "not_written"
    PAIR_HALTED = "pair_halted"
    CALENDAR_CHANGED = "calendar_changed"
    WEBHOOK_DISABLED = "webhook_disabled"
    TASKS_ENDED = "tasks_ended"
    NO_TIMES = "no_times"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell a host, once.

    `about` names the account, pair, booking or webhook in the host's own words, `detail` says why
    in a sentence, `path` is where the remedy is ("/settings/calendars"). The same `key` tells the
    host once: make it of the thing and of the moment the trouble began.
    """

    user_id: int
    cause: Cause
    about: str
    detail: str = ""
    path: str
    key: str


TellHost = Callable[[Session, Notice], None]
"""Keeps a notice in the caller's unit, which must be one that writes. Nothing is committed."""


def tell_nobody(session: Session, notice: Notice) -> None:
    """Keep nothing: for what is built without a way to reach hosts."""
    del session, notice
