"""Addresses of collections and objects in one spelling, so that they can be compared.

Servers spell one name as `%40` and `@`, or `%c3` and `%C3`, as they please, and behind a proxy
name a wrong scheme or port.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

from booking.calendars.ports import Step
from booking.calendars.providers.caldav.errors import bad_answer

_OWN_PORTS = {"http": ":80", "https": ":443"}
# RFC 3986, 3.3: what may stand unquoted in a path.
_LITERAL = "/@!$&'()*+,;=:~"
# A path that is canonical as it stands: nothing quoted, no steps up, no second host.
_PLAIN = re.compile(r"(?:/(?!\.)[A-Za-z0-9_.~@!$&'()*+,=:-]+)+/?", re.ASCII)


def canonical_path(path: str) -> str:
    """Return a path with everything unquoted that may be, and quoted the rest."""
    return quote(unquote_to_bytes(path), safe=_LITERAL)


def resolve(base: str, href: str) -> str:
    """Return the absolute address that `href` means at `base`, in canonical spelling.

    A reference to the same host keeps our scheme and port, whatever a proxy made of them.
    Errors: BadAnswer for what is no address at all.
    """
    try:
        here, there = urlsplit(base), urlsplit(urljoin(base, href.strip()))
    except ValueError:
        raise bad_answer(Step.READ) from None
    origin = here if there.hostname == here.hostname else there
    return urlunsplit((origin.scheme, _place(origin), canonical_path(there.path), "", ""))


def _place(parts: SplitResult) -> str:
    """Return host and port, lower case, without a port that goes without saying."""
    return parts.netloc.lower().removesuffix(_OWN_PORTS.get(parts.scheme, ":"))


def key_of(base: str, href: str) -> str:
    """Return an object's key: its canonical path, without scheme and host."""
    if _PLAIN.fullmatch(href):
        return href
    return urlsplit(resolve(base, href)).path


def member_of(calendar: str, name: str) -> str:
    """Return the key of the object called `name` in a calendar."""
    key = f"{_path(calendar)}{name}"
    return key if _PLAIN.fullmatch(key) else key_of(calendar, urljoin(calendar, name))


@lru_cache(maxsize=256)
def _path(calendar: str) -> str:
    """Return where the names of a calendar's objects begin."""
    return key_of(calendar, calendar).rpartition("/")[0] + "/"


def address_of(calendar: str, key: str) -> str:
    """Return the absolute address of an object of a calendar."""
    return _origin(calendar) + key if _PLAIN.fullmatch(key) else urljoin(calendar, key)


@lru_cache(maxsize=256)
def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def as_collection(url: str) -> str:
    """Return the address with the final slash that a collection has."""
    return url if url.endswith("/") else f"{url}/"


def last_segment(url: str) -> str:
    """Return the last name in a path, unquoted."""
    path = urlsplit(url).path.rstrip("/")
    return unquote_to_bytes(path.rpartition("/")[2]).decode(errors="replace")
