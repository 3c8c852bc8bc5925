"""Whose time an event type takes: its hosts and resources, and the calendars that block them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from booking.accounts.models import User
from booking.calendars.models import SelectedCalendar
from booking.calendars.sync_models import Cursor
from booking.core.errors import NotFound
from booking.eventtypes.models import EventType, EventTypeHostRow, EventTypeResourceRow
from booking.resources.models import Resource
from booking.teams.models import Team

Query: TypeAlias = Select[*tuple[Any, ...]]
_NONE_SUCH = "There is no such event type."


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A selected calendar and how well its busy rows are known."""

    calendar_id: int
    tentative_blocks: bool
    synced_at: datetime | None
    covered_from: int
    covered_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSubject:
    """A host with the calendars that block; `row` is None where the owner is the one host."""

    user: User
    row: EventTypeHostRow | None
    calendars: tuple[Known, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSubject:
    """A resource with the calendars that block it."""

    resource: Resource
    calendars: tuple[Known, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An event type, its hosts in order, and what else a booking of it occupies.

    `team_limits` is the wire form of its team's limits, empty without a team.
    """

    event_type: EventType
    hosts: tuple[HostSubject, ...]
    resources: tuple[ResourceSubject, ...]
    team_limits: dict[str, Any]

    @property
    def ids(self) -> tuple[int, ...]:
        """Return the ids of everybody and everything that a booking may claim."""
        hosts = [host.user.id for host in self.hosts]
        return (*hosts, *(each.resource.id for each in self.resources))

    @property
    def is_one_host(self) -> bool:
        """Tell whether one host alone is asked for, and nothing else."""
        return self.event_type.scheduling == "single" and not self.resources

    def occupied_with(self, host_ids: Iterable[int]) -> tuple[int, ...]:
        """Return what a booking with these hosts occupies: them, and every resource."""
        return (*host_ids, *(each.resource.id for each in self.resources))

    @property
    def calendars(self) -> tuple[Known, ...]:
        """Return every calendar behind the event type's slots."""
        of_hosts = (known for host in self.hosts for known in host.calendars)
        return (*of_hosts, *self._of_resources())

    def calendars_of(self, host_ids: Iterable[int]) -> tuple[Known, ...]:
        """Return the calendars of these hosts, and those of every resource."""
        wanted = set(host_ids)
        hosts = (host for host in self.hosts if host.user.id in wanted)
        return (*(known for host in hosts for known in host.calendars), *self._of_resources())

    def _of_resources(self) -> tuple[Known, ...]:
        return tuple(known for each in self.resources for known in each.calendars)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Changes with whatever may change an event type's slots, apart from time passing.

    Rows: whether it is a host, whose, their `slots_version`, a selected calendar, when it was read.
    """

    rows: tuple[tuple[bool, int, int, int | None, datetime | None], ...]

    @property
    def calendars(self) -> list[int]:
        """Return the calendars behind the slots."""
        return [row[3] for row in self.rows if row[3] is not None]


_HOST_ID = func.coalesce(EventTypeHostRow.user_id, EventType.user_id)
_OWN_LIST = and_(
    EventType.use_event_type_calendars.is_(True), SelectedCalendar.event_type_id == EventType.id
)
_CHOSEN = aliased(SelectedCalendar)
_CHOSE_NONE = and_(
    User.id != EventType.user_id,
    ~exists().where(_CHOSEN.user_id == User.id, _CHOSEN.event_type_id == EventType.id),
)
_USERS_LIST = and_(
    # Whoever was made a host by somebody else, and chose no list for it, keeps the usual one.
    or_(EventType.use_event_type_calendars.is_(False), _CHOSE_NONE),
    SelectedCalendar.event_type_id.is_(None),
)
_HOSTS_CALENDARS = and_(
    SelectedCalendar.user_id == User.id,
    SelectedCalendar.resource_id.is_(None),
    or_(_OWN_LIST, _USERS_LIST),
)
_RESOURCES_CALENDARS = SelectedCalendar.resource_id == Resource.id
_KNOWN = (
    SelectedCalendar.calendar_id,
    SelectedCalendar.tentative_blocks,
    Cursor.synced_at,
    Cursor.covered_from,
    Cursor.covered_until,
)


def _with_hosts(query: Query, event_type_id: ColumnElement[int]) -> Query:
    """Join an event type's hosts with open accounts, and the calendars that block each."""
    return (
        query.select_from(EventType)
        .outerjoin(EventTypeHostRow, EventTypeHostRow.event_type_id == EventType.id)
        .join(User, User.id == _HOST_ID)
        .outerjoin(SelectedCalendar, _HOSTS_CALENDARS)
        .outerjoin(Cursor, Cursor.calendar_id == SelectedCalendar.calendar_id)
        .where(EventType.id == event_type_id, User.disabled_at.is_(None))
    )


def _with_resources(query: Query, event_type_id: ColumnElement[int]) -> Query:
    """Join an event type's resources, and the calendars that block each."""
    return (
        query.select_from(EventTypeResourceRow)
        .join(Resource, Resource.id == EventTypeResourceRow.resource_id)
        .outerjoin(SelectedCalendar, _RESOURCES_CALENDARS)
        .outerjoin(Cursor, Cursor.calendar_id == SelectedCalendar.calendar_id)
        .where(EventTypeResourceRow.event_type_id == event_type_id)
    )


_ASKED: ColumnElement[int] = bindparam("event_type_id")
_STAMP = union_all(
    _with_hosts(
        select(
            true().label("is_host"),
            User.id.label("subject_id"),
            User.slots_version.label("version"),
            SelectedCalendar.calendar_id.label("calendar_id"),
            Cursor.synced_at.label("synced_at"),
        ),
        _ASKED,
    ),
    _with_resources(
        select(
            false().label("is_host"),
            Resource.id,
            Resource.slots_version,
            SelectedCalendar.calendar_id,
            Cursor.synced_at,
        ),
        _ASKED,
    ),
).order_by("is_host", "subject_id", "calendar_id")


def find_stamp(connection: Connection, event_type_id: int) -> Stamp:
    """Read the stamp of an event type's slots: one query of a few columns.

    Errors: NotFound as for `find_subject`.
    """
    rows: Sequence[Any] = connection.execute(_STAMP, {"event_type_id": event_type_id}).all()
    if not any(row[0] for row in rows):
        raise NotFound(_NONE_SUCH)
    return Stamp(rows=tuple((bool(row[0]), row[1], row[2], row[3], row[4]) for row in rows))


def find_subject(session: Session, event_type_id: int) -> Subject:
    """Read an event type with its hosts and resources, in two queries whatever their number.

    Errors: NotFound where it is unknown, or no host's account is open.
    """
    query = _with_hosts(
        select(EventType, User, EventTypeHostRow, Team.limits, *_KNOWN), literal(event_type_id)
    ).outerjoin(Team, Team.id == EventType.team_id)
    order = (EventTypeHostRow.position, User.id, SelectedCalendar.calendar_id)
    rows = session.execute(query.order_by(*order)).all()
    if not rows:
        raise NotFound(_NONE_SUCH)
    hosts: dict[int, HostSubject] = {}
    for row in rows:
        user = row[1]
        before = hosts[user.id].calendars if user.id in hosts else ()
        hosts[user.id] = HostSubject(user=user, row=row[2], calendars=(*before, *_known(row)))
    return Subject(
        event_type=rows[0][0],
        hosts=tuple(hosts.values()),
        resources=_resources(session, event_type_id),
        team_limits=rows[0][3] or {},
    )


def _resources(session: Session, event_type_id: int) -> tuple[ResourceSubject, ...]:
    query = _with_resources(select(Resource, *_KNOWN), literal(event_type_id))
    found: dict[int, ResourceSubject] = {}
    for row in session.execute(query.order_by(EventTypeResourceRow.position)):
        resource = row[0]
        before = found[resource.id].calendars if resource.id in found else ()
        found[resource.id] = ResourceSubject(resource=resource, calendars=(*before, *_known(row)))
    return tuple(found.values())


def _known(row: Row[Any]) -> tuple[Known, ...]:
    if row.calendar_id is None:
        return ()
    known = Known(
        calendar_id=row.calendar_id,
        tentative_blocks=row.tentative_blocks,
        synced_at=row.synced_at,
        covered_from=row.covered_from or 0,
        covered_until=row.covered_until or 0,
    )
    return (known,)
