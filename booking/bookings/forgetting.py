"""Taking a guest's data out of bookings: the time stays, who it was does not.

What other rooms keep of a booking goes with it: mails, deliveries to webhooks, and what was agreed
with the calendar that holds its copy. The copy itself stays as it is or is removed, as the caller
says. Left to others: who may ask for it, and that no booking is still to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Row, delete, select, update
from sqlalchemy.orm import Session

from booking.bookings import copies, jobs
from booking.bookings.change_models import CalendarChange
from booking.bookings.models import Booking, BookingCopy, BookingEvent
from booking.calendars.link_models import SyncDirty, SyncLink, SyncPair, SyncRecord
from booking.calendars.sync_models import ReplicaItem
from booking.eventtypes.values import LocationType
from booking.mail.addresses import spellings
from booking.mail.models import MailMessage
from booking.mail.outbox import DUE_STATES
from booking.mail.values import Part
from booking.sync.policy import BOOKINGS
from booking.webhooks.models import DeliveryState, WebhookDelivery

NOBODY: Final = "Erased guest"
_OPEN_DELIVERIES = (DeliveryState.WAITING, DeliveryState.FAILED)


def forget_guest(session: Session, booking: Booking, now: datetime, *, remove_copies: bool) -> None:
    """Erase the guest of a booking that is over; repeating it changes nothing.

    Units: the caller's, which has locked the booking's hosts where somebody may change it.
    """
    if remove_copies:
        copies.set_wanted(session, booking.id, ())
        jobs.ask_write(session, booking, now)
    else:
        _let_copies_be(session, booking.id)
    _forget_around(session, booking)
    suffix = f": {booking.guest_name}"
    title = booking.title.removesuffix(suffix) if booking.guest_name else booking.title
    booking.title = title or NOBODY
    booking.guest_name = NOBODY
    booking.guest_email = f"{booking.uid}@erased.invalid"
    booking.guest_phone = booking.guest_locale = booking.reason = None
    booking.additional_guests, booking.answers = [], {}
    if (booking.location or {}).get("type") == LocationType.PHONE:
        booking.location = {"type": LocationType.PHONE.value}
    booking.erased_at = now
    session.flush()


def forget_companion(session: Session, booking: Booking, email: str) -> None:
    """Take an additional guest out of a booking of somebody else."""
    rest = [one for one in booking.additional_guests if one.lower() != email.lower()]
    booking.additional_guests = rest
    session.execute(
        delete(MailMessage).where(
            MailMessage.booking_uid == booking.uid, MailMessage.recipient.in_(spellings(email))
        )
    )
    session.flush()


def links_of(session: Session, booking_id: int) -> tuple[int, ...]:
    """Return the links between a booking and its copies in calendars."""
    return tuple(row[0] for row in _links(session, booking_id))


def forget_records(session: Session, link_ids: Iterable[int]) -> None:
    """Drop what was noted of writing along these links."""
    session.execute(delete(SyncRecord).where(SyncRecord.link_id.in_(list(link_ids))))


def _links(session: Session, booking_id: int) -> Sequence[Row[int, int, str | None]]:
    links = select(SyncLink.id, SyncLink.pair_id, SyncLink.right_key).join(
        SyncPair, SyncPair.id == SyncLink.pair_id
    )
    mine = links.where(SyncPair.policy == BOOKINGS.name, SyncLink.left_key == str(booking_id))
    return session.execute(mine).all()


def _forget_around(session: Session, booking: Booking) -> None:
    """Drop what other tables keep; what still has to go out to a host goes out."""
    session.execute(
        update(BookingEvent).where(BookingEvent.booking_id == booking.id).values(reason=None)
    )
    session.execute(
        delete(MailMessage).where(
            MailMessage.booking_uid == booking.uid,
            (MailMessage.part != Part.HOST) | MailMessage.state.not_in(DUE_STATES),
        )
    )
    session.execute(
        delete(WebhookDelivery).where(
            WebhookDelivery.subject == booking.uid,
            WebhookDelivery.state.not_in(_OPEN_DELIVERIES),
        )
    )
    session.execute(delete(CalendarChange).where(CalendarChange.booking_id == booking.id))


def _let_copies_be(session: Session, booking_id: int) -> None:
    """Leave the events in calendars as they are, and know nothing of them any more."""
    for link_id, pair_id, right_key in _links(session, booking_id):
        session.execute(
            delete(ReplicaItem).where(ReplicaItem.scope == pair_id, ReplicaItem.key == right_key)
        )
        _forget_link(session, link_id)
    session.execute(delete(BookingCopy).where(BookingCopy.booking_id == booking_id))


def _forget_link(session: Session, link_id: int) -> None:
    for table in (SyncRecord, SyncDirty):
        session.execute(delete(table).where(table.link_id == link_id))
    session.execute(delete(SyncLink).where(SyncLink.id == link_id))
