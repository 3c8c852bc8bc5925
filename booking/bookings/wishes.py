"""Bookings that wait for their guest to confirm an e-mail address.

Where an event type asks for it, what a guest sent is kept, sealed, beside a hold on its time, and
a mail with a link goes out. Looking at the link changes nothing; confirming books, once. What
nobody confirms is forgotten, and the time is free again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings import holds, store
from booking.bookings.guest_limits import check_guest_room
from booking.bookings.making import check_form
from booking.bookings.models import Wish
from booking.bookings.placing import Taker
from booking.bookings.queries import booking_query
from booking.bookings.service import BookingService
from booking.bookings.slots import SlotFinder, check_entrance
from booking.bookings.subjects import Subject, find_subject
from booking.bookings.values import BookingRequest, BookingView, Entrance, Guest
from booking.core.clock import Clock
from booking.core.errors import Conflict, IllegalTransition, NotFound
from booking.core.ids import new_id
from booking.core.instants import Instant
from booking.db import reading, retry_once, writing
from booking.eventtypes.models import EventType
from booking.mail.outbox import MailOutbox
from booking.mail.values import AddressCheck, Mail, Part, Person, Recipient
from booking.security.cipher import Cipher, SealBroken, place
from booking.security.throttle import Throttle
from booking.security.tokens import wish_token

KEPT_FOR = timedelta(minutes=30)
_FORGOTTEN_AFTER = timedelta(days=1)
_NO_MAIL = "This can't be booked at the moment: the site sends no mails. Please write to the host."
StoreWish = Callable[[Session, "WishView"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WishView:
    """A booking to be: for which time, until when it waits, and what became of it.

    `duration_minutes` is None where the event type's own counts. `booking_uid` is the booking
    that it became.
    """

    id: int
    event_type_id: int
    start: Instant
    duration_minutes: int | None
    time_zone: str
    email: str
    expires_at: datetime
    booking_uid: str | None


class WishService:
    """Keeps wishes, and makes bookings of those that are confirmed."""

    def __init__(
        self,
        *,
        clock: Clock,
        cipher: Cipher,
        throttle: Throttle,
        slots: SlotFinder,
        bookings: BookingService,
        outbox: MailOutbox,
        secret_key: str,
        base_url: str,
    ) -> None:
        self._clock = clock
        self._cipher = cipher
        self._throttle = throttle
        self._slots = slots
        self._bookings = bookings
        self._outbox = outbox
        self._secret_key = secret_key
        self._base_url = base_url

    def are_asked(self, event_type_id: int) -> bool:
        """Tell whether guests of an event type confirm their address first."""
        with reading() as session:
            row = session.get(EventType, event_type_id)
        return row is not None and row.requires_email_confirmation

    def ask(self, request: BookingRequest, store_answer: StoreWish | None = None) -> WishView:
        """Keep a wish, hold its time for half an hour, and mail the link to the guest.

        Of a series the first date is held. `store_answer` is called in the same transaction.
        Errors: as for booking; Conflict where no mails are sent; RateLimited.
        """
        if not self._outbox.is_configured:
            raise Conflict(_NO_MAIL)
        return self._bookings.or_alternatives(
            lambda: self._ask(request, store_answer), lambda: booking_query(request)
        )

    def _ask(self, request: BookingRequest, store_answer: StoreWish | None) -> WishView:
        now = self._clock.now()
        query = replace(
            booking_query(request), entrance=Entrance(private_link_id=request.private_link_id)
        )
        with writing() as session:
            subject = find_subject(session, request.event_type_id)
            store.lock_hosts(session, subject.ids)
            holds.drop_expired(session, now, subject.ids)
            check_entrance(session, query, subject, now)
            check_form(subject.event_type, request)
            check_guest_room(session, subject, request, now)
            checked = self._slots.check(
                session, query, request.start, count=request.recurrence_count
            )
            if request.hold_id is not None:
                holds.consume(session, request.hold_id, subject)
            visitor = self._throttle.name_of(f"guest|{request.guest.email.lower()}")
            holds.check_room(session, subject.event_type, visitor, now)
            hold = holds.put(
                session,
                checked,
                Taker(seats=request.guests),
                visitor=visitor,
                now=now,
                expires_at=now + KEPT_FOR,
            )
            row = self._keep(session, request, hold.id, hold.expires_at)
            self._outbox.post(session, self._mail(session, subject, request, row))
            view = _view(row, request)
            if store_answer is not None:
                store_answer(session, view)
            return view

    def _keep(
        self, session: Session, request: BookingRequest, hold_id: int, until: datetime
    ) -> Wish:
        key = new_id()
        row = Wish(
            id=key,
            event_type_id=request.event_type_id,
            hold_id=hold_id,
            sealed=self._cipher.seal(json.dumps(asdict(request)), sealed_place(key)),
            expires_at=until,
            created_at=self._clock.now(),
        )
        session.add(row)
        session.flush()
        return row

    def _mail(self, session: Session, subject: Subject, request: BookingRequest, row: Wish) -> Mail:
        """Return the mail; it holds nothing that the guest typed."""
        event_type = subject.event_type
        hosts: list[User] = [host.user for host in subject.hosts]
        minutes = request.duration_minutes or event_type.duration_minutes
        del session
        return Mail(
            event_key=f"wish-{row.id}",
            news=AddressCheck(
                title=event_type.title,
                start=request.start,
                end=Instant(request.start + minutes * 60),
                hosts=tuple(Person(address=host.email, name=host.name) for host in hosts[:3]),
                until=row.expires_at,
            ),
            recipient=Recipient(
                address=request.guest.email,
                part=Part.GUEST,
                time_zone=request.time_zone,
                locale=request.guest.locale,
            ),
            link=f"{self._base_url}/booking/confirm?token={wish_token(self._secret_key, row.id)}",
            user_id=hosts[0].id,
            expires_at=row.expires_at,
        )

    def get(self, wish_id: int) -> WishView:
        """Return a wish, waiting or not. Errors: NotFound once it is forgotten."""
        with reading() as session:
            row = _found(session, wish_id)
            return _view(row, self._request(row))

    def confirm(self, wish_id: int) -> BookingView:
        """Book what was wished for; a wish that was confirmed before is its booking.

        Errors: NotFound once it has run out; those of booking.
        """
        with reading() as session:
            row = _found(session, wish_id)
            request = self._request(row)
        if row.booking_uid is not None:
            return self._bookings.get(row.booking_uid)
        if row.expires_at <= self._clock.now():
            raise NotFound("This link has ended, and its time was given back. Choose one anew.")

        def note(session: Session, view: BookingView) -> None:
            noted = session.connection().execute(
                update(Wish)
                .where(Wish.id == wish_id, Wish.booking_uid.is_(None))
                .values(booking_uid=view.uid)
            )
            if noted.rowcount != 1:
                raise IllegalTransition("This was confirmed already.")

        wanted = replace(request, hold_id=row.hold_id, is_verified=True)
        return retry_once(lambda: self._bookings.book(wanted, note))

    def forget_old(self) -> int:
        """Drop the wishes that ran out more than a day ago; return how many."""
        ended = Wish.expires_at < self._clock.now() - _FORGOTTEN_AFTER
        with writing() as session:
            return session.connection().execute(delete(Wish).where(ended)).rowcount

    def forget_guest(self, email: str) -> None:
        """Drop the wishes of an address; their times are free once their holds run out."""
        with writing() as session:
            for row in session.scalars(select(Wish)).all():
                if self._is_of(row, email):
                    session.delete(row)

    def _is_of(self, row: Wish, email: str) -> bool:
        """Tell whether a wish is this address's; what no key opens is of no use to anybody."""
        try:
            return self._request(row).guest.email.lower() == email.lower()
        except SealBroken:
            return True

    def _request(self, row: Wish) -> BookingRequest:
        plain = self._cipher.open(row.sealed, sealed_place(row.id))
        return _request_from(json.loads(plain))


def sealed_place(wish_id: int) -> str:
    """Name where a guest's sealed form lives."""
    return place("wishes", wish_id, "sealed")


def _request_from(fields: dict[str, Any]) -> BookingRequest:
    guest = Guest(**fields.pop("guest"))
    others = tuple(fields.pop("additional_guests"))
    return BookingRequest(guest=guest, additional_guests=others, **fields)


def _found(session: Session, wish_id: int) -> Wish:
    row = session.get(Wish, wish_id)
    if row is None:
        raise NotFound("This link has ended. Choose a time anew.")
    return row


def _view(row: Wish, request: BookingRequest) -> WishView:
    return WishView(
        id=row.id,
        event_type_id=row.event_type_id,
        start=request.start,
        duration_minutes=request.duration_minutes,
        time_zone=request.time_zone,
        email=request.guest.email,
        expires_at=row.expires_at,
        booking_uid=row.booking_uid,
    )
