"""Rooms and equipment: made, changed, shown.

Fields come in under their API names (docs/api.md; ids as integers) and are checked here. A
resource is occupied by bookings like a host, and blocked by the events of its calendar: that is
left to the rooms of bookings and calendars.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from booking.calendars import store as calendars
from booking.calendars.cursor_rows import forget_busy
from booking.calendars.models import SelectedCalendar
from booking.calendars.refresh_jobs import ask_refresh
from booking.core import intake
from booking.core.clock import Clock
from booking.core.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound
from booking.core.ids import new_id
from booking.core.intake import Field, read_object
from booking.db import reading, writing
from booking.resources import store
from booking.resources.models import Resource
from booking.resources.values import Need, ResourceView
from booking.teams import store as teams

MOST_PER_USER = 500
_MOST_PEOPLE = 10_000
_NAMED = 5  # event types that a refusal names
_KEY = intake.whole(1, (1 << 63) - 1)
_FIELDS: Mapping[str, Field] = {
    "name": Field(read=intake.line(200, least=1), required=True),
    "kind": Field(read=intake.line(64, least=1)),
    "capacity": Field(read=intake.whole(1, _MOST_PEOPLE), nullable=True),
    "calendar_id": Field(read=_KEY, nullable=True),
    "team_id": Field(read=_KEY, nullable=True),
}
_DEFAULTS: Mapping[str, Any] = {
    "kind": "room",
    "capacity": None,
    "calendar_id": None,
    "team_id": None,
}

NeededBy = Callable[[Session, int], Sequence[Need]]
"""Says, for the room above, which event types occupy a resource."""


class ResourceService:
    """Owners and those who run a resource's team change it; the team's members see it."""

    def __init__(self, *, clock: Clock, needed_by: NeededBy) -> None:
        self._clock = clock
        self._needed_by = needed_by

    def create(self, user_id: int, fields: Mapping[str, Any]) -> ResourceView:
        """Store a new resource; `name` is required.

        Errors: InvalidInput with a pointer to every fault; Conflict for too many.
        """
        values = {**_DEFAULTS, **read_object(_FIELDS, fields)}
        with writing() as session:
            _check_references(session, user_id, values, None, None)
            if store.count_of(session, user_id) >= MOST_PER_USER:
                raise Conflict(f"You have {MOST_PER_USER} resources already. Delete some first.")
            calendar_id = values.pop("calendar_id")
            row = Resource(id=new_id(), user_id=user_id, created_at=self._clock.now(), **values)
            session.add(row)
            session.flush()
            self._put_calendar(session, user_id, row.id, calendar_id)
            return _view(session, user_id, row)

    def change(self, user_id: int, resource_id: int, fields: Mapping[str, Any]) -> ResourceView:
        """Change the given fields alone; null clears those that may be empty.

        Errors: InvalidInput; NotFound; Forbidden for plain members of its team; Conflict where
        event types need what would go.
        """
        values = read_object(_FIELDS, fields, change=True)
        with writing() as session:
            row = _administered(session, user_id, resource_id)
            selected = store.calendars_of(session, [resource_id]).get(resource_id)
            _check_references(session, user_id, values, row, selected)
            self._check_needs(session, user_id, row, values)
            if "calendar_id" in values:
                self._put_calendar(session, user_id, row.id, values.pop("calendar_id"))
            for name, value in values.items():
                setattr(row, name, value)
            session.flush()
            store.touch(session, row.id)
            return _view(session, user_id, row)

    def delete(self, user_id: int, resource_id: int) -> None:
        """Delete a resource that no event type needs; bookings made with it stand.

        Errors: NotFound; Forbidden for plain members of its team; Conflict that names the event
        types which need it.
        """
        with writing() as session:
            row = _administered(session, user_id, resource_id)
            needs = self._needed_by(session, resource_id)
            if needs:
                raise Conflict(f"Needed by {_named(needs)}. Take it out there first.")
            self._put_calendar(session, user_id, row.id, None)
            store.drop(session, row.id)

    def get(self, user_id: int, resource_id: int) -> ResourceView:
        """Return a resource that the user may use.

        Errors: NotFound where it is unknown or another's.
        """
        with reading() as session:
            return _view(session, user_id, store.get_resource(session, user_id, resource_id))

    def list(self, user_id: int) -> tuple[ResourceView, ...]:
        """Return what the user may use: own resources and those of the user's teams."""
        with reading() as session:
            return _views(session, user_id, store.resources_for(session, user_id))

    def _check_needs(
        self, session: Session, user_id: int, row: Resource, values: Mapping[str, Any]
    ) -> None:
        """Refuse to take from event types what they rely on."""
        team_id = values.get("team_id", row.team_id)
        needs = self._needed_by(session, row.id)
        if team_id != row.team_id:
            if row.user_id != user_id:
                raise Forbidden("Only its owner can give a resource to another team.")
            lost = [
                need
                for need in needs
                if need.owner_id != row.user_id or need.team_id not in {None, team_id}
            ]
            if lost:
                raise Conflict(f"Needed by {_named(lost)}. Take it out there first.")
        capacity = values.get("capacity")
        tight = [need for need in needs if capacity is not None and (need.seats or 0) > capacity]
        if tight:
            detail = f"More seats than that are offered by {_named(tight)}."
            raise InvalidInput.at("/capacity", detail)

    def _put_calendar(
        self, session: Session, user_id: int, resource_id: int, calendar_id: int | None
    ) -> None:
        """Let the events of another calendar block a resource, or none."""
        row = store.selection_of(session, resource_id)
        if row is not None:
            if row.calendar_id == calendar_id:
                return
            former = row.calendar_id
            session.delete(row)
            session.flush()
            if not calendars.is_selected(session, former):
                forget_busy(session, former)
        if calendar_id is None:
            return
        now = self._clock.now()
        session.add(
            SelectedCalendar(
                id=new_id(),
                user_id=user_id,
                calendar_id=calendar_id,
                resource_id=resource_id,
                created_at=now,
            )
        )
        session.flush()
        ask_refresh(session, calendar_id, now=now)


def _administered(session: Session, user_id: int, resource_id: int) -> Resource:
    store.lock_resource(session, resource_id)
    row = store.get_resource(session, user_id, resource_id)
    if not _may_change(session, user_id, row):
        raise Forbidden("Only its owner, and admins and owners of its team, can change it.")
    return row


def _may_change(session: Session, user_id: int, row: Resource) -> bool:
    if row.user_id == user_id:
        return True
    return row.team_id is not None and teams.is_admin(session, row.team_id, user_id)


def _check_references(
    session: Session,
    user_id: int,
    values: Mapping[str, Any],
    row: Resource | None,
    selected: int | None,
) -> None:
    """Refuse calendars and teams that are not the asker's, apart from those that are set already.

    Errors: InvalidInput; what is another's answers like what does not exist.
    """
    faults: list[FieldError] = []
    calendar_id, team_id = values.get("calendar_id"), values.get("team_id")
    if calendar_id is not None and calendar_id != selected:
        faults += _calendar_faults(session, user_id, calendar_id)
    is_new = team_id is not None and (row is None or team_id != row.team_id)
    if is_new and not teams.is_admin(session, team_id or 0, user_id):
        faults.append(FieldError("/team_id", "There is no such team that you run."))
    if faults:
        raise InvalidInput(tuple(faults))


def _calendar_faults(session: Session, user_id: int, calendar_id: int) -> list[FieldError]:
    try:
        calendar = calendars.get_calendar(session, user_id, calendar_id)
    except NotFound:
        return [FieldError("/calendar_id", "You have no such calendar.")]
    if calendar.gone_at is not None:
        return [FieldError("/calendar_id", "This calendar is no longer at its server.")]
    return []


def _named(needs: Sequence[Need]) -> str:
    told = [f"“{need.title}” of {need.username}" for need in needs[:_NAMED]]
    more = len(needs) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")


def _view(session: Session, user_id: int, row: Resource) -> ResourceView:
    return _views(session, user_id, [row])[0]


def _views(session: Session, user_id: int, rows: Sequence[Resource]) -> tuple[ResourceView, ...]:
    blocking = store.calendars_of(session, [row.id for row in rows])
    run = teams.team_ids_of(session, user_id, as_admin=True)
    return tuple(
        ResourceView(
            id=row.id,
            user_id=row.user_id,
            name=row.name,
            kind=row.kind,
            capacity=row.capacity,
            calendar_id=blocking.get(row.id),
            team_id=row.team_id,
            may_change=row.user_id == user_id or row.team_id in run,
            created_at=row.created_at,
        )
        for row in rows
    )
