"""Moving a booking to where its host has put the event, inside the unit that has locked it.

What the host chose themselves is not asked about again: hours, notice, limits and length. Claims
are, as everywhere, and so are the calendars of whoever else takes part.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.bookings import choosing, history, placing, store
from booking.bookings.lifecycle import Step, kind_of, next_status
from booking.bookings.models import Booking
from booking.bookings.placing import Place, Taker
from booking.bookings.subjects import Known, Subject
from booking.bookings.values import Cause
from booking.calendars.busy_rows import BusyQuery, busy_between
from booking.calendars.sync_models import BusyRow
from booking.core.errors import SlotUnavailable

_OTHERS_BUSY = "Another host, or a room, is not free at this time."
_OWN_BUSY = "Another event of yours stands at this time."


def check_free(
    session: Session,
    booking: Booking,
    subject: Subject | None,
    span: tuple[int, int],
    *,
    overruled_by: int | None,
) -> None:
    """Refuse a time at which the calendars of a booking's hosts or resources are busy.

    `overruled_by` is the host who has said so themselves: their own calendars are not asked.
    Errors: SlotUnavailable.
    """
    if subject is None:
        return
    hosts = choosing.hosts_of(session, booking.id)
    is_shared = len(hosts) > 1
    for host in subject.hosts:
        if host.user.id not in hosts or host.user.id == overruled_by:
            continue
        if _is_busy(session, booking, host.calendars, span):
            raise SlotUnavailable(_OTHERS_BUSY if is_shared else _OWN_BUSY)
    rooms = (known for each in subject.resources for known in each.calendars)
    if _is_busy(session, booking, rooms, span):
        raise SlotUnavailable(_OTHERS_BUSY)


def _is_busy(
    session: Session, booking: Booking, calendars: Iterable[Known], span: tuple[int, int]
) -> bool:
    """Tell whether anything but the booking's own event stands in these calendars then."""
    queries = [BusyQuery(known.calendar_id, known.tentative_blocks) for known in calendars]
    found = busy_between(session, queries, *span) if queries else ()
    refs = [block.ref for block in found if block.start < span[1] and block.end > span[0]]
    others = select(BusyRow.id).where(BusyRow.id.in_(refs), BusyRow.uid != booking.ical_uid)
    return bool(refs) and session.scalar(others.limit(1)) is not None


def take_over(
    session: Session,
    booking: Booking,
    subject: Subject | None,
    span: tuple[int, int],
    cause: Cause,
) -> Iterable[int]:
    """Give a booking another time; return the hosts and resources of the old and new place.

    Its hosts and buffers stay. Errors: IllegalTransition; SlotUnavailable where too few seats are
    left; IntegrityError where the database refuses the overlap.
    """
    status = next_status(booking.status, Step.RESCHEDULE)
    before = history.Before.of(session, booking)
    occupied = store.occupied_by_booking(session, booking)
    placing.give_up(session, booking_id=booking.id)
    store.change(
        session,
        booking,
        cause.actor,
        cause.now,
        status=status,
        reason=cause.reason,
        starts_at=span[0],
        ends_at=span[1],
        no_show_at=None,
    )
    resources = () if subject is None else subject.occupied_with(())
    booking.sitting_id = placing.take(
        session,
        place_of(booking, subject),
        (*before.host_ids, *resources),
        Taker(booking_id=booking.id, seats=1 + len(booking.additional_guests)),
    )
    session.flush()
    history.record(session, booking, kind_of(Step.RESCHEDULE), cause, before)
    return {*occupied, *before.host_ids, *resources}


def place_of(booking: Booking, subject: Subject | None) -> Place:
    """Return the place that a booking takes as it stands, with the buffers it was given."""
    return Place(
        start=booking.starts_at,
        end=booking.ends_at,
        before_minutes=booking.buffer_before_minutes,
        after_minutes=booking.buffer_after_minutes,
        event_type_id=booking.event_type_id,
        seats=None if subject is None else subject.event_type.seats,
    )
