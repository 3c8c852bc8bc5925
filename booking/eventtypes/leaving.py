"""What a departure means for event types: the port that teams leave to this room.

No resource stays in use for somebody with whom no team is shared any more; where anybody may sign
up, nobody stays a host either. Event types go on: with the hosts that are left, else with their
owner.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from booking.availability.models import Schedule
from booking.availability.store import owns_schedule
from booking.calendars import store as calendars
from booking.calendars.cursor_rows import forget_busy
from booking.calendars.models import SelectedCalendar
from booking.core.ids import new_id
from booking.eventtypes import staff, store
from booking.eventtypes.models import EventType, EventTypeHostRow, EventTypeResourceRow
from booking.eventtypes.values import EventTypeHost
from booking.resources import store as resources
from booking.resources.models import Resource
from booking.teams import store as teams
from booking.teams.values import OPEN_SIGN_UP


class EventTypeDepartures:
    """Puts event types and resources in order when members go (`booking.teams.ports`).

    `signup` is the setting of that name: where accounts are given out, all users are colleagues.
    """

    def __init__(self, signup: str) -> None:
        self._are_colleagues = signup != OPEN_SIGN_UP

    def left(
        self, session: Session, team_id: int, user_id: int, heir_id: int, now: datetime
    ) -> None:
        """Take a former member out of a team's event types; what they owned is `heir_id`'s."""
        query = select(EventType).where(EventType.team_id == team_id).order_by(EventType.id)
        for row in session.scalars(query).all():
            if row.user_id == user_id:
                row.user_id = heir_id
            _replace_references(session, row, user_id, now)
            _drop_host(session, row, user_id, now)
        resources.hand_over(session, team_id, user_id, heir_id)
        _drop_foreign_resources(session, EventType.team_id == team_id, Resource.user_id == user_id)
        self._part(session, user_id, now)

    def closed(
        self, session: Session, team_id: int, user_ids: Iterable[int], now: datetime
    ) -> None:
        """Part the former members of a team; its resources stay with their owners."""
        resources.release_from_team(session, team_id)
        for user_id in sorted(user_ids):
            self._part(session, user_id, now)

    def _part(self, session: Session, user_id: int, now: datetime) -> None:
        """Undo what a user and others may have of each other only while they share a team."""
        if not self._are_colleagues:
            _part_hosts(session, user_id, now)
        usable = {each.id for each in resources.resources_for(session, user_id)}
        own = and_(EventType.user_id == user_id, EventType.team_id.is_(None))
        _drop_foreign_resources(session, own, Resource.id.not_in(usable))


def _replace_references(session: Session, row: EventType, user_id: int, now: datetime) -> None:
    """Let an event type keep its hours without naming a former member's rows.

    Schedules are copied to the owner, as an event type that lost one would open at other hours.
    """
    for name in ("schedule_id", "restriction_schedule_id"):
        key = getattr(row, name)
        if key is not None and owns_schedule(session, user_id, key):
            setattr(row, name, _copy(session, key, row.user_id, now))
    calendar_id = row.destination_calendar_id
    if calendar_id is not None and calendars.owner_of_calendar(session, calendar_id) == user_id:
        row.destination_calendar_id = None
    chosen = session.scalars(
        select(SelectedCalendar).where(
            SelectedCalendar.event_type_id == row.id, SelectedCalendar.user_id == user_id
        )
    ).all()
    for selection in chosen:
        session.delete(selection)
        session.flush()
        if not calendars.is_selected(session, selection.calendar_id):
            forget_busy(session, selection.calendar_id)
    session.flush()


def _copy(session: Session, schedule_id: int, owner_id: int, now: datetime) -> int:
    source = session.get_one(Schedule, schedule_id)
    copy = Schedule(
        id=new_id(),
        user_id=owner_id,
        name=source.name,
        time_zone=source.time_zone,
        weekly=list(source.weekly),
        overrides=list(source.overrides),
        created_at=now,
    )
    session.add(copy)
    session.flush()
    return copy.id


def _drop_host(session: Session, row: EventType, user_id: int, now: datetime) -> None:
    """Take a host off; where none is left, the owner is the host."""
    rows = store.hosts_of(session, row.id)
    for each in rows:
        if each.user_id == user_id:
            session.delete(each)
    session.flush()
    if all(each.user_id == user_id for each in rows):
        staff.add_host(session, row.id, EventTypeHost(user_id=row.user_id), 0, now)
        session.flush()


def _part_hosts(session: Session, user_id: int, now: datetime) -> None:
    """Take a user and those who share no team with the user off each other's own event types."""
    query = (
        select(EventType, EventTypeHostRow.user_id)
        .join(EventTypeHostRow, EventTypeHostRow.event_type_id == EventType.id)
        .where(
            EventType.team_id.is_(None),
            EventTypeHostRow.user_id != EventType.user_id,
            or_(EventType.user_id == user_id, EventTypeHostRow.user_id == user_id),
        )
        .order_by(EventType.id)
    )
    for row, host_id in session.execute(query).all():
        if not _may_name(session, row.user_id, host_id):
            _drop_host(session, row, host_id, now)


def _may_name(session: Session, owner_id: int, host_id: int) -> bool:
    is_companion = bool(teams.companions_among(session, owner_id, [host_id]))
    return is_companion or teams.is_site_admin(session, owner_id)


def _drop_foreign_resources(
    session: Session, event_types: ColumnElement[bool], found: ColumnElement[bool]
) -> None:
    """Let these event types no longer occupy those resources."""
    session.execute(
        delete(EventTypeResourceRow)
        .where(
            EventTypeResourceRow.event_type_id.in_(select(EventType.id).where(event_types)),
            EventTypeResourceRow.resource_id.in_(select(Resource.id).where(found)),
        )
        .execution_options(synchronize_session=False)
    )
