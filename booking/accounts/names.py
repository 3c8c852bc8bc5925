"""What an e-mail address and a username may look like.

A username stands at the top of the site's addresses, so the words that pages use there now, or
may use later, are reserved.
"""

from __future__ import annotations

import re
from typing import Final

from booking.core.errors import InvalidInput
from booking.core.ids import is_slug
from booking.core.text import clean_line

_LONGEST_EMAIL = 254
_LONGEST_LOCAL_PART = 64
_SHORTEST_USERNAME = 2
_LONGEST_USERNAME = 64
# Deliberately narrower than RFC 5322: no quoted local parts, comments or address literals.
_LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_](?:[\w-]{0,61}[^\W_])?")

RESERVED: Final = frozenset(
    """
    about account accounts admin api apple-touch-icon assets auth availability billing blog book
    booking bookings calendar calendars connections contact dashboard docs download embed embed-js
    event-type event-types events favicon favicon-ico feed freebusy health healthz help holds home
    hooks host hosts html ics imprint index invite invites js legal login logout mail me metrics
    new oauth out-of-office pages pair pairs password privacy profile public readyz register
    resources robots robots-txt root schedule schedules security settings setup signin signout
    signup sitemap slots static status support sync system task tasks team teams terms travel
    troubleshoot user users webhook webhooks well-known wellknown www
    """.split()  # noqa: SIM905 - a block of words is easier to read than ninety quoted ones
)


def normal_email(text: str, pointer: str = "/email") -> str:
    """Return the address in the one form that is stored and compared: clean, lower-case.

    Errors: InvalidInput at `pointer`.
    """
    address = clean_line(text).lower()
    local, _, domain = address.rpartition("@")
    if (
        len(address) > _LONGEST_EMAIL
        or len(local) > _LONGEST_LOCAL_PART
        or _LOCAL_PART.fullmatch(local) is None
        or _DOMAIN.fullmatch(domain) is None
    ):
        raise InvalidInput.at(pointer, "Must be an e-mail address.")
    return address


def checked_username(text: str, pointer: str = "/username") -> str:
    """Return the username in lower case.

    Errors: InvalidInput at `pointer` where it cannot stand in an address, or is reserved.
    """
    username = clean_line(text).lower()
    if not _SHORTEST_USERNAME <= len(username) <= _LONGEST_USERNAME or not is_slug(username):
        raise InvalidInput.at(pointer, "Use 2 to 64 of a-z, 0-9 and inner hyphens.")
    if username in RESERVED:
        raise InvalidInput.at(pointer, "This name is reserved. Choose another one.")
    return username
