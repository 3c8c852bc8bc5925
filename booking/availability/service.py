"""A host's opening hours: schedules, days out of office, and journeys to other zones.

Fields come in under their API names (docs/api.md) and are checked here. What they mean for
slots is left to `booking.availability.hours`; who may call is left to the doors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from booking.availability import checks, store
from booking.availability.models import OutOfOffice, Schedule, Travel
from booking.availability.ports import Hosts
from booking.availability.values import AbsenceView, ScheduleView, TravelView
from booking.core.clock import Clock
from booking.core.errors import Conflict, InvalidInput
from booking.core.intake import read_object
from booking.db import reading, writing

MOST_PER_USER = 500


class ScheduleService:
    """Reads and changes opening hours, always as their owner.

    Each unit that writes touches the user first: on PostgreSQL that row lock keeps two changes
    of one host's hours apart.
    """

    def __init__(self, *, clock: Clock, hosts: Hosts) -> None:
        self._clock = clock
        self._hosts = hosts

    def create(self, user_id: int, fields: Mapping[str, Any]) -> ScheduleView:
        """Store a new schedule; `name` and `time_zone` are required.

        Errors: InvalidInput with a pointer to every fault.
        """
        values = read_object(checks.SCHEDULE, fields)
        with writing() as session:
            self._hosts.touch(session, user_id)
            _check_room(store.count_owned(session, Schedule, user_id))
            row = Schedule(
                user_id=user_id,
                created_at=self._clock.now(),
                **{"weekly": [], "overrides": [], **values},
            )
            session.add(row)
            session.flush()
            return _schedule_view(row)

    def change(self, user_id: int, schedule_id: int, fields: Mapping[str, Any]) -> ScheduleView:
        """Change the given fields alone.

        Errors: InvalidInput; NotFound where it is unknown or another's.
        """
        values = read_object(checks.SCHEDULE, fields, change=True)
        with writing() as session:
            self._hosts.touch(session, user_id)
            row = store.get_owned(session, Schedule, user_id, schedule_id)
            for name, value in values.items():
                setattr(row, name, value)
            session.flush()
            return _schedule_view(row)

    def delete(self, user_id: int, schedule_id: int) -> None:
        """Delete a schedule; event types that named it fall back to the host's default.

        Where it was that default, the host falls back to Mon-Fri 09:00-17:00.
        Errors: NotFound where it is unknown or another's.
        """
        with writing() as session:
            self._hosts.touch(session, user_id)
            row = store.get_owned(session, Schedule, user_id, schedule_id)
            self._hosts.forget_schedule(session, user_id, row.id)
            store.drop(session, row)

    def get(self, user_id: int, schedule_id: int) -> ScheduleView:
        """Return one schedule.

        Errors: NotFound where it is unknown or another's.
        """
        with reading() as session:
            return _schedule_view(store.get_owned(session, Schedule, user_id, schedule_id))

    def list(
        self, user_id: int, *, after: int = 0, limit: int | None = None
    ) -> tuple[ScheduleView, ...]:
        """Return the host's schedules, the oldest first, from the one after id `after` on."""
        with reading() as session:
            rows = store.schedules_of(session, user_id, after=after, limit=limit)
            return tuple(_schedule_view(row) for row in rows)

    def add_absence(self, user_id: int, fields: Mapping[str, Any]) -> AbsenceView:
        """Close local dates; `start_date` and `end_date` are required.

        Errors: InvalidInput with a pointer to every fault.
        """
        values = read_object(checks.ABSENCE, fields)
        checks.check_dates(values["start_date"], values["end_date"])
        with writing() as session:
            self._hosts.touch(session, user_id)
            _check_room(store.count_owned(session, OutOfOffice, user_id))
            colleague = self._colleague(session, user_id, values.pop("redirect_to", None))
            row = OutOfOffice(user_id=user_id, redirect_to=colleague, **{"reason": "", **values})
            session.add(row)
            session.flush()
            return self._absence_views(session, row)[0]

    def get_absence(self, user_id: int, absence_id: int) -> AbsenceView:
        """Return one absence.

        Errors: NotFound where it is unknown or another's.
        """
        with reading() as session:
            row = store.get_owned(session, OutOfOffice, user_id, absence_id)
            return self._absence_views(session, row)[0]

    def list_absences(
        self, user_id: int, *, after: int = 0, limit: int | None = None
    ) -> tuple[AbsenceView, ...]:
        """Return the host's absences in the order they were entered."""
        with reading() as session:
            rows = store.absences_of(session, user_id, after=after, limit=limit)
            return self._absence_views(session, *rows)

    def delete_absence(self, user_id: int, absence_id: int) -> None:
        """Open those dates again.

        Errors: NotFound where it is unknown or another's.
        """
        with writing() as session:
            self._hosts.touch(session, user_id)
            store.drop(session, store.get_owned(session, OutOfOffice, user_id, absence_id))

    def add_travel(self, user_id: int, fields: Mapping[str, Any]) -> TravelView:
        """Lend another zone to the default schedule; all three fields are required.

        Errors: InvalidInput, also where two journeys would share a date.
        """
        values = read_object(checks.TRAVEL, fields)
        first, last = values["start_date"], values["end_date"]
        checks.check_dates(first, last)
        with writing() as session:
            self._hosts.touch(session, user_id)
            _check_room(store.count_owned(session, Travel, user_id))
            if store.travels_between(session, [user_id], first, last):
                raise InvalidInput.at("/start_date", "Another journey covers some of these dates.")
            row = Travel(user_id=user_id, **values)
            session.add(row)
            session.flush()
            return _travel_view(row)

    def get_travel(self, user_id: int, travel_id: int) -> TravelView:
        """Return one journey.

        Errors: NotFound where it is unknown or another's.
        """
        with reading() as session:
            return _travel_view(store.get_owned(session, Travel, user_id, travel_id))

    def list_travels(
        self, user_id: int, *, after: int = 0, limit: int | None = None
    ) -> tuple[TravelView, ...]:
        """Return the host's journeys in the order they were entered."""
        with reading() as session:
            rows = store.travels_of(session, user_id, after=after, limit=limit)
            return tuple(_travel_view(row) for row in rows)

    def delete_travel(self, user_id: int, travel_id: int) -> None:
        """Forget a journey.

        Errors: NotFound where it is unknown or another's.
        """
        with writing() as session:
            self._hosts.touch(session, user_id)
            store.drop(session, store.get_owned(session, Travel, user_id, travel_id))

    def _colleague(self, session: Session, user_id: int, name: str | None) -> int | None:
        if name is None:
            return None
        found = self._hosts.find(session, name)
        if found is None or found == user_id:
            raise InvalidInput.at("/redirect_to", "There is no other host with this username.")
        return found

    def _absence_views(self, session: Session, *rows: OutOfOffice) -> tuple[AbsenceView, ...]:
        colleagues = {row.redirect_to for row in rows if row.redirect_to is not None}
        names = self._hosts.usernames(session, colleagues)
        return tuple(
            AbsenceView(
                id=row.id,
                start_date=row.start_date,
                end_date=row.end_date,
                reason=row.reason,
                redirect_to=None if row.redirect_to is None else names.get(row.redirect_to),
            )
            for row in rows
        )


def _check_room(present: int) -> None:
    if present >= MOST_PER_USER:
        raise Conflict(f"There are {MOST_PER_USER} of these already. Delete some first.")


def _schedule_view(row: Schedule) -> ScheduleView:
    return ScheduleView(
        id=row.id,
        name=row.name,
        time_zone=row.time_zone,
        weekly=tuple(row.weekly),
        overrides=tuple(row.overrides),
    )


def _travel_view(row: Travel) -> TravelView:
    return TravelView(
        id=row.id, start_date=row.start_date, end_date=row.end_date, time_zone=row.time_zone
    )
