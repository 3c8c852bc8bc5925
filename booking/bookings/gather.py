"""Gathers what the slot calculator needs to know, in a fixed number of queries.

One query each for the event type with its host and selected calendars, the schedules, absences,
travel, busy rows, claims, and (only where limits are set) bookings that count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.availability import store as schedules
from booking.availability.calculator import Needed, needed
from booking.availability.facts import (
    Ask,
    Busy,
    CalendarBlock,
    Counted,
    Coverage,
    HostFacts,
    OwnBlock,
    Situation,
    Source,
    Tally,
)
from booking.availability.fields import RULE_FIELDS, parse_rules
from booking.availability.hours import (
    OutOfOffice,
    Travel,
    WorkingHours,
    parse_overrides,
    parse_weekly,
)
from booking.availability.models import Schedule
from booking.availability.rules import OnStale
from booking.bookings.models import Booking, BookingStatus, Claim, Hold
from booking.calendars.busy_rows import BusyQuery, busy_between
from booking.calendars.models import SelectedCalendar
from booking.calendars.sync_models import Cursor
from booking.core.errors import NotFound
from booking.core.instants import Instant, from_instant, to_instant
from booking.core.zones import zone
from booking.eventtypes.models import EventType

FRESH_SECONDS = 2 * 3600
HIDDEN_AFTER_SECONDS = 24 * 3600
_LONGEST_CLAIM = 345_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A selected calendar and how well its busy rows are known."""

    calendar_id: int
    tentative_blocks: bool
    synced_at: datetime | None
    covered_from: int
    covered_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An event type, its host, and the calendars that block it."""

    event_type: EventType
    user: User
    calendars: tuple[Known, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Changes with whatever may change an event type's slots, apart from time passing.

    `version` is the host's `slots_version`; `read` says when each selected calendar was read.
    """

    version: int
    read: tuple[tuple[int, datetime | None], ...]


_OWN_LIST = and_(
    EventType.use_event_type_calendars.is_(True), SelectedCalendar.event_type_id == EventType.id
)
_USERS_LIST = and_(
    EventType.use_event_type_calendars.is_(False), SelectedCalendar.event_type_id.is_(None)
)
_SELECTED = and_(SelectedCalendar.user_id == EventType.user_id, or_(_OWN_LIST, _USERS_LIST))
_STAMP = (
    select(User.slots_version, SelectedCalendar.calendar_id, Cursor.synced_at)
    .select_from(EventType)
    .join(User, User.id == EventType.user_id)
    .outerjoin(SelectedCalendar, _SELECTED)
    .outerjoin(Cursor, Cursor.calendar_id == SelectedCalendar.calendar_id)
    .where(EventType.id == bindparam("event_type_id"), User.disabled_at.is_(None))
    .order_by(SelectedCalendar.calendar_id)
)


def find_stamp(connection: Connection, event_type_id: int) -> Stamp:
    """Read the stamp of an event type's slots: one query of a few columns.

    Errors: NotFound as for `find_subject`.
    """
    rows: Sequence[Any] = connection.execute(_STAMP, {"event_type_id": event_type_id}).all()
    if not rows:
        raise NotFound("There is no such event type.")
    read = tuple((row[1], row[2]) for row in rows if row[1] is not None)
    return Stamp(version=rows[0][0], read=read)


def find_subject(session: Session, event_type_id: int) -> Subject:
    """Read an event type with its host and selected calendars, in one query.

    Errors: NotFound where it is unknown or its host's account is closed.
    """
    query = (
        select(
            EventType,
            User,
            SelectedCalendar.calendar_id,
            SelectedCalendar.tentative_blocks,
            Cursor.synced_at,
            Cursor.covered_from,
            Cursor.covered_until,
        )
        .join(User, User.id == EventType.user_id)
        .outerjoin(SelectedCalendar, _SELECTED)
        .outerjoin(Cursor, Cursor.calendar_id == SelectedCalendar.calendar_id)
        .where(EventType.id == event_type_id, User.disabled_at.is_(None))
        .order_by(SelectedCalendar.calendar_id)
    )
    rows = session.execute(query).all()
    if not rows:
        raise NotFound("There is no such event type.")
    known = tuple(
        Known(
            calendar_id=row.calendar_id,
            tentative_blocks=row.tentative_blocks,
            synced_at=row.synced_at,
            covered_from=row.covered_from or 0,
            covered_until=row.covered_until or 0,
        )
        for row in rows
        if row.calendar_id is not None
    )
    return Subject(event_type=rows[0][0], user=rows[0][1], calendars=known)


def situation_of(session: Session, subject: Subject, ask: Ask) -> Situation:
    """Return everything the calculator needs to answer `ask`.

    Errors: InvalidInput for a duration that is not offered.
    """
    event_type, user = subject.event_type, subject.user
    rules = parse_rules({name: getattr(event_type, name) for name in RULE_FIELDS})
    if _is_too_old(subject.calendars, ask.now):
        rules = replace(rules, on_stale=OnStale.HIDE)
    if ask.moving is not None and ask.duration_minutes is not None:
        # A booking is moved at its own length, whatever lengths are offered today.
        rules = replace(rules, durations_minutes=(*rules.durations_minutes, ask.duration_minutes))
    bare = Situation(
        rules=rules,
        host=HostFacts(
            hours=_hours(session, event_type, user, ask),
            floor_minutes=user.buffer_minutes,
            coverage=tuple(_coverage(known) for known in subject.calendars),
            tallies=(Tally(limits=rules.limits),) if rules.limits else (),
        ),
        restriction=_restriction(session, event_type),
        event_type_id=event_type.id,
    )
    return _with_busy(session, subject, bare, needed(bare, ask))


def _is_too_old(calendars: tuple[Known, ...], now: Instant) -> bool:
    """Tell whether a calendar was last read so long ago that doubt is no longer acceptable."""
    return any(
        known.synced_at is not None and now - to_instant(known.synced_at) > HIDDEN_AFTER_SECONDS
        for known in calendars
    )


def grows_too_old_at(calendars: tuple[Known, ...], now: Instant) -> Instant | None:
    """Return the next instant at which a calendar grows too old for its doubt to be acceptable."""
    edges = [
        to_instant(known.synced_at) + HIDDEN_AFTER_SECONDS + 1
        for known in calendars
        if known.synced_at is not None
    ]
    return min((Instant(edge) for edge in edges if edge > now), default=None)


def _coverage(known: Known) -> Coverage:
    return Coverage(
        calendar_id=known.calendar_id,
        start=Instant(known.covered_from),
        end=Instant(known.covered_until),
        synced_at=None if known.synced_at is None else to_instant(known.synced_at),
        max_age=FRESH_SECONDS,
    )


def _hours(session: Session, event_type: EventType, user: User, ask: Ask) -> WorkingHours:
    """Return the hours in force: the event type's own schedule, else the host's default.

    Travel lends its zone to the default schedule only; absences close any.
    """
    own = event_type.schedule_id
    chosen = own or user.default_schedule_id
    schedule = schedules.find_schedule(session, chosen) if chosen else None
    first, last = _dates(ask)
    absences = tuple(
        OutOfOffice(first=row.start_date, last=row.end_date)
        for row in schedules.absences_between(session, [user.id], first, last)
    )
    trips: tuple[Travel, ...] = ()
    if own is None or schedule is None:
        trips = tuple(
            Travel(first=row.start_date, last=row.end_date, zone=zone(row.time_zone))
            for row in schedules.travels_between(session, [user.id], first, last)
        )
    if schedule is None:
        return WorkingHours(zone=zone(user.time_zone), out_of_office=absences, travel=trips)
    return replace(_plain(schedule), out_of_office=absences, travel=trips)


def _dates(ask: Ask) -> tuple[date, date]:
    """Return local dates that surely hold the stretch a walk may cover, in any zone."""
    reach = timedelta(days=64)
    first = min(from_instant(ask.start), from_instant(ask.now)) - reach
    return first.date(), (max(from_instant(ask.end), from_instant(ask.now)) + reach).date()


def _plain(schedule: Schedule) -> WorkingHours:
    return WorkingHours(
        zone=zone(schedule.time_zone),
        weekly=parse_weekly(schedule.weekly),
        overrides=parse_overrides(schedule.overrides),
    )


def _restriction(session: Session, event_type: EventType) -> WorkingHours | None:
    if event_type.restriction_schedule_id is None:
        return None
    schedule = schedules.find_schedule(session, event_type.restriction_schedule_id)
    return None if schedule is None else _plain(schedule)


def _with_busy(session: Session, subject: Subject, bare: Situation, span: Needed) -> Situation:
    calendars = tuple(
        BusyQuery(calendar_id=known.calendar_id, tentative_blocks=known.tentative_blocks)
        for known in subject.calendars
    )
    rows = busy_between(session, calendars, *span.calendar) if calendars else []
    busy = Busy(
        calendar=tuple(CalendarBlock(*row) for row in rows),
        own=tuple(_own_blocks(session, [subject.user.id], *span.own)),
    )
    tallies = bare.host.tallies
    if span.counted is not None:
        counted = tuple(_counted(session, subject.event_type.id, *span.counted))
        tallies = tuple(replace(tally, counted=counted) for tally in tallies)
    return replace(bare, host=replace(bare.host, busy=busy, tallies=tallies))


def _own_blocks(
    session: Session, subject_ids: Sequence[int], start: int, end: int
) -> list[OwnBlock]:
    """Return the bookings and holds whose claims touch `[start, end]`.

    Their buffers are what the claim covers beyond the slot: the engine sees what the database
    will defend.
    """
    query = (
        select(
            Claim.booking_id,
            Claim.hold_id,
            Claim.starts_at.label("claimed_from"),
            Claim.ends_at.label("claimed_until"),
            Booking.starts_at.label("booked_from"),
            Booking.ends_at.label("booked_until"),
            Booking.event_type_id,
            Hold.starts_at.label("held_from"),
            Hold.ends_at.label("held_until"),
            Hold.event_type_id.label("held_type"),
            Hold.expires_at,
        )
        .outerjoin(Booking, Booking.id == Claim.booking_id)
        .outerjoin(Hold, Hold.id == Claim.hold_id)
        .where(
            Claim.subject_id.in_(subject_ids),
            Claim.active.is_(True),
            Claim.starts_at <= end,
            Claim.starts_at > start - _LONGEST_CLAIM,
            Claim.ends_at >= start,
        )
        .order_by(Claim.starts_at)
    )
    return [_own_block(row) for row in session.execute(query)]


def _own_block(row: Any) -> OwnBlock:
    if row.hold_id is not None:
        return OwnBlock(
            start=row.held_from,
            end=row.held_until,
            source=Source.HOLD,
            ref=row.hold_id,
            before=row.held_from - row.claimed_from,
            after=row.claimed_until - row.held_until,
            event_type_id=row.held_type,
            expires_at=to_instant(row.expires_at),
        )
    return OwnBlock(
        start=row.booked_from,
        end=row.booked_until,
        source=Source.BOOKING,
        ref=row.booking_id,
        before=row.booked_from - row.claimed_from,
        after=row.claimed_until - row.booked_until,
        event_type_id=row.event_type_id,
    )


def _counted(session: Session, event_type_id: int, start: int, end: int) -> list[Counted]:
    """Return the bookings of an event type that start in `[start, end)` and count."""
    query = select(Booking.starts_at, Booking.ends_at, Booking.id).where(
        Booking.event_type_id == event_type_id,
        Booking.starts_at >= start,
        Booking.starts_at < end,
        Booking.status.in_([BookingStatus.CONFIRMED, BookingStatus.PENDING]),
    )
    return [
        Counted(start=row.starts_at, minutes=(row.ends_at - row.starts_at) // 60, booking_id=row.id)
        for row in session.execute(query)
    ]
