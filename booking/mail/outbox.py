"""The outbox of mails: a mail is kept in the transaction that makes it necessary.

It is composed at once, so that every repetition is the same message under the same Message-ID.
Leaves to others: sending (`delivery`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_string

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from booking.core.clock import Clock
from booking.core.errors import Conflict, InvalidInput, NotFound
from booking.core.ids import new_id
from booking.db import lock_subjects, reading, writing
from booking.mail.addresses import mailable
from booking.mail.messages import POLICY, compose, message_id
from booking.mail.models import MailMessage, MailState
from booking.mail.values import House, Kind, Mail
from booking.queue import outbox
from booking.security.cipher import Cipher, SealBroken, place

SEND = "mail.send"
MOST_TO_UNVERIFIED = 10
DUE_STATES = (MailState.WAITING, MailState.FAILED)
_UNVERIFIED_DAY = timedelta(days=1)
_BODIES_LAST = timedelta(days=30)
_ROWS_LAST = timedelta(days=365)
_ADDRESSES = 7  # the namespace of advisory locks on addresses
_TOO_MANY = "This address, which nobody confirmed, got ten mails within a day."
_NO_SUCH = "There is no such mail."
_NO_SERVER = "No mail server is set (BOOKING_SMTP_URL)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a mail says, for who may read it: subject and plain text."""

    delivery: Delivery
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A mail as hosts see it listed: without its words. Moments are aware UTC."""

    id: int
    booking_uid: str | None
    kind: str
    part: str
    recipient: str
    message_id: str
    state: str
    tries: int
    error: str | None
    created_at: datetime
    sent_at: datetime | None
    can_be_sent_again: bool


class MailOutbox:
    """Keeps mails, lists them, and sends one again on demand."""

    def __init__(self, *, clock: Clock, cipher: Cipher, house: House, is_configured: bool) -> None:
        self._clock = clock
        self._cipher = cipher
        self._house = house
        self._is_configured = is_configured

    @property
    def is_configured(self) -> bool:
        """Tell whether mails are sent at all."""
        return self._is_configured

    def post(self, session: Session, *mails: Mail) -> tuple[int, ...]:
        """Keep mails in the caller's unit, which must be one that writes; return their ids.

        What was told before is kept once: the same `event_key` and recipient give the same row.
        Never fails for a mail's sake: one that cannot be sent is listed with its reason. Give all
        mails of a unit in one call: their addresses are locked in one order.
        """
        _alone_with(session, [mail.recipient.address for mail in mails if _is_counted(mail)])
        rows = [self._kept(session, mail) for mail in mails]
        if any(row.state == MailState.WAITING for row in rows):
            outbox.add(session, SEND, {}, now=self._clock.now(), dedup_key=SEND)
        return tuple(row.id for row in rows)

    def _kept(self, session: Session, mail: Mail) -> MailMessage:
        name = message_id(mail, self._house)
        known = session.scalar(select(MailMessage).where(MailMessage.message_id == name))
        if known is not None:
            return known
        row = self._row(mail, name)
        self._decide(session, row, mail)
        session.add(row)
        session.flush()
        return row

    def _row(self, mail: Mail, name: str) -> MailMessage:
        now = self._clock.now()
        return MailMessage(
            id=new_id(),
            message_id=name,
            user_id=mail.user_id,
            booking_uid=mail.meeting.uid if mail.meeting else None,
            kind=mail.news.kind,
            part=mail.recipient.part,
            recipient=mail.recipient.address.lower()[:320],
            is_verified=mail.recipient.is_verified,
            brake_key=mail.brake_key or None,
            state=MailState.WAITING,
            tries=0,
            due_at=now,
            expires_at=mail.expires_at,
            asked_at=now,
            created_at=now,
        )

    def _decide(self, session: Session, row: MailMessage, mail: Mail) -> None:
        """Compose the mail, and say where it stands if it is not to be sent."""
        try:
            row.recipient = mailable(row.recipient)
            body = compose(mail, self._house, row.created_at).as_bytes().decode("ascii")
        except InvalidInput as error:
            row.state, row.error = MailState.DEAD, error.fields[0].detail
            return
        row.content = self._cipher.seal(body, content_place(row.id))
        is_limited = mail.is_limited and not row.is_verified
        if is_limited and _sent_lately(session, row) >= MOST_TO_UNVERIFIED:
            row.state, row.error = MailState.SKIPPED, _TOO_MANY
        elif not self._is_configured:
            row.state, row.error = MailState.NOT_CONFIGURED, _NO_SERVER

    def of_booking(self, booking_uid: str) -> tuple[Delivery, ...]:
        """Return every mail about a booking, the oldest first."""
        with reading() as session:
            query = select(MailMessage).where(MailMessage.booking_uid == booking_uid)
            ordered = query.order_by(MailMessage.created_at, MailMessage.id)
            return tuple(_delivery(row) for row in session.scalars(ordered))

    def read_about(self, booking_uid: str, mail_id: int) -> Words:
        """Return what a mail about a booking says.

        Errors: NotFound, also where its words are forgotten or cannot be opened any more.
        """
        with reading() as session:
            row = session.get(MailMessage, mail_id)
        if row is None or row.booking_uid != booking_uid or row.content is None:
            raise NotFound(_NO_SUCH)
        try:
            raw = self._cipher.open(row.content, content_place(row.id))
        except SealBroken:
            raise NotFound("This mail cannot be read with the present keys.") from None
        message = message_from_string(raw, policy=POLICY)
        body = message.get_body(("plain",))
        return Words(
            delivery=_delivery(row),
            subject=str(message["Subject"]),
            text=body.get_content() if body is not None else "",
        )

    def dead_of(self, user_id: int, limit: int = 50) -> tuple[Delivery, ...]:
        """Return a host's mails that were given up, the newest first."""
        with reading() as session:
            query = select(MailMessage).where(
                MailMessage.user_id == user_id, MailMessage.state == MailState.DEAD
            )
            ordered = query.order_by(MailMessage.created_at.desc()).limit(limit)
            return tuple(_delivery(row) for row in session.scalars(ordered))

    def send_again(self, mail_id: int, user_id: int) -> None:
        """Send one of a host's mails once more, as the same message under the same name.

        Errors: NotFound for an unknown mail or another host's; Conflict where its words are
        forgotten or no mail server is set.
        """
        with writing() as session:
            row = session.get(MailMessage, mail_id)
            if row is None or row.user_id != user_id:
                raise NotFound(_NO_SUCH)
            self._ask_again(session, row)

    def send_again_about(self, booking_uid: str, mail_id: int) -> Delivery:
        """Send a mail about a booking once more, for whoever may see the booking.

        Errors: as for `send_again`.
        """
        with writing() as session:
            row = session.get(MailMessage, mail_id)
            if row is None or row.booking_uid != booking_uid:
                raise NotFound(_NO_SUCH)
            self._ask_again(session, row)
            return _delivery(row)

    def _ask_again(self, session: Session, row: MailMessage) -> None:
        if row.content is None:
            raise Conflict("This mail cannot be sent again: its words are not kept.")
        if not self._is_configured:
            raise Conflict(_NO_SERVER)
        now = self._clock.now()
        row.state, row.tries, row.error = MailState.WAITING, 0, None
        row.due_at = row.asked_at = now
        row.expires_at = None
        outbox.add(session, SEND, {}, now=now, dedup_key=SEND)

    def withdraw(self, session: Session, booking_uid: str, kind: Kind, why: str) -> None:
        """Let mails of a kind about a booking, that nobody was sent yet, go nowhere any more."""
        session.execute(
            update(MailMessage)
            .where(
                MailMessage.booking_uid == booking_uid,
                MailMessage.kind == kind,
                MailMessage.state.in_(DUE_STATES),
            )
            .values(state=MailState.SKIPPED, error=why)
            .execution_options(synchronize_session=False)
        )

    def ask_due(self) -> None:
        """Ask for the job where mails are due again."""
        now = self._clock.now()
        with reading() as session:
            is_due = session.scalar(due_mails(now).limit(1)) is not None
        if is_due and self._is_configured:
            with writing() as session:
                outbox.add(session, SEND, {}, now=now, dedup_key=SEND)

    def forget_old(self) -> None:
        """Drop the words of mails after 30 days and the mails themselves after a year."""
        now = self._clock.now()
        with writing() as session:
            session.execute(
                update(MailMessage)
                .where(
                    MailMessage.created_at < now - _BODIES_LAST,
                    MailMessage.content.is_not(None),
                    MailMessage.state.not_in(DUE_STATES),
                )
                .values(content=None)
            )
            session.execute(delete(MailMessage).where(MailMessage.created_at < now - _ROWS_LAST))


def due_mails(now: datetime) -> Select[int]:
    """Return the query for ids of mails that are to be tried now, the longest due first."""
    return (
        select(MailMessage.id)
        .where(MailMessage.state.in_(DUE_STATES), MailMessage.due_at <= now)
        .order_by(MailMessage.due_at, MailMessage.id)
    )


def content_place(mail_id: int) -> str:
    """Name where a mail's sealed words live."""
    return place("mail_messages", mail_id, "content")


def _is_counted(mail: Mail) -> bool:
    """Tell whether others who mail this address at the same time have to wait.

    Mails to an unverified address are counted; a notice may be told twice at once. Changes of
    bookings are told once each by whoever tells them.
    """
    return not mail.recipient.is_verified or mail.meeting is None


def _alone_with(session: Session, addresses: list[str]) -> None:
    """Hold these addresses until the unit ends, so that their mails are counted exactly."""
    digests = [hashlib.sha256(one.lower().encode()).digest() for one in addresses]
    lock_subjects(session, _ADDRESSES, [int.from_bytes(one[:6], "big") for one in digests])


def _sent_lately(session: Session, row: MailMessage) -> int:
    """Count what went to an unverified address within a day, the mails of one brake key as one."""
    counted = func.coalesce(MailMessage.brake_key, MailMessage.message_id)
    query = select(func.count(counted.distinct())).where(
        MailMessage.recipient == row.recipient,
        MailMessage.is_verified.is_(False),
        MailMessage.created_at > row.created_at - _UNVERIFIED_DAY,
        MailMessage.state.not_in((MailState.SKIPPED, MailState.DEAD)),
        counted != (row.brake_key or row.message_id),
    )
    return session.scalar(query) or 0


def _delivery(row: MailMessage) -> Delivery:
    return Delivery(
        id=row.id,
        booking_uid=row.booking_uid,
        kind=row.kind,
        part=row.part,
        recipient=row.recipient,
        message_id=row.message_id,
        state=row.state,
        tries=row.tries,
        error=row.error,
        created_at=row.created_at,
        sent_at=row.sent_at,
        can_be_sent_again=row.content is not None,
    )
