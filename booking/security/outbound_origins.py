"""Origins: what an address is, where a password may go, and which redirects are followed.

Leaves to others: which machines an origin's name may lead to (`outbound_addresses`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from requests import PreparedRequest

from booking.security.outbound_errors import AddressRefused, RedirectRefused

# What `requests` would spell no other way: without steps up, and without what is to be quoted.
_PLAIN: Final = re.compile(
    r"(https?://[a-z0-9.-]+(?::[1-9][0-9]*)?)(/(?!.*/\.)(?!\.)[A-Za-z0-9._~!$&'()*+,;=:@/-]*)",
    re.ASCII,
)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def origin_of(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port, with the scheme's own port filled in.

    Errors: AddressRefused for anything but a plain http or https address.
    """
    parts = _split(url)
    return parts.scheme, (parts.hostname or "").rstrip("."), _port_of(parts)


def parted(url: str) -> tuple[str, str]:
    """Return an address as its origin and what is asked for there, both spelled in ASCII.

    Errors: AddressRefused, and what `requests` raises for an address that it cannot spell.
    """
    plain = _PLAIN.fullmatch(url)
    if plain is not None:
        return plain.group(1), plain.group(2)
    origin_of(url)
    request = PreparedRequest()
    request.prepare_url(url, None)
    spelled = urlsplit(str(request.url))
    query = f"?{spelled.query}" if spelled.query else ""
    return f"{spelled.scheme}://{spelled.netloc}", f"{spelled.path or '/'}{query}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port != 0
    except ValueError:
        raise AddressRefused.because("This is not an address that can be called.") from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or not port_is_fine:
        raise AddressRefused.because("The address must begin with https:// and name a host.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused.because(
            "The address must not contain a user name or password. Use the fields for them."
        )
    return parts


def _port_of(parts: SplitResult) -> int:
    return parts.port or _DEFAULT_PORTS[parts.scheme]


@dataclass(frozen=True, slots=True)
class CredentialScope:
    """Where a password may go: its own origin, and https on the hosts its provider is known by.

    Shapes: `hosts` are names or patterns such as `*.icloud.com`.
    """

    home: str
    hosts: tuple[str, ...] = ()

    def covers(self, url: str) -> bool:
        """Tell whether credentials may be sent to this address."""
        origin = origin_of(url)
        if origin == origin_of(self.home):
            return True
        scheme, host, port = origin
        return (
            scheme == "https"
            and port == _DEFAULT_PORTS[scheme]
            and any(fnmatchcase(host, pattern) for pattern in self.hosts)
        )


def located(url: str, location: str) -> str:
    """Return the absolute address that an answer at `url` leads to. Errors: RedirectRefused."""
    try:
        return urljoin(url, location)
    except ValueError:
        raise RedirectRefused("") from None


def followed(url: str, location: str) -> str:
    """Return where to ask again: the same origin, or the same host with TLS.

    Errors: RedirectRefused.
    """
    target = located(url, location)
    try:
        old, new = origin_of(url), origin_of(target)
    except AddressRefused:
        raise RedirectRefused(target) from None
    if new != old and not _is_upgrade(old, new):
        raise RedirectRefused(target)
    return target


def _is_upgrade(old: tuple[str, str, int], new: tuple[str, str, int]) -> bool:
    return old == ("http", old[1], 80) and new == ("https", old[1], 443)
