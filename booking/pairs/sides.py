"""A pair as a run sees it: what is to be kept the same, and how both calendars are reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.calendars.connections import ConnectionService
from booking.calendars.models import Calendar
from booking.calendars.pair_dirty import calendar_at
from booking.calendars.replica import CalendarRemote
from booking.core.errors import NotFound
from booking.pairs import store
from booking.sync.policy import Direction, Policy, mirror
from booking.sync.ports import SIDES, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One calendar of a pair; `place` is its address at its provider, `name` what it is called."""

    calendar_id: int
    connection_id: int
    place: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One pair as it stood when a run began."""

    pair_id: int
    user_id: int
    direction: Direction
    title_mask: str | None
    is_paused: bool
    status: str
    failures: int
    seeded_at: datetime | None
    paired_at: datetime | None
    synced_at: datetime | None
    ends: Mapping[Side, End]

    @property
    def policy(self) -> Policy:
        """What may be done on which side."""
        return mirror(self.direction)

    @property
    def places(self) -> Mapping[Side, str]:
        """The addresses of both calendars, for roots."""
        return {side: end.place for side, end in self.ends.items()}

    @property
    def is_one_account(self) -> bool:
        """Whether both calendars belong to one connection."""
        return len({end.connection_id for end in self.ends.values()}) == 1


def target_of(session: Session, pair_id: int) -> Target:
    """Return a pair for a run. Errors: NotFound where it was deleted meanwhile."""
    row = store.find_pair(session, pair_id)
    if row is None:
        raise NotFound("There is no such pair.")
    ids = {side: calendar_at(row, side) for side in SIDES}
    query = select(Calendar).where(Calendar.id.in_(list(ids.values())))
    calendars = {calendar.id: calendar for calendar in session.scalars(query)}
    return Target(
        pair_id=row.id,
        user_id=row.user_id,
        direction=Direction(row.direction),
        title_mask=row.title_mask,
        is_paused=row.is_paused,
        status=row.status,
        failures=row.failures,
        seeded_at=row.seeded_at,
        paired_at=row.paired_at,
        synced_at=row.synced_at,
        ends={side: _end(calendars[calendar_id]) for side, calendar_id in ids.items()},
    )


def _end(calendar: Calendar) -> End:
    return End(
        calendar_id=calendar.id,
        connection_id=calendar.connection_id,
        place=calendar.remote_key,
        name=calendar.name,
    )


def _no_updates(side: Side) -> Sequence[str]:
    del side
    return ()


def open_remotes(
    connections: ConnectionService,
    target: Target,
    *,
    updates_due: Callable[[Side], Sequence[str]] = _no_updates,
) -> dict[Side, CalendarRemote]:
    """Open both calendars; `updates_due` tells which items of a side are about to be updated.

    Errors: as `ConnectionService.open_provider`.
    """
    policy = target.policy
    return {
        side: CalendarRemote(
            connections.open_provider(end.connection_id),
            end.place,
            title_mask=target.title_mask if not policy.of(side).is_adopted else None,
            updates_due=partial(updates_due, side),
        )
        for side, end in target.ends.items()
    }
