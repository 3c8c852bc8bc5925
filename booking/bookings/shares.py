"""How a team's bookings were shared out lately, and why each host was picked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.availability.hosts_choice import ChoiceReason
from booking.bookings.choosing import COUNTED_FOR
from booking.bookings.models import LIVING, Booking, BookingHost
from booking.calendars.models import Connection, ConnectionStatus
from booking.core.clock import Clock
from booking.core.instants import Instant
from booking.db import reading
from booking.eventtypes.models import EventType
from booking.teams import store as teams

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One booking given to one host; `start` is UTC epoch seconds, `made_at` aware UTC."""

    title: str
    start: Instant
    host: str
    reason: ChoiceReason
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A team in the last 30 days.

    `counts`: user id → bookings made through the team that stand. `picks`: the last 20, the
    newest first. `broken`: ids of members with an account that needs signing in again.
    """

    counts: dict[int, int]
    picks: tuple[Pick, ...]
    broken: frozenset[int]


class TeamShares:
    """Tells the members of a team how its bookings were shared out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def of(self, user_id: int, team_id: int) -> Standing:
        """Return how one of the user's teams stands.

        Errors: NotFound where it is unknown or the user is no member.
        """
        since = self._clock.now() - COUNTED_FOR
        with reading() as session:
            teams.get_team(session, team_id, user_id)
            return Standing(
                counts=_counts(session, team_id, since),
                picks=_picks(session, team_id, since),
                broken=_broken(session, team_id),
            )


def _counts(session: Session, team_id: int, since: datetime) -> dict[int, int]:
    query = select(BookingHost.user_id, func.count()).where(*_made(team_id, since))
    return {row[0]: row[1] for row in session.execute(query.group_by(BookingHost.user_id))}


def _picks(session: Session, team_id: int, since: datetime) -> tuple[Pick, ...]:
    query = (
        select(
            EventType.title, Booking.starts_at, User.name, BookingHost.reason, Booking.created_at
        )
        .where(*_made(team_id, since), User.id == BookingHost.user_id)
        .order_by(Booking.created_at.desc(), BookingHost.position)
        .limit(_SHOWN)
    )
    return tuple(
        Pick(
            title=row.title,
            start=row.starts_at,
            host=row.name,
            reason=ChoiceReason(row.reason),
            made_at=row.created_at,
        )
        for row in session.execute(query)
    )


def _made(team_id: int, since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Booking.id == BookingHost.booking_id,
        EventType.id == Booking.event_type_id,
        EventType.team_id == team_id,
        Booking.created_at >= since,
        Booking.status.in_(LIVING),
    )


def _broken(session: Session, team_id: int) -> frozenset[int]:
    needs_sign_in = exists().where(
        Connection.user_id == User.id,
        Connection.status == ConnectionStatus.RECONNECT_REQUIRED,
    )
    members = teams.member_ids(session, team_id)
    return frozenset(session.scalars(select(User.id).where(User.id.in_(members), needs_sign_in)))
