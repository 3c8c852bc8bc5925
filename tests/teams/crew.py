"""A team on the present database: an owner, an admin, a member, and a stranger beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from booking.accounts.hosts import AccountHosts
from booking.calendars.models import Calendar, Connection, SelectedCalendar
from booking.core.clock import FrozenClock
from booking.db import reading, writing
from booking.eventtypes import store as event_types
from booking.eventtypes.leaving import EventTypeDepartures
from booking.eventtypes.service import EventTypeService
from booking.eventtypes.values import EventTypeView
from booking.resources.service import ResourceService
from booking.teams.service import TeamService
from tests.availability.hosts import add_user
from tests.conftest import MONDAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """The team's people and the services that they use."""

    clock: FrozenClock
    teams: TeamService
    resources: ResourceService
    event_types: EventTypeService
    owner: int
    admin: int
    member: int
    stranger: int
    team: int

    def offer(self, asker: int, **fields: Any) -> EventTypeView:
        """Store an event type on the team's page."""
        given = {"title": "Talk", "team_id": self.team, **fields}
        return self.event_types.create(asker, given)

    def hosts(self, event_type: EventTypeView) -> list[int]:
        """Return the ids of the hosts as they are stored now."""
        with reading() as session:
            return [row.user_id for row in event_types.hosts_of(session, event_type.id)]


def make_crew(*, signup: str = "closed") -> Crew:
    clock = FrozenClock(MONDAY)
    hosts = AccountHosts()
    departures = EventTypeDepartures(signup)
    teams = TeamService(clock=clock, hosts=hosts, departures=departures, signup="closed")
    owner, admin, member = add_user("owner"), add_user("admin"), add_user("member")
    team = teams.create(owner, {"name": "Sales"}).id
    teams.add_member(owner, team, {"user_id": admin, "role": "admin"})
    teams.add_member(owner, team, {"user_id": member})
    return Crew(
        clock=clock,
        teams=TeamService(clock=clock, hosts=hosts, departures=departures, signup=signup),
        resources=ResourceService(clock=clock, needed_by=event_types.needed_by),
        event_types=EventTypeService(clock=clock, hosts=hosts, signup=signup),
        owner=owner,
        admin=admin,
        member=member,
        stranger=add_user("stranger"),
        team=team,
    )


def add_calendar(user_id: int, name: str = "Private") -> int:
    """Store a connection with one calendar and return the calendar's id."""
    with writing() as session:
        connection = Connection(
            user_id=user_id, provider="caldav", url="https://dav.example.test/", created_at=MONDAY
        )
        session.add(connection)
        session.flush()
        calendar = Calendar(
            connection_id=connection.id,
            remote_key=f"/{connection.id}/",
            name=name,
            created_at=MONDAY,
        )
        session.add(calendar)
        session.flush()
        return calendar.id


def choose_calendar(user_id: int, calendar_id: int, event_type_id: int | None = None) -> None:
    """Let a calendar block a user, or one event type."""
    with writing() as session:
        session.add(
            SelectedCalendar(
                user_id=user_id,
                calendar_id=calendar_id,
                event_type_id=event_type_id,
                created_at=MONDAY,
            )
        )
