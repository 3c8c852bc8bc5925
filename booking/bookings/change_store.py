"""SQL of calendar changes: which are open, which are due, and what the views show of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from booking.bookings.change_models import CalendarChange, CalendarLook
from booking.bookings.deciding import (
    AT_ONCE,
    TOO_MANY,
    UNDECIDED,
    ChangeKind,
    ChangeState,
    Decision,
    Found,
)
from booking.bookings.models import Booking, BookingHost
from booking.bookings.values import CalendarChangeView
from booking.calendars.models import Calendar, Connection
from booking.calendars.sync_models import BusyRow
from booking.core.instants import Instant

_MOST_SHOWN = 100
OPEN = (*UNDECIDED, ChangeState.PUTTING_BACK)


def of_calendar(
    session: Session, calendar_id: int, booking_ids: Sequence[int]
) -> Mapping[int, CalendarChange]:
    """Return the changes of these bookings in a calendar, followed ones among them."""
    query = select(CalendarChange).where(
        CalendarChange.calendar_id == calendar_id, CalendarChange.booking_id.in_(booking_ids)
    )
    rows = session.scalars(query.execution_options(populate_existing=True))
    return {row.booking_id: row for row in rows}


def undecided(session: Session, booking_id: int) -> CalendarChange | None:
    """Return the change of a booking that somebody may decide about: the oldest of them."""
    query = (
        select(CalendarChange)
        .where(CalendarChange.booking_id == booking_id, CalendarChange.state.in_(UNDECIDED))
        .order_by(CalendarChange.noticed_at, CalendarChange.calendar_id)
        .limit(1)
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def found_of(row: CalendarChange) -> Found:
    """Return what was found, as it was written down."""
    return Found(
        kind=ChangeKind(row.kind),
        start=None if row.starts_at is None else Instant(row.starts_at),
        end=None if row.ends_at is None else Instant(row.ends_at),
    )


def put(
    session: Session,
    place: tuple[int, int],
    found: Found,
    decision: Decision,
    now: datetime,
) -> CalendarChange:
    """Write down a change of the booking and calendar at `place`, in the place of an older one."""
    row = session.get(CalendarChange, place)
    if row is None:
        row = CalendarChange(booking_id=place[0], calendar_id=place[1])
        session.add(row)
    row.kind, row.starts_at, row.ends_at = found.kind, found.start, found.end
    row.state, row.reason, row.decide_by = decision.state, decision.reason, decision.decide_by
    row.noticed_at, row.settled_at = now, None
    session.flush()
    let_block(session, row)
    return row


def settle(session: Session, row: CalendarChange, decision: Decision) -> None:
    """Let something else become of a change."""
    row.state, row.reason, row.decide_by = decision.state, decision.reason, decision.decide_by
    session.flush()
    let_block(session, row)


def drop(session: Session, row: CalendarChange) -> None:
    """Forget a change."""
    let_block(session, row, is_over=True)
    session.delete(row)
    session.flush()


def let_block(session: Session, row: CalendarChange, *, is_over: bool = False) -> None:
    """Let the time at which a moved event stands block like anybody's, as long as it is undecided.

    A booking blocks by its claim; its own event does not, unless it stands elsewhere.
    """
    is_elsewhere = row.kind == ChangeKind.MOVED and row.state in UNDECIDED and not is_over
    uid = select(Booking.ical_uid).where(Booking.id == row.booking_id).scalar_subquery()
    session.execute(
        update(BusyRow)
        .where(
            BusyRow.calendar_id == row.calendar_id,
            BusyRow.uid == uid,
            BusyRow.is_own.is_(is_elsewhere),
        )
        .values(is_own=not is_elsewhere)
        .execution_options(synchronize_session=False)
    )


def standing_elsewhere(session: Session, user_id: int, uids: Sequence[str]) -> frozenset[str]:
    """Return those UIDs of bookings whose events in this user's calendars block where they stand.

    They were moved by hand, and nobody has decided about it yet.
    """
    query = (
        select(Booking.ical_uid)
        .join(CalendarChange, CalendarChange.booking_id == Booking.id)
        .join(Calendar, Calendar.id == CalendarChange.calendar_id)
        .join(Connection, Connection.id == Calendar.connection_id)
        .where(
            Booking.ical_uid.in_(uids),
            Connection.user_id == user_id,
            CalendarChange.kind == ChangeKind.MOVED,
            CalendarChange.state.in_(UNDECIDED),
        )
    )
    return frozenset(session.scalars(query))


def put_followed(session: Session, place: tuple[int, int], found: Found, now: datetime) -> None:
    """Write down that a change was followed; it counts among those of the hour."""
    row = put(session, place, found, Decision(state=ChangeState.FOLLOWED), now)
    row.settled_at = now


def lately(session: Session, calendar_id: int, now: datetime) -> set[int]:
    """Return the bookings changed in a calendar within the last hour, followed ones among them."""
    since = now - AT_ONCE
    query = select(CalendarChange.booking_id).where(
        CalendarChange.calendar_id == calendar_id,
        or_(CalendarChange.noticed_at > since, CalendarChange.settled_at > since),
    )
    return set(session.scalars(query))


def stop_following(session: Session, calendar_id: int) -> None:
    """Ask about all changes of a calendar that were about to be followed: there are too many."""
    session.execute(
        update(CalendarChange)
        .where(
            CalendarChange.calendar_id == calendar_id,
            CalendarChange.state == ChangeState.FOLLOWING,
        )
        .values(state=ChangeState.ASKING, reason=TOO_MANY, decide_by=None)
        .execution_options(synchronize_session=False)
    )


def drop_open(session: Session, booking_id: int) -> None:
    """Forget what was noticed of a booking's events: the booking itself has changed since."""
    query = select(CalendarChange).where(
        CalendarChange.booking_id == booking_id, CalendarChange.state.in_(OPEN)
    )
    for row in session.scalars(query).all():
        drop(session, row)


def to_put_back(session: Session, calendar_id: int) -> list[int]:
    """Return the bookings whose events are to be put back in a calendar."""
    query = select(CalendarChange.booking_id).where(
        CalendarChange.calendar_id == calendar_id,
        CalendarChange.state == ChangeState.PUTTING_BACK,
    )
    return sorted(session.scalars(query))


def grace_over(session: Session, now: datetime, calendar_id: int | None = None) -> list[int]:
    """Return the calendars with a change whose grace is over; of one calendar, its bookings."""
    due = (CalendarChange.state == ChangeState.FOLLOWING, CalendarChange.decide_by <= now)
    if calendar_id is None:
        return sorted(session.scalars(select(CalendarChange.calendar_id).where(*due).distinct()))
    mine = CalendarChange.calendar_id == calendar_id
    return sorted(session.scalars(select(CalendarChange.booking_id).where(mine, *due)))


def open_views(session: Session, booking_ids: Iterable[int]) -> Mapping[int, CalendarChangeView]:
    """Return what the doors show: of each booking the oldest change that is open."""
    query = (
        select(CalendarChange)
        .where(CalendarChange.booking_id.in_(booking_ids), CalendarChange.state.in_(OPEN))
        .order_by(CalendarChange.noticed_at, CalendarChange.calendar_id)
    )
    found: dict[int, CalendarChangeView] = {}
    for row in session.scalars(query):
        found.setdefault(row.booking_id, _view(row))
    return found


def changed_bookings(session: Session, user_id: int) -> list[Booking]:
    """Return the bookings with this host whose events were changed by hand, soonest first."""
    changed = select(CalendarChange.booking_id).where(CalendarChange.state.in_(OPEN))
    query = (
        select(Booking)
        .join(BookingHost, BookingHost.booking_id == Booking.id)
        .where(BookingHost.user_id == user_id, Booking.id.in_(changed))
        .order_by(Booking.starts_at, Booking.id)
        .limit(_MOST_SHOWN)
    )
    return list(session.scalars(query))


def _view(row: CalendarChange) -> CalendarChangeView:
    found = found_of(row)
    return CalendarChangeView(
        kind=row.kind,
        state=row.state,
        start=found.start,
        end=found.end,
        reason=row.reason,
        noticed_at=row.noticed_at,
        decide_by=row.decide_by,
    )


def missing_calendars(session: Session, user_id: int) -> list[str]:
    """Return the names of a user's destination calendars that cannot be found any more."""
    query = (
        select(Calendar.name)
        .join(Connection, Connection.id == Calendar.connection_id)
        .join(CalendarLook, CalendarLook.calendar_id == Calendar.id)
        .where(Connection.user_id == user_id, CalendarLook.missing_since.is_not(None))
        .order_by(func.lower(Calendar.name))
    )
    return list(session.scalars(query))
