"""Questions to the tables for what stands around event types on the pages of guests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.availability.models import OutOfOffice
from booking.teams.models import Team


def team_name(session: Session, team_id: int) -> str | None:
    """Return what a team is called."""
    return session.scalar(select(Team.name).where(Team.id == team_id))


def open_accounts(session: Session, user_ids: Iterable[int]) -> Mapping[int, User]:
    """Return those of these users whose accounts are not closed, by id."""
    query = select(User).where(User.id.in_(list(user_ids)), User.disabled_at.is_(None))
    return {user.id: user for user in session.scalars(query)}


def replaced_between(
    session: Session, user_id: int, first: date, last: date
) -> tuple[OutOfOffice, User] | None:
    """Return the first absence that touches the local dates, with its colleague.

    Absences without a colleague are passed over, and those whose colleague's account is closed.
    """
    query = (
        select(OutOfOffice, User)
        .join(User, User.id == OutOfOffice.redirect_to)
        .where(
            OutOfOffice.user_id == user_id,
            OutOfOffice.start_date <= last,
            OutOfOffice.end_date >= first,
            User.disabled_at.is_(None),
        )
        .order_by(OutOfOffice.start_date, OutOfOffice.id)
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])
