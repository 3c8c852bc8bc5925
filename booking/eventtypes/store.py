"""Questions to the tables of event types, their hosts and resources; rows asked for by who may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from booking.accounts.models import User
from booking.calendars.models import Calendar, Connection
from booking.core.errors import NotFound
from booking.db import lock_subjects
from booking.eventtypes.models import EventType, EventTypeHostRow, EventTypeResourceRow
from booking.resources.models import Resource
from booking.resources.values import Need
from booking.teams.models import Team, TeamMember
from booking.teams.values import Role

Pair = tuple[EventType, User]
_EVENT_TYPES = 6  # the namespace of advisory locks on event types and their owners' pages


def lock(session: Session, keys: Iterable[int]) -> None:
    """Keep two changes of an event type, or on one owner's page, apart until the unit ends."""
    lock_subjects(session, _EVENT_TYPES, list(keys))


def event_types_of(
    session: Session, user_id: int, *, after: int = 0, limit: int | None = None
) -> Sequence[Pair]:
    """Return what a user may change, the oldest first, from the one after id `after` on."""
    query = (
        select(EventType, User)
        .join(User, User.id == EventType.user_id)
        .where(_managed_by(user_id), EventType.id > after)
        .order_by(EventType.id)
        .limit(limit)
    )
    return session.execute(query).all()


def get_readable(session: Session, user_id: int, event_type_id: int) -> Pair:
    """Return one of the user's event types, or one of a team in which the user is.

    Errors: NotFound where it is unknown or another's.
    """
    query = (
        select(EventType, User)
        .join(User, User.id == EventType.user_id)
        .where(
            EventType.id == event_type_id,
            or_(EventType.user_id == user_id, EventType.team_id.in_(_teams_of(user_id))),
        )
    )
    return _only(session.execute(query).one_or_none())


def may_manage(session: Session, user_id: int, event_type_id: int) -> bool:
    """Tell whether a user may change an event type: its owner, or who runs its team."""
    query = select(EventType.id).where(EventType.id == event_type_id, _managed_by(user_id))
    return session.scalar(query) is not None


def _managed_by(user_id: int) -> ColumnElement[bool]:
    run = _teams_of(user_id).where(TeamMember.role.in_((Role.ADMIN, Role.OWNER)))
    return or_(EventType.user_id == user_id, EventType.team_id.in_(run))


def _teams_of(user_id: int) -> Select[int]:
    return select(TeamMember.team_id).where(TeamMember.user_id == user_id)


def get_bookable(session: Session, event_type_id: int) -> Pair:
    """Return an event type that guests may book, hidden ones included.

    A team's outlives the account of who owns it, while one of its hosts is active.
    Errors: NotFound where it is unknown or its host's account is closed.
    """
    query = (
        select(EventType, User)
        .join(User, User.id == EventType.user_id)
        .where(EventType.id == event_type_id, _is_bookable())
    )
    return _only(session.execute(query).one_or_none())


def _is_bookable() -> ColumnElement[bool]:
    """Say that the owner's account is open, or for a team's event type that of a host."""
    host = aliased(User)
    has_host = (
        exists()
        .where(EventTypeHostRow.event_type_id == EventType.id)
        .where(host.id == EventTypeHostRow.user_id, host.disabled_at.is_(None))
    )
    return or_(User.disabled_at.is_(None), and_(EventType.team_id.is_not(None), has_host))


def get_named(session: Session, username: str, slug: str) -> Pair:
    """Return the event type behind a public address, hidden ones included.

    Errors: NotFound.
    """
    query = (
        select(EventType, User)
        .join(User, User.id == EventType.user_id)
        .where(_is_at(username), EventType.slug == slug)
    )
    return _only(session.execute(query).one_or_none())


def get_named_id(session: Session, username: str, slug: str) -> int:
    """Return the id of the event type behind a public address.

    Errors: NotFound.
    """
    query = (
        select(EventType.id)
        .join(User, User.id == EventType.user_id)
        .where(_is_at(username), EventType.slug == slug)
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound("There is no such event type.")
    return found


def _is_at(username: str) -> ColumnElement[bool]:
    """Say that an event type stands on this user's own page, and not on a team's."""
    return and_(User.username == username, User.disabled_at.is_(None), EventType.team_id.is_(None))


def get_team_named(session: Session, team_slug: str, slug: str) -> Pair:
    """Return the event type behind a team's public address, hidden ones included.

    Errors: NotFound.
    """
    query = (
        select(EventType, User)
        .join(User, User.id == EventType.user_id)
        .join(Team, Team.id == EventType.team_id)
        .where(Team.slug == team_slug, EventType.slug == slug, _is_bookable())
    )
    return _only(session.execute(query).one_or_none())


def get_team_named_id(session: Session, team_slug: str, slug: str) -> int:
    """Return the id of the event type behind a team's public address.

    Errors: NotFound.
    """
    return get_team_named(session, team_slug, slug)[0].id


def listed_of(session: Session, username: str) -> Sequence[Pair]:
    """Return what a host shows to the public, the oldest first."""
    query = (
        select(EventType, User)
        .join(User, User.id == EventType.user_id)
        .where(_is_at(username), _is_listed())
        .order_by(EventType.id)
    )
    return session.execute(query).all()


def listed_of_team(session: Session, team_id: int) -> Sequence[Pair]:
    """Return what a team shows to the public, the oldest first."""
    query = (
        select(EventType, User)
        .join(User, User.id == EventType.user_id)
        .where(EventType.team_id == team_id, _is_listed(), _is_bookable())
        .order_by(EventType.id)
    )
    return session.execute(query).all()


def _is_listed() -> ColumnElement[bool]:
    return and_(EventType.hidden.is_(False), EventType.private_links_only.is_(False))


def page_of(session: Session, event_type: EventType) -> str:
    """Return the path of the page on which an event type stands: `<username>` or `team/<slug>`."""
    if event_type.team_id is not None:
        return f"team/{team_slugs(session, [event_type.team_id])[event_type.team_id]}"
    return session.get_one(User, event_type.user_id).username


def _only(found: Pair | None) -> Pair:
    if found is None:
        raise NotFound("There is no such event type.")
    return found


def hosts_of(session: Session, event_type_id: int) -> Sequence[EventTypeHostRow]:
    """Return the hosts in their order; none where the owner is the one host."""
    query = (
        select(EventTypeHostRow)
        .where(EventTypeHostRow.event_type_id == event_type_id)
        .order_by(EventTypeHostRow.position)
    )
    return session.scalars(query).all()


def resources_of(session: Session, event_type_id: int) -> Sequence[Resource]:
    """Return the resources that each booking occupies, in their order."""
    query = (
        select(Resource)
        .join(EventTypeResourceRow, EventTypeResourceRow.resource_id == Resource.id)
        .where(EventTypeResourceRow.event_type_id == event_type_id)
        .order_by(EventTypeResourceRow.position)
    )
    return session.scalars(query).all()


def resource_rows_of(session: Session, event_type_id: int) -> Sequence[EventTypeResourceRow]:
    """Return which resources stand at which place of an event type."""
    query = (
        select(EventTypeResourceRow)
        .where(EventTypeResourceRow.event_type_id == event_type_id)
        .order_by(EventTypeResourceRow.position)
    )
    return session.scalars(query).all()


def hosts_by_event_type(
    session: Session, event_type_ids: Iterable[int]
) -> Mapping[int, list[EventTypeHostRow]]:
    """Return the hosts of several event types, each list in its order."""
    query = (
        select(EventTypeHostRow)
        .where(EventTypeHostRow.event_type_id.in_(list(event_type_ids)))
        .order_by(EventTypeHostRow.position)
    )
    found: dict[int, list[EventTypeHostRow]] = {}
    for row in session.scalars(query):
        found.setdefault(row.event_type_id, []).append(row)
    return found


def resources_by_event_type(
    session: Session, event_type_ids: Iterable[int]
) -> Mapping[int, list[int]]:
    """Return the ids of the resources of several event types, each list in its order."""
    query = (
        select(EventTypeResourceRow.event_type_id, EventTypeResourceRow.resource_id)
        .where(EventTypeResourceRow.event_type_id.in_(list(event_type_ids)))
        .order_by(EventTypeResourceRow.position)
    )
    found: dict[int, list[int]] = {}
    for event_type_id, resource_id in session.execute(query):
        found.setdefault(event_type_id, []).append(resource_id)
    return found


def takes_part(session: Session, user_id: int, event_type_id: int) -> bool:
    """Tell whether a user owns an event type or is one of its hosts."""
    is_host = exists().where(
        EventTypeHostRow.event_type_id == EventType.id, EventTypeHostRow.user_id == user_id
    )
    query = select(EventType.id).where(
        EventType.id == event_type_id, or_(EventType.user_id == user_id, is_host)
    )
    return session.scalar(query) is not None


def place_of(session: Session, event_type_id: int) -> tuple[int, int | None] | None:
    """Return the owner and the team of an event type, None where it is unknown."""
    query = select(EventType.user_id, EventType.team_id).where(EventType.id == event_type_id)
    found = session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])


def team_slugs(session: Session, team_ids: Iterable[int | None]) -> Mapping[int, str]:
    """Return the public addresses of teams."""
    wanted = {each for each in team_ids if each is not None}
    if not wanted:
        return {}
    query = select(Team.id, Team.slug).where(Team.id.in_(wanted))
    return {row[0]: row[1] for row in session.execute(query)}


def needed_by(session: Session, resource_id: int) -> Sequence[Need]:
    """Return the event types whose bookings occupy a resource, the oldest first."""
    query = (
        select(EventType.title, User.id, User.username, EventType.team_id, EventType.seats)
        .join(EventTypeResourceRow, EventTypeResourceRow.event_type_id == EventType.id)
        .join(User, User.id == EventType.user_id)
        .where(EventTypeResourceRow.resource_id == resource_id)
        .order_by(EventType.id)
    )
    return [
        Need(title=title, owner_id=owner_id, username=username, team_id=team_id, seats=seats)
        for title, owner_id, username, team_id, seats in session.execute(query)
    ]


def slugs_of(
    session: Session, user_id: int, team_id: int | None = None, *, except_id: int = 0
) -> set[str]:
    """Return the names taken on a user's own page, or on a team's, one event type left out."""
    query = select(EventType.slug).where(_stands_with(user_id, team_id), EventType.id != except_id)
    return set(session.scalars(query))


def count_of(session: Session, user_id: int, team_id: int | None = None) -> int:
    """Return how many event types stand on a user's own page, or on a team's."""
    query = select(func.count()).select_from(EventType).where(_stands_with(user_id, team_id))
    return session.scalar(query) or 0


def _stands_with(user_id: int, team_id: int | None) -> ColumnElement[bool]:
    if team_id is not None:
        return EventType.team_id == team_id
    return and_(EventType.user_id == user_id, EventType.team_id.is_(None))


def may_write(session: Session, user_id: int, calendar_id: int) -> bool | None:
    """Tell whether the host may write this calendar; None where it is unknown or another's."""
    query = (
        select(Calendar.read_only)
        .join(Connection, Connection.id == Calendar.connection_id)
        .where(
            Calendar.id == calendar_id,
            Connection.user_id == user_id,
            Calendar.gone_at.is_(None),
        )
    )
    read_only = session.scalar(query)
    return None if read_only is None else not read_only


def destinations_in_use(session: Session) -> Iterable[int]:
    """Return the calendars that event types name for their bookings."""
    query = select(EventType.destination_calendar_id).distinct()
    return [key for key in session.scalars(query) if key is not None]


def drop(session: Session, event_type_id: int) -> None:
    """Delete an event type; its bookings stand, without it."""
    session.execute(delete(EventType).where(EventType.id == event_type_id))
