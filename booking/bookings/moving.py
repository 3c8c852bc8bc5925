"""Moving a booking to another slot, inside the unit that has checked and locked the new place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from booking.bookings import choosing, copies, history, placing, store
from booking.bookings.lifecycle import Step, kind_of, next_status
from booking.bookings.making import request_expiry, settle_place
from booking.bookings.models import Booking, BookingStatus
from booking.bookings.values import Actor, Cause
from booking.bookings.verdicts import Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """Moves a booking for a cause."""

    cause: Cause

    def move(self, session: Session, booking: Booking, checked: Checked) -> Iterable[int]:
        """Give a booking its new slot; return the hosts and resources of the old and new place.

        Its hosts stay where they are free, else another one is chosen.
        Errors: IllegalTransition; SlotUnavailable; IntegrityError where the database refuses.
        """
        event_type = checked.subject.event_type
        needs_word = event_type.requires_confirmation or checked.bookable.on_request
        cause = self.cause
        asks_again = cause.actor is Actor.GUEST and needs_word
        status = next_status(booking.status, Step.RESCHEDULE, asks_again=asks_again)
        start, end = checked.bookable.spans[0]
        occupied = store.occupied_by_booking(session, booking)
        before = history.Before.of(session, booking)
        hosts = self._hosts(session, booking, checked)
        placing.give_up(session, booking_id=booking.id)
        is_request = status == BookingStatus.PENDING
        store.change(
            session,
            booking,
            cause.actor,
            cause.now,
            status=status,
            reason=cause.reason,
            starts_at=start,
            ends_at=end,
            buffer_before_minutes=event_type.buffer_before_minutes,
            buffer_after_minutes=event_type.buffer_after_minutes,
            expires_at=request_expiry(cause.now, start) if is_request else None,
            no_show_at=None,
        )
        settle_place(session, booking, checked.subject, hosts)
        history.record(session, booking, kind_of(Step.RESCHEDULE), cause, before)
        return {*occupied, *checked.subject.occupied_with(hosts)}

    def _hosts(self, session: Session, booking: Booking, checked: Checked) -> tuple[int, ...]:
        """Return the hosts of the moved booking, having written down where they are others."""
        before = choosing.hosts_of(session, booking.id)
        chosen = choosing.choose(
            session, checked, now=self.cause.now, seed=booking.id, moving=booking
        )
        if set(chosen.hosts) != set(before):
            choosing.set_hosts(session, booking, chosen)
            wanted = checked.subject.event_type.destination_calendar_id
            calendars = copies.wanted_calendars(session, chosen.hosts, wanted)
            copies.set_wanted(session, booking.id, calendars)
        return chosen.hosts
