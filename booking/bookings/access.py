"""One booking for whoever may have it, and the lock under which it is changed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from booking.bookings import choosing, store
from booking.bookings.models import Booking
from booking.core.errors import NotFound
from booking.eventtypes import store as event_types


def found(session: Session, uid: str, host_id: int | None) -> Booking:
    """Return a booking; with `host_id`, only to its hosts and to who manages its event type.

    Errors: NotFound.
    """
    booking = store.find_by_uid(session, uid)
    if booking is None or (host_id is not None and not _may_see(session, booking, host_id)):
        raise NotFound("There is no such booking.")
    return booking


def lock(session: Session, booking: Booking, others: Iterable[int] = ()) -> None:
    """Be the only one that changes a booking, and books whom it occupies, and these others.

    Somebody may have moved it to other hosts before the lock was ours, so it is looked at again.
    """
    held: set[int] = set()
    while not held >= (wanted := _around(session, booking, others)):
        store.lock_hosts(session, wanted)
        held |= wanted
        session.refresh(booking)


def _around(session: Session, booking: Booking, others: Iterable[int]) -> set[int]:
    hosts = choosing.hosts_of(session, booking.id)
    return {*hosts, *store.occupied_by_booking(session, booking), *others}


def _may_see(session: Session, booking: Booking, user_id: int) -> bool:
    """Tell whether a user is a host of the booking, or manages its event type."""
    if user_id in choosing.hosts_of(session, booking.id):
        return True
    event_type_id = booking.event_type_id
    return event_type_id is not None and event_types.may_manage(session, user_id, event_type_id)
