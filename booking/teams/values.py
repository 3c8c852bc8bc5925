"""What goes in and out of the teams room: frozen values, no tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

OPEN_SIGN_UP = "open"
"""The setting with which anybody can have an account: users are strangers to each other then."""


class Role(StrEnum):
    """What a member may do: look; also change the team; also give roles away and delete it."""

    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def is_admin(self) -> bool:
        """Tell whether the team, its members and its event types may be changed."""
        return self is not Role.MEMBER


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamView:
    """A team as one of its members sees it; `role` is that member's.

    `limits`: `{"bookings": {"day"?, "week"?, "month"?, "year"?}, "minutes": {...}}`, for each
    member over all event types of the team; `{}` is no limit.
    """

    id: int
    name: str
    slug: str
    limits: Mapping[str, Any]
    role: Role
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A member as the other members see them."""

    user_id: int
    username: str
    name: str
    email: str
    time_zone: str
    role: Role
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user by name."""

    user_id: int
    username: str
    name: str
