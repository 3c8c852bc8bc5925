"""What teams ask of the rooms above them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session


class Departures(Protocol):
    """Puts in order what hangs on memberships; both are called inside the caller's unit."""

    def left(
        self, session: Session, team_id: int, user_id: int, heir_id: int, now: datetime
    ) -> None:
        """Take a former member out of the team's event types and resources.

        What the member owned in the team becomes `heir_id`'s.
        """
        ...

    def closed(
        self, session: Session, team_id: int, user_ids: Iterable[int], now: datetime
    ) -> None:
        """Part the former members of a team that is about to be deleted, and keep its resources."""
        ...
