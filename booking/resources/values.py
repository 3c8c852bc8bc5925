"""What goes in and out of the resources room: frozen values, no tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceView:
    """A room or a piece of equipment.

    `capacity` is how many people fit, None where that does not matter; `calendar_id` the calendar
    whose events block it; `team_id` the team whose members may use it. `may_change` is the
    asker's.
    """

    id: int
    user_id: int
    name: str
    kind: str
    capacity: int | None
    calendar_id: int | None
    team_id: int | None
    may_change: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """An event type that occupies a resource with each booking."""

    title: str
    owner_id: int
    username: str
    team_id: int | None
    seats: int | None
