"""Users and a schedule service on the present database."""

from __future__ import annotations

from booking.accounts.hosts import AccountHosts
from booking.accounts.models import User
from booking.availability.service import ScheduleService
from booking.core.clock import FrozenClock
from booking.db import reading, writing
from tests.conftest import MONDAY


def make_schedules() -> ScheduleService:
    """A service whose clock stands still."""
    return ScheduleService(clock=FrozenClock(MONDAY), hosts=AccountHosts())


def add_user(name: str) -> int:
    """Store a user in Berlin and return the id."""
    with writing() as session:
        user = User(
            email=f"{name}@example.test",
            username=name,
            name=name.title(),
            time_zone="Europe/Berlin",
            login_stamp=name,
            created_at=MONDAY,
        )
        session.add(user)
        session.flush()
        return user.id


def slots_version(user_id: int) -> int:
    """How often this user's slots may have changed."""
    with reading() as session:
        return session.get_one(User, user_id).slots_version
