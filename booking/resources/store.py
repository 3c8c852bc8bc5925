"""Questions to the table of resources, and to the selected calendars that block them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from booking.calendars.models import SelectedCalendar
from booking.core.errors import NotFound
from booking.db import lock_subjects
from booking.resources.models import Resource
from booking.teams.models import TeamMember

_RESOURCES = 5  # the namespace of advisory locks on resources


def lock_resource(session: Session, resource_id: int) -> None:
    """Keep two changes of one resource apart until the unit ends."""
    lock_subjects(session, _RESOURCES, [resource_id])


def _visible_to(user_id: int) -> ColumnElement[bool]:
    teams = select(TeamMember.team_id).where(TeamMember.user_id == user_id)
    return or_(Resource.user_id == user_id, Resource.team_id.in_(teams))


def resources_for(session: Session, user_id: int) -> Sequence[Resource]:
    """Return what a user may use: the user's own and those of the user's teams, oldest first."""
    query = select(Resource).where(_visible_to(user_id)).order_by(Resource.id)
    return session.scalars(query).all()


def get_resource(session: Session, user_id: int, resource_id: int) -> Resource:
    """Return a resource that the user may use.

    Errors: NotFound where it is unknown or another's.
    """
    query = select(Resource).where(Resource.id == resource_id, _visible_to(user_id))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such resource.")
    return found


def usable_among(session: Session, user_id: int, resource_ids: Iterable[int]) -> set[int]:
    """Return those of `resource_ids` that the user may use."""
    query = select(Resource.id).where(Resource.id.in_(list(resource_ids)), _visible_to(user_id))
    return set(session.scalars(query))


def capacities(session: Session, resource_ids: Iterable[int]) -> Mapping[int, int]:
    """Return how many people fit into each, where that is limited."""
    query = select(Resource.id, Resource.capacity).where(
        Resource.id.in_(list(resource_ids)), Resource.capacity.is_not(None)
    )
    return {row.id: row.capacity for row in session.execute(query) if row.capacity is not None}


def count_of(session: Session, user_id: int) -> int:
    """Return how many resources a user owns."""
    query = select(func.count()).select_from(Resource).where(Resource.user_id == user_id)
    return session.scalar(query) or 0


def selection_of(session: Session, resource_id: int) -> SelectedCalendar | None:
    """Return the calendar that blocks a resource."""
    query = select(SelectedCalendar).where(SelectedCalendar.resource_id == resource_id)
    return session.scalars(query).one_or_none()


def calendars_of(session: Session, resource_ids: Iterable[int]) -> Mapping[int, int]:
    """Return the ids of the calendars that block these resources, by resource."""
    query = select(SelectedCalendar.resource_id, SelectedCalendar.calendar_id).where(
        SelectedCalendar.resource_id.in_(list(resource_ids))
    )
    return {row[0]: row[1] for row in session.execute(query) if row[0] is not None}


def touch(session: Session, resource_id: int) -> None:
    """Raise `slots_version`: whatever was remembered of slots with this resource is void."""
    session.execute(
        update(Resource)
        .where(Resource.id == resource_id)
        .values(slots_version=Resource.slots_version + 1)
        .execution_options(synchronize_session=False)
    )


def hand_over(session: Session, team_id: int, user_id: int, heir_id: int) -> None:
    """Give what a user owns for a team to another member; its calendars keep blocking."""
    session.execute(
        update(Resource)
        .where(Resource.team_id == team_id, Resource.user_id == user_id)
        .values(user_id=heir_id, slots_version=Resource.slots_version + 1)
        .execution_options(synchronize_session=False)
    )


def release_from_team(session: Session, team_id: int) -> None:
    """Leave a team's resources to their owners alone."""
    session.execute(
        update(Resource)
        .where(Resource.team_id == team_id)
        .values(team_id=None, slots_version=Resource.slots_version + 1)
        .execution_options(synchronize_session=False)
    )


def drop(session: Session, resource_id: int) -> None:
    """Delete a resource; bookings made with it stand."""
    session.execute(delete(Resource).where(Resource.id == resource_id))
