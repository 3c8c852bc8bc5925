"""Reminders of bookings: each is due at its minute, moves with its booking, and goes out once.

They are planned when a booking is told of (`telling`), from its event type, and sent in batches
whose rows are locked: two workers never take the same one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from booking.bookings.lifecycle import EventKind
from booking.bookings.mail_facts import present_facts
from booking.bookings.mailing import guest_of, host_link, others_of
from booking.bookings.models import Booking, BookingReminder, BookingStatus
from booking.bookings.values import BookingEventView, BookingView
from booking.bookings.views import Views
from booking.core.clock import Clock
from booking.core.instants import Instant, from_instant, to_instant
from booking.db import reading, writing
from booking.eventtypes.models import EventType
from booking.mail.notices import recipient_of
from booking.mail.outbox import MailOutbox
from booking.mail.values import Kind, Mail, Reminder
from booking.queue import outbox

REMIND = "bookings.remind"
BATCH = 20  # a unit that writes is short: others wait for it
_PLANNED_BY = (EventKind.CREATED, EventKind.CONFIRMED, EventKind.RESCHEDULED)
_ENDED_BY = (EventKind.CANCELLED, EventKind.DECLINED, EventKind.EXPIRED)
_PUNCTUAL = 120  # seconds within which a reminder may still name the minutes it was set to
_CHANGED = "The booking was moved or ended before it was sent."


class Reminders:
    """Plans reminders and sends those that are due."""

    def __init__(self, *, clock: Clock, mails: MailOutbox, views: Views, base_url: str) -> None:
        self._clock = clock
        self._mails = mails
        self._views = views
        self._base_url = base_url

    def hear(self, session: Session, event: BookingEventView, booking: BookingView) -> None:
        """Plan a booking's reminders anew where its time or status changed; see `telling`."""
        if event.kind not in (*_PLANNED_BY, *_ENDED_BY):
            return
        row = session.scalars(select(Booking).where(Booking.uid == booking.uid)).one()
        self._mails.withdraw(session, booking.uid, Kind.REMINDER, _CHANGED)
        plan(session, row, after=to_instant(event.at))

    def replan(self, event_type_id: int) -> None:
        """Let an event type's bookings to come have the reminders that it has now."""
        now, last = to_instant(self._clock.now()), 0
        coming = (Booking.event_type_id == event_type_id, Booking.starts_at > now)
        while True:
            with writing() as session:
                query = select(Booking).where(*coming, Booking.id > last).order_by(Booking.id)
                found = session.scalars(query.limit(BATCH)).all()
                for booking in found:
                    plan(session, booking, after=now)
            if len(found) < BATCH:
                return
            last = found[-1].id

    def ask_due(self) -> None:
        """Ask for the job where reminders are due."""
        now = self._clock.now()
        query = select(BookingReminder.booking_id).where(BookingReminder.due_at <= to_instant(now))
        with reading() as session:
            is_due = session.scalar(query.limit(1)) is not None
        if is_due:
            with writing() as session:
                outbox.add(session, REMIND, {}, now=now, dedup_key=REMIND)

    def send_due(self) -> int:
        """Keep the mails of one batch of due reminders; return how many were taken.

        What was moved, cancelled or has begun is taken and not told.
        """
        now = to_instant(self._clock.now())
        with writing() as session:
            taken = _take(session, now)
            mails = [mail for row in taken for mail in self._mails_of(session, row, now)]
            if mails:
                self._mails.post(session, *mails)
            return len(taken)

    def _mails_of(self, session: Session, row: BookingReminder, now: int) -> Iterator[Mail]:
        booking = session.get_one(Booking, row.booking_id)
        if not _is_valid(booking, row, now):
            return
        facts = present_facts(session, booking, self._base_url)
        news = Reminder(meeting=facts.meeting, minutes=_minutes(booking, row, now))
        to_guests = [(guest_of(booking), self._views.manage_url(booking.uid))]
        to_guests += [(other, "") for other in others_of(booking)]
        hosts = [host for host in facts.hosts if host.disabled_at is None]
        to_hosts = [(recipient_of(host), host_link(self._base_url, booking)) for host in hosts]
        owners = [booking.host_id] * len(to_guests) + [host.id for host in hosts]
        for (recipient, link), owner in zip((*to_guests, *to_hosts), owners, strict=True):
            yield Mail(
                event_key=f"reminder:{booking.id}:{booking.starts_at}:{row.minutes}",
                news=news,
                recipient=recipient,
                link=link,
                user_id=owner,
                is_limited=False,
                expires_at=from_instant(Instant(booking.starts_at)),
            )


def plan(session: Session, booking: Booking, *, after: int) -> None:
    """Write down which reminders of a booking are due after the instant `after`."""
    session.execute(delete(BookingReminder).where(BookingReminder.booking_id == booking.id))
    event_type = session.get(EventType, booking.event_type_id or 0)
    if booking.status != BookingStatus.CONFIRMED or event_type is None:
        return
    for minutes in sorted(set(event_type.reminders_minutes)):
        due_at = booking.starts_at - minutes * 60
        if due_at > after:
            session.add(BookingReminder(booking_id=booking.id, minutes=minutes, due_at=due_at))


def _take(session: Session, now: int) -> Sequence[BookingReminder]:
    """Return a batch of due reminders and delete their rows, which nobody else can take then."""
    query = (
        select(BookingReminder)
        .where(BookingReminder.due_at <= now)
        .order_by(BookingReminder.due_at, BookingReminder.booking_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = session.scalars(query).all()
    for row in rows:
        session.delete(row)
    return rows


def _is_valid(booking: Booking, row: BookingReminder, now: int) -> bool:
    return (
        booking.status == BookingStatus.CONFIRMED
        and booking.starts_at - row.minutes * 60 == row.due_at
        and booking.starts_at > now
    )


def _minutes(booking: Booking, row: BookingReminder, now: int) -> int:
    """Return in how many minutes it begins: as set, unless the reminder is late."""
    if now - row.due_at <= _PUNCTUAL:
        return row.minutes
    return max(1, (booking.starts_at - now) // 60)
