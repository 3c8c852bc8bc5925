"""E-mail addresses as they may stand in a header: checked, and built by the library.

Measured: a comma in a To field written as text makes a second recipient. So the address is
narrower than RFC 5322 allows, and a display name loses what separates addresses.
"""

from __future__ import annotations

import re
from contextlib import suppress
from email.headerregistry import Address

from booking.core.errors import InvalidInput
from booking.core.text import clean_line

_LONGEST = 254
_LONGEST_LOCAL_PART = 64
_LONGEST_NAME = 100
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_SEPARATORS = re.compile(r'[,;:<>@"()\[\]\\]')


def mailable(address: str) -> str:
    """Return the address as SMTP takes it, its domain in ASCII.

    Errors: InvalidInput for anything that is not one plain address. A local part beyond ASCII
    needs SMTPUTF8 (RFC 6531), which few servers on the way offer.
    """
    local, at, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    whole = f"{local}@{ascii_domain}"
    if (
        not at
        or len(whole) > _LONGEST
        or len(local) > _LONGEST_LOCAL_PART
        or _LOCAL_PART.fullmatch(local) is None
        or _DOMAIN.fullmatch(ascii_domain) is None
    ):
        raise InvalidInput.at("/address", "Mail cannot be sent to this address.")
    return whole


def spellings(address: str) -> frozenset[str]:
    """Return how an address may stand in the outbox: as it was given, and as SMTP takes it."""
    plain = address.lower()
    with suppress(InvalidInput):
        return frozenset((plain, mailable(plain)))
    return frozenset((plain,))


def header_address(address: str, name: str = "") -> Address:
    """Return an address for a header. Errors: InvalidInput as above."""
    return Address(display_name=display_name(name), addr_spec=mailable(address))


def display_name(name: str) -> str:
    """Return a name on one line, without what could separate or end an address."""
    return header_text(_SEPARATORS.sub(" ", clean_line(name)))[:_LONGEST_NAME].strip()


def header_text(text: str) -> str:
    """Return text for a header: one line that nothing takes for an encoded word (RFC 2047).

    Measured with Python 3.11: a name that looks like an encoded word is decoded when the header
    is folded, line breaks included, so it would end the header.
    """
    return clean_line(text).replace("=?", "= ?")
