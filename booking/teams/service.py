"""Teams and their members: made, changed, joined and left.

Fields come in under their API names (docs/api.md; ids as integers) and are checked here. A team is
asked for by its members: to everybody else it is not there. What a team offers is left to
`booking.eventtypes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.availability.ports import Hosts
from booking.core.clock import Clock
from booking.core.errors import Conflict, Forbidden, InvalidInput, SlugTaken
from booking.core.ids import free_slug, new_id, slug_stem
from booking.core.intake import read_object
from booking.db import reading, writing
from booking.security import audit
from booking.teams import store
from booking.teams.fields import NAMED, ROLE, TEAM, read_who
from booking.teams.models import Team, TeamMember
from booking.teams.ports import Departures
from booking.teams.values import OPEN_SIGN_UP, MemberView, Person, Role, TeamView

MOST_TEAMS = 100
MOST_MEMBERS = 500


class TeamService:
    """Reads and changes teams as one of their members.

    `signup` is the setting of that name: where anybody can have an account, a member is added only
    by who knows them. Each change voids what was remembered of all members' slots.
    """

    def __init__(self, *, clock: Clock, hosts: Hosts, departures: Departures, signup: str) -> None:
        self._clock = clock
        self._hosts = hosts
        self._departures = departures
        self._signup = signup

    def create(self, user_id: int, fields: Mapping[str, Any]) -> TeamView:
        """Make a team, whose owner the user becomes; `slug` is made from `name` where absent.

        Errors: InvalidInput with a pointer to every fault; SlugTaken; Conflict for too many.
        """
        values = read_object(TEAM, fields)
        with writing() as session:
            store.lock_names(session)
            if store.count_of(session, user_id) >= MOST_TEAMS:
                raise Conflict(f"You are in {MOST_TEAMS} teams already. Leave one first.")
            now = self._clock.now()
            team = Team(
                id=new_id(),
                name=values["name"],
                slug=_slug(session, values),
                limits=values.get("limits", {}),
                created_at=now,
            )
            session.add(team)
            session.flush()
            owner = TeamMember(team_id=team.id, user_id=user_id, role=Role.OWNER, joined_at=now)
            session.add(owner)
            session.flush()
            self._hosts.touch(session, user_id)
            self._note(session, user_id, "created", team.id)
            return _view(team, Role.OWNER)

    def list(self, user_id: int) -> tuple[TeamView, ...]:
        """Return the teams in which the user is, the oldest first."""
        with reading() as session:
            return tuple(_view(team, role) for team, role in store.teams_of(session, user_id))

    def get(self, user_id: int, team_id: int) -> TeamView:
        """Return one of the user's teams.

        Errors: NotFound where it is unknown or the user is no member.
        """
        with reading() as session:
            return _view(*store.get_team(session, team_id, user_id))

    def change(self, user_id: int, team_id: int, fields: Mapping[str, Any]) -> TeamView:
        """Change the given fields alone.

        Errors: InvalidInput; SlugTaken; NotFound; Forbidden for plain members.
        """
        values = read_object(TEAM, fields, change=True)
        with writing() as session:
            store.lock_names(session)
            team, role = self._administered(session, user_id, team_id)
            if values.get("slug", team.slug) != team.slug:
                values["slug"] = _slug(session, values)
            for name, value in values.items():
                setattr(team, name, value)
            session.flush()
            self._touch(session, team_id)
            self._note(session, user_id, "changed", team_id)
            return _view(team, role)

    def delete(self, user_id: int, team_id: int) -> None:
        """Delete a team with its event types; bookings made with these stand.

        Errors: NotFound; Forbidden for all but owners.
        """
        with writing() as session:
            store.lock_team(session, team_id)
            _team, role = store.get_team(session, team_id, user_id)
            if role is not Role.OWNER:
                raise Forbidden("Only an owner of the team can delete it.")
            members = store.member_ids(session, team_id)
            self._touch(session, team_id)
            store.drop_members(session, team_id)
            self._departures.closed(session, team_id, members, self._clock.now())
            store.drop_team(session, team_id)
            self._note(session, user_id, "deleted", team_id)

    def members(self, user_id: int, team_id: int) -> tuple[MemberView, ...]:
        """Return everybody in one of the user's teams.

        Errors: NotFound.
        """
        with reading() as session:
            store.get_team(session, team_id, user_id)
            return tuple(_member_view(*pair) for pair in store.members_of(session, team_id))

    def member(self, user_id: int, team_id: int, member_id: int) -> MemberView:
        """Return one member of one of the user's teams.

        Errors: NotFound.
        """
        with reading() as session:
            store.get_team(session, team_id, user_id)
            return _member_view(*store.get_member(session, team_id, member_id))

    def find_member(self, user_id: int, team_id: int, fields: Mapping[str, Any]) -> int:
        """Return the id of the member that `user_id`, `username` or `email` names.

        Errors: InvalidInput where not exactly one is given; NotFound.
        """
        who = read_who(read_object(NAMED, fields))
        with reading() as session:
            store.get_team(session, team_id, user_id)
            found = store.find_user(session, **who)
            return store.get_member(session, team_id, found.id if found else 0)[1].id

    def add_member(self, user_id: int, team_id: int, fields: Mapping[str, Any]) -> MemberView:
        """Let a user join at once; `role` is `member` where absent.

        Errors: InvalidInput for an unknown user; Conflict for a member; NotFound; Forbidden for
        plain members, for giving `owner` without being one, and for a stranger on an open site.
        """
        values = read_object(NAMED, fields)
        who, role = read_who(values), Role(values.get("role", Role.MEMBER))
        with writing() as session:
            _team, own = self._administered(session, user_id, team_id)
            _check_may_give(own, role)
            user = self._newcomer(session, user_id, who)
            if store.role_of(session, team_id, user.id) is not None:
                raise Conflict("This user is in the team already.")
            if store.count_members(session, team_id) >= MOST_MEMBERS:
                raise Conflict(f"There are {MOST_MEMBERS} members already.")
            now = self._clock.now()
            row = TeamMember(team_id=team_id, user_id=user.id, role=role, joined_at=now)
            session.add(row)
            session.flush()
            self._touch(session, team_id)
            self._note(session, user_id, "member_added", team_id, member=user.id, role=str(role))
            return _member_view(row, user)

    def set_role(
        self, user_id: int, team_id: int, member_id: int, fields: Mapping[str, Any]
    ) -> MemberView:
        """Give a member another `role`.

        Errors: InvalidInput; NotFound; Forbidden for plain members, and for giving or taking
        `owner` without being one; Conflict where the last owner would step down.
        """
        role = Role(read_object(ROLE, fields)["role"])
        with writing() as session:
            _team, own = self._administered(session, user_id, team_id)
            row, user = store.get_member(session, team_id, member_id)
            if row.role != role:
                _check_may_give(own, role, Role(row.role))
                row.role = role
                session.flush()
                _check_has_owner(session, team_id)
                self._touch(session, team_id)
                self._note(session, user_id, "role_set", team_id, member=user.id, role=str(role))
            return _member_view(row, user)

    def remove_member(self, user_id: int, team_id: int, member_id: int) -> None:
        """Take a member out, or leave; the team's event types go on without them.

        What the member owned in the team becomes the remover's, of who leaves the first owner's.
        Errors: NotFound; Forbidden for plain members, and for removing an owner without being
        one; Conflict for the last owner.
        """
        with writing() as session:
            store.lock_team(session, team_id)
            _team, own = store.get_team(session, team_id, user_id)
            row, _user = store.get_member(session, team_id, member_id)
            if member_id != user_id:
                _check_admin(own)
                _check_may_give(own, Role(row.role))
            self._touch(session, team_id)
            store.drop_member(session, team_id, member_id)
            owners = _check_has_owner(session, team_id)
            heir = user_id if member_id != user_id else owners[0]
            self._departures.left(session, team_id, member_id, heir, self._clock.now())
            self._note(session, user_id, "member_removed", team_id, member=member_id)

    def people(self, user_id: int, also: Iterable[int] = ()) -> tuple[Person, ...]:
        """Return the user and everybody in the user's teams by name, and those `also` named."""
        with reading() as session:
            return tuple(
                Person(user_id=row.id, username=row.username, name=row.name)
                for row in store.people_around(session, user_id, also)
            )

    def _administered(self, session: Session, user_id: int, team_id: int) -> tuple[Team, Role]:
        store.lock_team(session, team_id)
        team, role = store.get_team(session, team_id, user_id)
        _check_admin(role)
        return team, role

    def _newcomer(self, session: Session, asker_id: int, who: Mapping[str, Any]) -> User:
        """Return who is to join. On an open site strangers and unknown ones answer alike."""
        user = store.find_user(session, **who)
        if self._signup == OPEN_SIGN_UP and not store.is_site_admin(session, asker_id):
            known = user is not None and store.companions_among(session, asker_id, [user.id])
            if not known:
                raise Forbidden(
                    "On this site anybody can have an account, so a new member has to be added by "
                    "somebody who runs the site, or share a team with you already."
                )
        if user is None:
            raise InvalidInput.at(f"/{next(iter(who))}", "There is no such user.")
        return user

    def _touch(self, session: Session, team_id: int) -> None:
        # In one order, as each touch holds a row until the end of the unit.
        for member_id in sorted(store.member_ids(session, team_id)):
            self._hosts.touch(session, member_id)

    def _note(
        self, session: Session, user_id: int, action: str, team_id: int, **details: str | int
    ) -> None:
        audit.record(
            session,
            self._clock.now(),
            f"user:{user_id}",
            f"team.{action}",
            f"team:{team_id}",
            **details,
        )


def _slug(session: Session, values: Mapping[str, Any]) -> str:
    """Return the address that is asked for, or one made from the name.

    Errors: SlugTaken.
    """
    wanted: str | None = values.get("slug")
    if wanted is None:
        stem = slug_stem(values["name"], "team")
        return free_slug(stem, store.slugs_like(session, stem))
    if store.find_by_slug(session, wanted) is not None:
        raise SlugTaken
    return wanted


def _check_admin(role: Role) -> None:
    if not role.is_admin:
        raise Forbidden("Only admins and owners of the team can change it.")


def _check_may_give(own: Role, *roles: Role) -> None:
    if Role.OWNER in roles and own is not Role.OWNER:
        raise Forbidden("Only an owner of the team can make or unmake owners.")


def _check_has_owner(session: Session, team_id: int) -> list[int]:
    owners = store.owners_of(session, team_id)
    if not owners:
        raise Conflict("A team needs an owner. Make somebody else an owner first.")
    return owners


def _view(team: Team, role: Role) -> TeamView:
    return TeamView(
        id=team.id,
        name=team.name,
        slug=team.slug,
        limits=team.limits,
        role=role,
        created_at=team.created_at,
    )


def _member_view(row: TeamMember, user: User) -> MemberView:
    return MemberView(
        user_id=user.id,
        username=user.username,
        name=user.name,
        email=user.email,
        time_zone=user.time_zone,
        role=Role(row.role),
        joined_at=row.joined_at,
    )
