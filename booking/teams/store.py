"""Questions to the tables of teams and members; a team is asked for by one of its members."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from booking.accounts.models import User
from booking.core.errors import NotFound
from booking.db import lock_subjects
from booking.teams.models import Team, TeamMember
from booking.teams.values import Role

_TEAMS = 4  # the namespace of advisory locks on teams
_ADMINS = (Role.ADMIN, Role.OWNER)


def lock_team(session: Session, team_id: int) -> None:
    """Keep two changes of one team apart until the unit ends."""
    lock_subjects(session, _TEAMS, [team_id])


def lock_names(session: Session) -> None:
    """Keep two teams from taking one address until the unit ends."""
    lock_subjects(session, _TEAMS, [0])


def role_of(session: Session, team_id: int, user_id: int) -> Role | None:
    """Return what a user is in a team, None for a stranger or an unknown team."""
    query = select(TeamMember.role).where(
        TeamMember.team_id == team_id, TeamMember.user_id == user_id
    )
    found = session.scalar(query)
    return None if found is None else Role(found)


def is_admin(session: Session, team_id: int, user_id: int) -> bool:
    """Tell whether a user may change a team: its admins and owners may."""
    role = role_of(session, team_id, user_id)
    return role is not None and role.is_admin


def get_team(session: Session, team_id: int, user_id: int) -> tuple[Team, Role]:
    """Return a team and what the asking user is in it.

    Errors: NotFound where it is unknown or the user is no member.
    """
    query = (
        select(Team, TeamMember.role)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(Team.id == team_id, TeamMember.user_id == user_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such team.")
    return found[0], Role(found[1])


def find_by_slug(session: Session, slug: str) -> Team | None:
    """Return the team at a public address."""
    return session.scalars(select(Team).where(Team.slug == slug)).one_or_none()


def teams_of(
    session: Session, user_id: int, *, after: int = 0, limit: int | None = None
) -> Sequence[tuple[Team, Role]]:
    """Return a user's teams with the user's role, the oldest first, from after id `after` on."""
    query = (
        select(Team, TeamMember.role)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.user_id == user_id, Team.id > after)
        .order_by(Team.id)
        .limit(limit)
    )
    return [(team, Role(role)) for team, role in session.execute(query)]


def team_ids_of(session: Session, user_id: int, *, as_admin: bool = False) -> set[int]:
    """Return the ids of a user's teams, or of those that the user may change."""
    query = select(TeamMember.team_id).where(TeamMember.user_id == user_id)
    if as_admin:
        query = query.where(TeamMember.role.in_(_ADMINS))
    return set(session.scalars(query))


def members_of(
    session: Session, team_id: int, *, after: int = 0, limit: int | None = None
) -> Sequence[tuple[TeamMember, User]]:
    """Return the members by the age of their accounts, from the one after user `after` on."""
    query = (
        select(TeamMember, User)
        .join(User, User.id == TeamMember.user_id)
        .where(TeamMember.team_id == team_id, TeamMember.user_id > after)
        .order_by(TeamMember.user_id)
        .limit(limit)
    )
    return [(member, user) for member, user in session.execute(query)]


def member_ids(session: Session, team_id: int) -> set[int]:
    """Return the ids of everybody in a team."""
    return set(session.scalars(select(TeamMember.user_id).where(TeamMember.team_id == team_id)))


def active_member_ids(session: Session, team_id: int) -> set[int]:
    """Return the ids of those in a team whose accounts are not closed."""
    query = (
        select(TeamMember.user_id)
        .join(User, User.id == TeamMember.user_id)
        .where(TeamMember.team_id == team_id, User.disabled_at.is_(None))
    )
    return set(session.scalars(query))


def get_member(session: Session, team_id: int, user_id: int) -> tuple[TeamMember, User]:
    """Return one member.

    Errors: NotFound where the user is unknown or not in the team.
    """
    query = (
        select(TeamMember, User)
        .join(User, User.id == TeamMember.user_id)
        .where(TeamMember.team_id == team_id, TeamMember.user_id == user_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such member.")
    return found[0], found[1]


def owners_of(session: Session, team_id: int) -> list[int]:
    """Return the owners whose accounts are not closed, who joined first being first."""
    query = (
        select(TeamMember.user_id)
        .join(User, User.id == TeamMember.user_id)
        .where(
            TeamMember.team_id == team_id,
            TeamMember.role == Role.OWNER,
            User.disabled_at.is_(None),
        )
        .order_by(TeamMember.joined_at, TeamMember.user_id)
    )
    return list(session.scalars(query))


def companions_among(session: Session, user_id: int, others: Iterable[int]) -> set[int]:
    """Return those of `others` whose accounts are open and who share a team with the user."""
    mine, theirs = aliased(TeamMember), aliased(TeamMember)
    query = (
        select(theirs.user_id)
        .join(mine, mine.team_id == theirs.team_id)
        .join(User, User.id == theirs.user_id)
        .where(
            mine.user_id == user_id,
            theirs.user_id.in_(list(others)),
            User.disabled_at.is_(None),
        )
    )
    return set(session.scalars(query))


def people_around(session: Session, user_id: int, also: Iterable[int]) -> Sequence[User]:
    """Return the user, those who share a team with the user, and those `also` named, by name.

    Closed accounts are left out, unless they are named.
    """
    mine, theirs = aliased(TeamMember), aliased(TeamMember)
    shared = (
        select(theirs.user_id)
        .join(mine, mine.team_id == theirs.team_id)
        .where(mine.user_id == user_id)
    )
    is_around = and_(User.id.in_(shared), User.disabled_at.is_(None))
    query = (
        select(User)
        .where(or_(User.id.in_([user_id, *also]), is_around))
        .order_by(User.name, User.id)
    )
    return session.scalars(query).all()


def is_site_admin(session: Session, user_id: int) -> bool:
    """Tell whether a user runs the installation."""
    query = select(User.is_admin).where(User.id == user_id, User.disabled_at.is_(None))
    return bool(session.scalar(query))


def find_user(
    session: Session,
    *,
    user_id: int | None = None,
    username: str | None = None,
    email: str | None = None,
) -> User | None:
    """Return the open account with the first of these that is given; `email` is normalised."""
    query = select(User).where(User.disabled_at.is_(None))
    for column, value in ((User.id, user_id), (User.username, username), (User.email, email)):
        if value is not None:
            return session.scalars(query.where(column == value)).one_or_none()
    return None


def open_accounts_among(session: Session, user_ids: Iterable[int]) -> set[int]:
    """Return those of `user_ids` that are accounts which are not closed."""
    query = select(User.id).where(User.id.in_(list(user_ids)), User.disabled_at.is_(None))
    return set(session.scalars(query))


def slugs_like(session: Session, stem: str) -> set[str]:
    """Return the taken addresses that begin with `stem`."""
    return set(session.scalars(select(Team.slug).where(Team.slug.startswith(stem))))


def count_of(session: Session, user_id: int) -> int:
    """Return how many teams a user is in."""
    query = select(func.count()).select_from(TeamMember).where(TeamMember.user_id == user_id)
    return session.scalar(query) or 0


def count_members(session: Session, team_id: int) -> int:
    """Return how many members a team has."""
    query = select(func.count()).select_from(TeamMember).where(TeamMember.team_id == team_id)
    return session.scalar(query) or 0


def drop_member(session: Session, team_id: int, user_id: int) -> None:
    """Take a user out of a team."""
    session.execute(
        delete(TeamMember).where(TeamMember.team_id == team_id, TeamMember.user_id == user_id)
    )


def drop_members(session: Session, team_id: int) -> None:
    """Take everybody out of a team."""
    session.execute(delete(TeamMember).where(TeamMember.team_id == team_id))


def drop_team(session: Session, team_id: int) -> None:
    """Delete a team with its members and event types; bookings stand."""
    session.execute(delete(Team).where(Team.id == team_id))
