"""How sending a mail fails. Messages name codes; they never repeat a server's words."""

from __future__ import annotations

from booking.core.errors import BookingError, InvalidInput


class MailRefused(InvalidInput):
    """The server will never take this mail to this address: no use in trying again."""

    code = "mail_refused"

    def __init__(self, message: str) -> None:
        super().__init__(message=message)


class MailPutOff(BookingError):
    """The server does not take this mail now: tried again later; others may go through."""

    code = "mail_put_off"


class MailServerAway(MailPutOff):
    """The server cannot be spoken with at all: the others need not be tried now."""

    code = "mail_server_away"
