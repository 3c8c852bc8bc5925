"""What lower rooms ask about users: the `Hosts` port of the availability room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.core.ids import decode_id

_USERS: Any = User.__table__
_TOUCH = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("b_user"))
    .values(slots_version=_USERS.c.slots_version + 1)
)
"""Built once, as every unit that changes busy rows runs it."""


class AccountHosts:
    """Answers from the table of users, inside the caller's unit."""

    def touch(self, session: Session, user_id: int) -> None:
        """Raise `slots_version`: whatever was remembered of this user's slots is void."""
        session.flush()
        session.connection().execute(_TOUCH, {"b_user": user_id})

    def forget_schedule(self, session: Session, user_id: int, schedule_id: int) -> None:
        """Leave the user without a default schedule where this was it."""
        session.execute(
            update(User)
            .where(User.id == user_id, User.default_schedule_id == schedule_id)
            .values(default_schedule_id=None)
            .execution_options(synchronize_session=False)
        )

    def find(self, session: Session, name: str) -> int | None:
        """Return the id of the living user with this username or public id."""
        named = or_(User.username == name.lower(), User.id == (decode_id(name) or 0))
        return session.scalar(select(User.id).where(named, User.disabled_at.is_(None)).limit(1))

    def usernames(self, session: Session, user_ids: Iterable[int]) -> Mapping[int, str]:
        """Return the usernames of these users."""
        query = select(User.id, User.username).where(User.id.in_(list(user_ids)))
        return dict(session.execute(query).all())
