"""What the availability room needs to know and change about users, who live a floor above."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from sqlalchemy.orm import Session


class Hosts(Protocol):
    """The few questions about users that a schedule raises; each runs in the caller's unit."""

    def touch(self, session: Session, user_id: int) -> None:
        """Note that this user's slots may have changed."""
        ...

    def forget_schedule(self, session: Session, user_id: int, schedule_id: int) -> None:
        """Let the user fall back to office hours where this was the default schedule."""
        ...

    def find(self, session: Session, name: str) -> int | None:
        """Return the id of the user with this username or public id."""
        ...

    def usernames(self, session: Session, user_ids: Iterable[int]) -> Mapping[int, str]:
        """Return the usernames of these users."""
        ...
