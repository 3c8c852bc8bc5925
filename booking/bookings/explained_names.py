"""The names behind an explanation: members, calendars and bookings, as far as the asker may know.

Three queries at most, whatever is explained. A calendar is named to its owner, a booking to its
hosts and to whoever manages the event type that is asked about, as everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import and_, exists, false, or_, select
from sqlalchemy.orm import Session

from booking.availability.facts import Situation, Source
from booking.availability.hosts_facts import TeamSituation
from booking.bookings.explained import Member
from booking.bookings.models import Booking, BookingHost
from booking.bookings.subjects import Subject
from booking.calendars.models import Calendar, Connection
from booking.db import reading
from booking.eventtypes import store as event_types
from booking.eventtypes.models import EventType, EventTypeHostRow
from booking.teams.models import Team, TeamMember
from booking.teams.values import Role


class BookingName(NamedTuple):
    """What names a booking; nothing does for those who may not open it."""

    uid: str | None = None
    title: str | None = None


def check_may_ask(session: Session, asker_id: int, event_type_id: int) -> None:
    """Let hosts, owners and team members ask why an event type offers no slot.

    Errors: NotFound for everybody else.
    """
    if not event_types.takes_part(session, asker_id, event_type_id):
        event_types.get_readable(session, asker_id, event_type_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Members in the engine's order, each with its selected calendars; names by id."""

    members: tuple[tuple[Member, tuple[int, ...]], ...]
    calendars: Mapping[int, str]
    bookings: Mapping[int, BookingName]

    @classmethod
    def read(
        cls,
        session: Session,
        subject: Subject,
        situation: Situation | TeamSituation,
        asker_id: int,
    ) -> Names:
        """Read the names of all that the engine was given."""
        members = tuple(_members(subject))
        calendar_ids = {each for _, calendars in members for each in calendars}
        return cls(
            members=members,
            calendars=_calendars(session, calendar_ids, asker_id) if calendar_ids else {},
            bookings=_bookings(session, _booking_ids(situation), subject.event_type.id, asker_id),
        )


def _members(subject: Subject) -> Iterable[tuple[Member, tuple[int, ...]]]:
    for host in subject.hosts:
        user = host.user
        member = Member(member_id=user.id, name=user.name, time_zone=user.time_zone)
        yield member, tuple(known.calendar_id for known in host.calendars)
    for each in subject.resources:
        resource = each.resource
        member = Member(member_id=resource.id, name=resource.name, time_zone=None)
        yield member, tuple(known.calendar_id for known in each.calendars)


def _calendars(session: Session, ids: Iterable[int], asker_id: int) -> Mapping[int, str]:
    query = (
        select(Calendar.id, Calendar.name)
        .join(Connection, Connection.id == Calendar.connection_id)
        .where(Calendar.id.in_(list(ids)), Connection.user_id == asker_id)
    )
    return {row.id: row.name for row in session.execute(query)}


def _booking_ids(situation: Situation | TeamSituation) -> list[int]:
    if isinstance(situation, TeamSituation):
        everybody = [member.situation.host for member in situation.members]
    else:
        everybody = [situation.host]
    own = (block for facts in everybody for block in facts.busy.own)
    return sorted({block.ref for block in own if block.source == Source.BOOKING})


def _bookings(
    session: Session, ids: list[int], event_type_id: int, asker_id: int
) -> Mapping[int, BookingName]:
    if not ids:
        return {}
    is_host = exists().where(BookingHost.booking_id == Booking.id, BookingHost.user_id == asker_id)
    may_manage = event_types.may_manage(session, asker_id, event_type_id)
    is_managed = Booking.event_type_id == event_type_id if may_manage else false()
    query = select(Booking.id, Booking.uid, Booking.title).where(
        Booking.id.in_(ids), or_(is_host, is_managed)
    )
    return {row.id: BookingName(row.uid, row.title) for row in session.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Askable:
    """An event type whose slots a user may ask about; lengths in minutes.

    `may_manage`: the user may change it; `team` is the name of the team it belongs to.
    """

    id: int
    title: str
    team: str | None
    durations_minutes: tuple[int, ...]
    schedule_id: int | None
    restriction_schedule_id: int | None
    may_manage: bool


def askable(asker_id: int) -> tuple[Askable, ...]:
    """Return every event type that a user owns, hosts or sees in a team, the oldest first."""
    is_host = exists().where(
        EventTypeHostRow.event_type_id == EventType.id, EventTypeHostRow.user_id == asker_id
    )
    in_team = and_(TeamMember.team_id == EventType.team_id, TeamMember.user_id == asker_id)
    query = (
        select(EventType, Team.name, TeamMember.role)
        .outerjoin(Team, Team.id == EventType.team_id)
        .outerjoin(TeamMember, in_team)
        .where(or_(EventType.user_id == asker_id, is_host, TeamMember.user_id.is_not(None)))
        .order_by(EventType.id)
    )
    with reading() as session:
        return tuple(_askable(*row, asker_id) for row in session.execute(query))


def _askable(row: EventType, team: str | None, role: str | None, asker_id: int) -> Askable:
    return Askable(
        id=row.id,
        title=row.title,
        team=team,
        durations_minutes=tuple(row.durations_minutes or (row.duration_minutes,)),
        schedule_id=row.schedule_id,
        restriction_schedule_id=row.restriction_schedule_id,
        may_manage=row.user_id == asker_id or (role is not None and Role(role).is_admin),
    )
