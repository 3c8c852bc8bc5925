"""What guests are told around an event type: its hosts, its team, and who stands in for whom.

Only what anybody may know: names, public addresses and zones; never why somebody is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from booking.accounts.models import User
from booking.core.errors import NotFound
from booking.db import reading
from booking.eventtypes import page_rows
from booking.eventtypes.values import EventTypeView, Owner
from booking.teams import store as teams


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamName:
    """A team as guests know it."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The hosts of an event type whose accounts are open, in their order, and its team's name."""

    hosts: tuple[Owner, ...]
    team: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """Whom guests may book instead, until the local date `until` (included)."""

    until: date
    colleague: Owner


class GuestPages:
    """Answers for pages; each method is one short unit."""

    def team(self, slug: str) -> TeamName:
        """Return the team at a public address.

        Errors: NotFound.
        """
        with reading() as session:
            found = teams.find_by_slug(session, slug.lower())
            if found is None:
                raise NotFound("There is no page at this address.")
            return TeamName(id=found.id, slug=found.slug, name=found.name)

    def company(self, event: EventTypeView) -> Company:
        """Return who takes the meetings of an event type; its owner alone costs no question."""
        ids = [host.user_id for host in event.hosts]
        if event.team_id is None and ids == [event.owner.user_id]:
            return Company(hosts=(event.owner,), team=None)
        with reading() as session:
            people = page_rows.open_accounts(session, ids)
            team = None if event.team_id is None else page_rows.team_name(session, event.team_id)
        return Company(hosts=tuple(_owner(people[key]) for key in ids if key in people), team=team)

    def stand_in(self, user_id: int, first: date, last: date) -> StandIn | None:
        """Return the colleague of a host's first absence between two local dates, both included."""
        with reading() as session:
            found = page_rows.replaced_between(session, user_id, first, last)
            if found is None:
                return None
            return StandIn(until=found[0].end_date, colleague=_owner(found[1]))


def _owner(user: User) -> Owner:
    return Owner(user_id=user.id, username=user.username, name=user.name, time_zone=user.time_zone)
