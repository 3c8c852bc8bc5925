"""Who of the free hosts gets a booking: what is due to each, read inside the booking's unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.availability import store as schedules
from booking.availability.hosts_choice import (
    Assignment,
    Choice,
    ChoiceReason,
    Given,
    Ledger,
    Share,
    choose_hosts,
)
from booking.availability.hosts_facts import Scheduling, TeamSituation
from booking.availability.models import OutOfOffice
from booking.bookings.models import LIVING, Booking, BookingHost
from booking.bookings.subjects import Subject
from booking.bookings.verdicts import Checked
from booking.core.instants import to_instant
from booking.core.spans import Span
from booking.core.zones import wall_to_instant, zone

COUNTED_FOR = timedelta(days=30)
_AHEAD = timedelta(days=400)


def choose(
    session: Session,
    checked: Checked,
    *,
    now: datetime,
    seed: int,
    moving: Booking | None = None,
) -> Assignment:
    """Return the hosts of a booking, each with the reason for it.

    A booking that is `moving` stays with its hosts where they are free, and counts for nobody.
    """
    bookable, situation = checked.bookable, checked.situation
    if not isinstance(situation, TeamSituation):
        return Assignment(choices=tuple(_only(host_id) for host_id in bookable.free))
    same = () if moving is None else hosts_of(session, moving.id)
    return choose_hosts(
        situation,
        bookable.free,
        ledger_of(session, checked.subject, now, moving),
        now=to_instant(now),
        start=bookable.spans[0][0],
        seed=seed,
        same=same,
    )


def _only(host_id: int) -> Choice:
    return Choice(host_id=host_id, reason=ChoiceReason.FIXED, among=(host_id,))


def hosts_of(session: Session, booking_id: int) -> list[int]:
    """Return the ids of a booking's hosts, in order."""
    query = (
        select(BookingHost.user_id)
        .where(BookingHost.booking_id == booking_id)
        .order_by(BookingHost.position)
    )
    return list(session.scalars(query))


def choices_of(session: Session, booking_id: int) -> list[Choice]:
    """Return a booking's hosts, in order, with the reason for each."""
    query = (
        select(BookingHost)
        .where(BookingHost.booking_id == booking_id)
        .order_by(BookingHost.position)
    )
    return [
        Choice(
            host_id=row.user_id,
            reason=ChoiceReason(row.reason),
            among=tuple(row.among),
            shortfall=row.shortfall,
        )
        for row in session.scalars(query)
    ]


def set_hosts(session: Session, booking: Booking, assignment: Assignment) -> None:
    """Write down a booking's hosts and the reason for each; the chosen one comes first."""
    chosen = sorted(assignment.choices, key=lambda each: each.reason == ChoiceReason.FIXED)
    booking.host_id = chosen[0].host_id
    for row in session.scalars(
        select(BookingHost).where(BookingHost.booking_id == booking.id)
    ).all():
        session.delete(row)
    session.flush()
    session.add_all(
        BookingHost(
            booking_id=booking.id,
            user_id=choice.host_id,
            position=position,
            reason=choice.reason.value,
            among=list(choice.among),
            shortfall=choice.shortfall,
        )
        for position, choice in enumerate(chosen)
    )
    session.flush()


def ledger_of(
    session: Session, subject: Subject, now: datetime, moving: Booking | None = None
) -> Ledger:
    """Return what is due to the hosts of a round robin and what they got; `moving` is left out."""
    if subject.event_type.scheduling != Scheduling.ROUND_ROBIN:
        return Ledger()
    return Ledger(
        shares=_shares(session, subject, now),
        given=tuple(_given(session, subject, now - COUNTED_FOR, moving)),
    )


def _shares(session: Session, subject: Subject, now: datetime) -> tuple[Share, ...]:
    ids = [host.user.id for host in subject.hosts]
    absences: dict[int, list[OutOfOffice]] = {}
    first, last = (now - COUNTED_FOR).date(), (now + _AHEAD).date()
    for row in schedules.absences_between(session, ids, first, last):
        absences.setdefault(row.user_id, []).append(row)
    return tuple(
        Share(
            host_id=host.user.id,
            weight=host.row.weight,
            priority=host.row.priority,
            since=to_instant(host.row.since),
            absences=_spans(absences.get(host.user.id, ()), zone(host.user.time_zone)),
        )
        for host in subject.hosts
        if host.row is not None
    )


def _spans(rows: Sequence[OutOfOffice], local: ZoneInfo) -> tuple[Span, ...]:
    def midnight(day: date) -> int:
        return wall_to_instant(day, 0, local)

    return tuple(
        (midnight(row.start_date), midnight(row.end_date + timedelta(days=1))) for row in rows
    )


def _given(
    session: Session, subject: Subject, since: datetime, moving: Booking | None
) -> list[Given]:
    query = (
        select(BookingHost.user_id, Booking.created_at, Booking.starts_at)
        .join(Booking, Booking.id == BookingHost.booking_id)
        .where(
            Booking.event_type_id == subject.event_type.id,
            Booking.created_at >= since,
            Booking.status.in_(LIVING),
            Booking.id != (0 if moving is None else moving.id),
        )
    )
    return [Given(row[0], to_instant(row[1]), row[2]) for row in session.execute(query)]
