"""The mails about a booking, for its hosts: what was told to whom, in which words, and again."""

from __future__ import annotations

from booking.bookings.access import found
from booking.db import reading
from booking.mail.outbox import Delivery, MailOutbox, Words


class BookingMailbox:
    """Lists the mails of bookings and sends one again."""

    def __init__(self, *, outbox: MailOutbox) -> None:
        self._outbox = outbox

    def list(self, uid: str, *, host_id: int) -> tuple[Delivery, ...]:
        """Return every mail about a booking, the oldest first. Errors: NotFound."""
        self._check(uid, host_id)
        return self._outbox.of_booking(uid)

    def read(self, uid: str, mail_id: int, *, host_id: int) -> Words:
        """Return what a mail about a booking says. Errors: NotFound."""
        self._check(uid, host_id)
        return self._outbox.read_about(uid, mail_id)

    def send_again(self, uid: str, mail_id: int, *, host_id: int) -> Delivery:
        """Send a mail about a booking once more, as the same message under the same name.

        Errors: NotFound; Conflict where its words are forgotten or no mail server is set.
        """
        self._check(uid, host_id)
        return self._outbox.send_again_about(uid, mail_id)

    def _check(self, uid: str, host_id: int) -> None:
        with reading() as session:
            found(session, uid, host_id)
