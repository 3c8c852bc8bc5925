"""What can go wrong on the way out, in fixed categories; nothing of a remote answer is repeated.

Which HTTP status means what is left to the providers.
"""

from __future__ import annotations

from enum import StrEnum

import requests
import urllib3

from booking.core.errors import BadAnswer, ProviderError, Unreachable
from booking.security.outbound_exchange import current_provider


class Step(StrEnum):
    """What was being done when it failed."""

    ADDRESS = "address"
    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    ANSWER = "answer"
    REDIRECT = "redirect"
    SIZE = "size"


_MESSAGES = {
    Step.RESOLVE: "The server's name was not found. Check the spelling of the address.",
    Step.CONNECT: "The server does not accept connections. Check the address and the port, "
    "and whether the server is running.",
    Step.TLS: "The server's certificate could not be verified, so nothing was sent to it.",
    Step.ANSWER: "The server did not answer in time or closed the connection.",
}


class AddressRefused(Unreachable):
    """The address is one that this installation does not connect to."""

    default_message = "This address cannot be used."

    @classmethod
    def because(cls, message: str) -> AddressRefused:
        """Say why, with what to do."""
        return cls(message, provider=current_provider(), step=Step.ADDRESS)

    @classmethod
    def private(cls) -> AddressRefused:
        """Refuse: the name leads into a private network."""
        return cls.because(
            "This address leads to a private network. The operator of this installation can "
            "allow it in BOOKING_OUTBOUND_PRIVATE_HOSTS."
        )

    @classmethod
    def port(cls) -> AddressRefused:
        """Refuse: the port is not one of the web's."""
        return cls.because(
            "Only the ports 80, 443 and 8443 can be reached. The operator of this installation "
            "can allow others in BOOKING_OUTBOUND_PRIVATE_HOSTS."
        )

    @classmethod
    def plain(cls) -> AddressRefused:
        """Refuse: a password would have travelled unencrypted."""
        return cls.because("A password is only sent over an encrypted connection. Use https://.")

    @classmethod
    def foreign(cls) -> AddressRefused:
        """Refuse: the credentials were not given for the host that the server named."""
        return cls.because(
            "The server refers to another host, where your password is not sent. "
            "Enter the address of that host, or choose your provider from the list."
        )


class RedirectRefused(BadAnswer):
    """The server sends us elsewhere; `location` is where (an absolute address)."""

    default_message = (
        "The server redirects to another address. Enter the final address of your calendar."
    )

    def __init__(self, location: str) -> None:
        super().__init__(provider=current_provider(), step=Step.REDIRECT)
        self.location = location


def unreachable(step: Step) -> Unreachable:
    """Make the error for a step that got no usable answer."""
    return Unreachable(_MESSAGES[step], provider=current_provider(), step=step)


def too_large() -> BadAnswer:
    """Make the error for an answer over the limit."""
    return BadAnswer(
        "The server's answer is too large.", provider=current_provider(), step=Step.SIZE
    )


def cut_short() -> BadAnswer:
    """Make the error for an answer that ended early or cannot be unpacked."""
    return BadAnswer(
        "The server's answer was cut short. Nothing was changed.",
        provider=current_provider(),
        step=Step.ANSWER,
    )


_BAD_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
    UnicodeError,
)
_CUT_SHORT = (
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    urllib3.exceptions.DecodeError,
)


def translated(error: Exception) -> ProviderError:
    """Turn an error of requests, urllib3 or the text codecs into one of ours."""
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, _BAD_ADDRESS):
        return AddressRefused.because("This is not an address that can be called.")
    if isinstance(error, requests.exceptions.SSLError):
        return unreachable(Step.TLS)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return unreachable(Step.CONNECT)
    if isinstance(error, _CUT_SHORT):
        return cut_short()
    return unreachable(Step.ANSWER)
