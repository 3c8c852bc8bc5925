"""Sends the mails that are due: one worker at a time, one connection a batch.

A try is counted before it is made, so crashes count. Whatever the server did before a connection
broke, the mail is repeated as the same message under the same Message-ID.
Leaves to others: when a failed mail is tried again (`jobs.retry`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.core.clock import Clock, monotonic
from booking.core.errors import BookingError
from booking.db import reading, writing
from booking.mail.errors import MailPutOff, MailRefused, MailServerAway
from booking.mail.models import MailMessage, MailState
from booking.mail.outbox import DUE_STATES, content_place, due_mails
from booking.mail.smtp import Line, Relay, opened
from booking.security.cipher import Cipher, SealBroken

_BATCH = 500
_BATCH_SECONDS = 40.0
_A_MOMENT = timedelta(seconds=1)
_TOO_LATE = "It was not sent in time and is pointless now."
_UNREADABLE = "The stored mail cannot be read with the present keys."
_log = logging.getLogger(__name__)

Again = Callable[[BookingError, int, datetime], datetime | None]
"""When a mail is tried again: of its error, its tries so far, and when it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A mail in our hands, opened."""

    id: int
    recipient: str
    message: bytes
    tries: int
    asked_at: datetime


class MailDelivery:
    """Hands due mails to the relay. `sender`: the envelope's address."""

    def __init__(self, *, relay: Relay | None, sender: str, cipher: Cipher, clock: Clock) -> None:
        self._relay = relay
        self._sender = sender
        self._cipher = cipher
        self._clock = clock

    def send_due(self, again: Again) -> int:
        """Send what is due, at most 500 mails or 40 seconds long; return how many were taken.

        Never raises for a mail's sake: what became of each stands in its row. Where the server
        is away the rest of the batch waits for the next one.
        """
        with reading() as session:
            ids = list(session.scalars(due_mails(self._clock.now()).limit(_BATCH)))
        if not ids or self._relay is None:
            return 0
        try:
            with opened(self._relay) as line:
                return self._send_all(line, ids, again)
        except MailServerAway as error:
            # No mail is at fault; each waits by the table, so a dead server is not hammered.
            self._all_failed(ids, error, again)
            return 0

    def _send_all(self, line: Line, ids: Sequence[int], again: Again) -> int:
        """Send mails in turn; that one was sent is noted together with the try of the next."""
        sent, began = 0, monotonic()
        before: _Open | None = None
        for mail_id in ids:
            if monotonic() - began > _BATCH_SECONDS:
                break
            mail = self._take(mail_id, before)
            before = None
            if mail is None:
                continue
            try:
                line.send(self._sender, mail.recipient, mail.message)
            except (MailRefused, MailPutOff) as error:
                self._failed(mail, error, again)
                if isinstance(error, MailServerAway):
                    break
            else:
                before = mail
                sent += 1
        if before is not None:
            with writing() as session:
                self._note_sent(session, before)
        return sent

    def _take(self, mail_id: int, before: _Open | None = None) -> _Open | None:
        """Count a try and return the mail, unless it is no longer to be sent.

        `before` was sent: that is noted first.
        """
        now = self._clock.now()
        with writing() as session:
            if before is not None:
                self._note_sent(session, before)
            row = session.get(MailMessage, mail_id)
            if row is None or row.state not in DUE_STATES or row.due_at > now:
                return None
            waits_until = _waits_until(session, row)
            if waits_until is not None:
                row.due_at = max(waits_until, now + _A_MOMENT)
                return None
            if row.expires_at is not None and row.expires_at <= now:
                row.state, row.error = MailState.SKIPPED, _TOO_LATE
                return None
            message = self._opened(row)
            if message is None:
                row.state, row.error = MailState.DEAD, _UNREADABLE
                return None
            row.tries += 1
            return _Open(
                id=row.id,
                recipient=row.recipient,
                message=message,
                tries=row.tries,
                asked_at=row.asked_at,
            )

    def _opened(self, row: MailMessage) -> bytes | None:
        if row.content is None:
            return None
        try:
            return self._cipher.open(row.content, content_place(row.id)).encode("ascii")
        except SealBroken:
            return None

    def _note_sent(self, session: Session, mail: _Open) -> None:
        row = session.get(MailMessage, mail.id)
        if row is not None:
            row.state, row.error = MailState.SENT, None
            row.sent_at = self._clock.now()

    def _failed(self, mail: _Open, error: BookingError, again: Again) -> None:
        due_at = again(error, mail.tries, mail.asked_at)
        _log.warning(
            "mail.failed id=%s tries=%s code=%s again=%s",
            mail.id,
            mail.tries,
            error.code,
            due_at.isoformat() if due_at else "never",
        )
        with writing() as session:
            row = session.get(MailMessage, mail.id)
            if row is None:
                return
            row.error = error.message
            if due_at is None:
                row.state = MailState.DEAD
            else:
                row.state, row.due_at = MailState.FAILED, due_at

    def _all_failed(self, ids: Sequence[int], error: MailServerAway, again: Again) -> None:
        for mail_id in ids:
            mail = self._take(mail_id)
            if mail is not None:
                self._failed(mail, error, again)


def _waits_until(session: Session, row: MailMessage) -> datetime | None:
    """Return when an earlier mail about the same booking to the same person is tried again.

    They arrive in order, as a withdrawn invitation that comes before the invitation withdraws
    nothing. None where there is no earlier one any more.
    """
    if row.booking_uid is None:
        return None
    query = (
        select(MailMessage.due_at)
        .where(
            MailMessage.booking_uid == row.booking_uid,
            MailMessage.recipient == row.recipient,
            MailMessage.id < row.id,
            MailMessage.state.in_(DUE_STATES),
        )
        .order_by(MailMessage.id)
    )
    return session.scalars(query.limit(1)).first()
