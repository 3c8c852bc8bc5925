"""Hands messages to the SMTP server of `BOOKING_SMTP_URL`, many over one connection.

Leaves to others: which mails, and when they are tried again. Source: RFC 5321, RFC 3207 (STARTTLS),
RFC 8314 (TLS from the start).
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from booking.mail.errors import MailPutOff, MailRefused, MailServerAway

_PORTS = {"smtp": 587, "smtps": 465}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_TRANSIENT = 500
_SERVICE_ENDS = 421
_SIGN_IN_FIRST = frozenset({530, 534, 535, 538})
_ENHANCED = re.compile(rb"\b[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """An SMTP server. `tls`: `always` (from the start), `upgrade` (STARTTLS) or `none`.

    `timeout` in seconds, for every step. `ca_bundle`: a file trusted besides the usual.
    """

    host: str
    port: int
    tls: str
    username: str = ""
    password: str = field(default="", repr=False)
    ca_bundle: str | None = None
    timeout: float = 15.0


def relay_of(url: str, ca_bundle: str | None = None) -> Relay:
    """Return the server a checked `SMTP_URL` names.

    `smtps://` is TLS from the start. `smtp://` must be raised to TLS by STARTTLS, except on this
    machine or where `?tls=none` says that the network between is trusted.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_plain = host in _LOOPBACK or parse_qs(parts.query).get("tls") == ["none"]
    plain = "none" if is_plain else "upgrade"
    return Relay(
        host=host,
        port=parts.port or _PORTS[parts.scheme],
        tls="always" if parts.scheme == "smtps" else plain,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        ca_bundle=ca_bundle,
    )


class Line:
    """An open connection; `send` may be called many times."""

    def __init__(self, connection: smtplib.SMTP) -> None:
        self._connection = connection

    def send(self, sender: str, recipient: str, message: bytes) -> None:
        """Hand over one message.

        Errors: MailRefused for a permanent no, MailPutOff for a no that may change,
        MailServerAway where the connection is lost; the server may then have taken it all the same.
        """
        try:
            self._connection.sendmail(sender, [recipient], message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _answer(*next(iter(error.recipients.values())), "the recipient") from error
        except smtplib.SMTPSenderRefused as error:
            raise _answer(error.smtp_code, error.smtp_error, "the sender") from error
        except smtplib.SMTPDataError as error:
            raise _answer(error.smtp_code, error.smtp_error, "the message") from error
        except (smtplib.SMTPException, OSError) as error:
            raise _away("The connection to the mail server was lost.", error) from error


@contextmanager
def opened(relay: Relay) -> Iterator[Line]:
    """Open a connection, secured and signed in as the relay demands.

    Errors: MailServerAway, whatever stands in the way: none of it is a mail's fault.
    """
    connection: smtplib.SMTP | None = None
    try:
        connection = _connected(relay)
        _signed_in(connection, relay)
    except (smtplib.SMTPException, OSError) as error:
        if connection is not None:
            connection.close()
        raise _away("The mail server could not be reached.", error) from error
    try:
        yield Line(connection)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()
        connection.close()


def _connected(relay: Relay) -> smtplib.SMTP:
    if relay.tls == "always":
        context = _trust(relay)
        return smtplib.SMTP_SSL(relay.host, relay.port, timeout=relay.timeout, context=context)
    return smtplib.SMTP(relay.host, relay.port, timeout=relay.timeout)


def _signed_in(connection: smtplib.SMTP, relay: Relay) -> None:
    if relay.tls == "upgrade":
        connection.starttls(context=_trust(relay))
    if relay.username:
        connection.login(relay.username, relay.password)


def _trust(relay: Relay) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if relay.ca_bundle:
        context.load_verify_locations(relay.ca_bundle)
    return context


def _answer(code: int, text: bytes | str, about: str) -> MailRefused | MailPutOff:
    """Sort a server's no by its code; sign-in trouble is the operator's to mend, not the mail's."""
    raw = text if isinstance(text, bytes) else text.encode()
    enhanced = _ENHANCED.search(raw)
    shown = f"{code} {enhanced.group().decode()}" if enhanced else str(code)
    if code == _SERVICE_ENDS:
        return MailServerAway(f"The mail server ended the connection ({shown}).")
    if code < _TRANSIENT:
        return MailPutOff(f"The mail server put off {about} ({shown}).")
    if code in _SIGN_IN_FIRST:
        return MailServerAway(f"The mail server wants another sign-in ({shown}).")
    return MailRefused(f"The mail server refused {about} ({shown}).")


def _away(said: str, error: Exception) -> MailServerAway:
    cause = type(error).__name__
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return MailServerAway(f"The mail server refuses the sign-in ({error.smtp_code}).")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return MailServerAway("The mail server lacks STARTTLS or the sign-in that is set.")
    if isinstance(error, smtplib.SMTPResponseException):
        cause = str(error.smtp_code)
    return MailServerAway(f"{said} ({cause})")
