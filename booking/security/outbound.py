"""The one guarded client for every address that a user gave: calendars, feeds, webhooks.

Refuses private networks, odd ports and foreign redirects; bounds time and size; sends no
cookies, no netrc and through no proxy. What an HTTP status means is left to the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
import urllib3
from requests import PreparedRequest, Response

from booking.security.outbound_addresses import (
    AddressGuard,
    PrivateHosts,
    Resolve,
    system_resolve,
)
from booking.security.outbound_errors import (
    AddressRefused,
    RedirectRefused,
    Step,
    too_large,
    translated,
)
from booking.security.outbound_exchange import exchange, within
from booking.security.outbound_sockets import CONNECT_SECONDS, GuardedAdapter

__all__ = [
    "AddressRefused",
    "CredentialScope",
    "OutboundClient",
    "OutboundSession",
    "PrivateHosts",
    "RedirectRefused",
    "Step",
    "origin_of",
    "within",
]

READ_SECONDS: Final = 15.0
TOTAL_SECONDS: Final = 60.0
MAX_BYTES: Final = 10 * 1024 * 1024
MAX_REDIRECTS: Final = 3

_CHUNK = 65536
_SIP = 512
_USER_AGENT = "Booking (calendar client)"
# Methods that change nothing: may be sent again when a kept-alive connection turns out dead.
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port, with the scheme's own port filled in.

    Errors: AddressRefused for anything but a plain http or https address.
    """
    parts = _split(url)
    return parts.scheme, (parts.hostname or "").rstrip("."), _port_of(parts)


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


class OutboundSession(requests.Session):
    """A requests session whose every path is guarded; cheap, one per connection and thread."""

    def __init__(
        self,
        adapter: GuardedAdapter,
        *,
        provider: str,
        scope: CredentialScope | None,
        seconds: float,
        max_bytes: int,
        redirects: int,
        cut: bool = False,
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.headers["User-Agent"] = _USER_AGENT
        self.headers["Accept-Encoding"] = "gzip, deflate"
        self.adapters.clear()
        self._guarded = adapter
        self._provider = provider
        self._scope = scope
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._redirects = redirects
        self._cut = cut

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> Response:
        """Send one request and read its whole answer. Proxies, `verify` and `timeout` are ours.

        Errors: AddressRefused, RedirectRefused, Unreachable, BadAnswer.
        """
        with exchange(self._provider, self._seconds):
            try:
                return super().request(method, url, *args, **kwargs)
            except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:
                raise translated(error) from error

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:
        """Send a prepared request, following redirects within the same origin."""
        response = self._once(request)
        if kwargs.get("allow_redirects", True):
            for _ in range(self._redirects):
                if not _redirects(response):
                    break
                request = _redirected(request, response)
                response = self._once(request)
            if _redirects(response):
                raise RedirectRefused(_location(request, response))
        return response

    def close(self) -> None:
        """Do nothing: the pool belongs to the client and is shared."""

    def _once(self, request: PreparedRequest) -> Response:
        url = str(request.url)
        origin_of(url)
        has_credentials = "Authorization" in request.headers
        if has_credentials and self._scope is not None and not self._scope.covers(url):
            raise AddressRefused.foreign()
        response = self._answer(request)
        try:
            # The attributes that `requests` itself fills when it has read a body.
            read = _beginning if self._cut else _body
            response._content = read(response, self._max_bytes)  # noqa: SLF001
            response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001
        finally:
            response.close()
        return response

    def _answer(self, request: PreparedRequest) -> Response:
        timeout = (CONNECT_SECONDS, READ_SECONDS)
        try:
            return self._guarded.send(request, stream=True, timeout=timeout)
        except requests.exceptions.ConnectionError as error:
            if request.method not in _SAFE or not _was_dropped(error):
                raise
        return self._guarded.send(request, stream=True, timeout=timeout)


def _was_dropped(error: requests.exceptions.ConnectionError) -> bool:
    return any(isinstance(cause, urllib3.exceptions.ProtocolError) for cause in error.args)


def _body(response: Response, limit: int) -> bytes:
    size, chunks = 0, []
    for chunk in response.iter_content(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _beginning(response: Response, limit: int) -> bytes:
    """Return at most `limit` bytes; whatever ends the reading sooner only ends it."""
    read = b""
    with suppress(requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        for chunk in response.iter_content(_SIP):
            read += chunk
            if len(read) >= limit:
                break
    return read[:limit]


def _redirects(response: Response) -> bool:
    return response.status_code in _REDIRECTS and "Location" in response.headers


def _location(request: PreparedRequest, response: Response) -> str:
    try:
        return urljoin(str(request.url), response.headers["Location"])
    except ValueError:
        raise RedirectRefused("") from None


def _redirected(request: PreparedRequest, response: Response) -> PreparedRequest:
    """Repeat the same method and body at the new place, if that is the same place."""
    location = _location(request, response)
    try:
        old, new = origin_of(str(request.url)), origin_of(location)
    except AddressRefused:
        raise RedirectRefused(location) from None
    if new != old and not _is_upgrade(old, new):
        raise RedirectRefused(location)
    following = request.copy()
    following.prepare_url(location, None)
    return following


def _is_upgrade(old: tuple[str, str, int], new: tuple[str, str, int]) -> bool:
    return old == ("http", old[1], 80) and new == ("https", old[1], 443)


class OutboundClient:
    """Makes guarded sessions over one shared pool. One per process; thread-safe."""

    def __init__(
        self,
        private_hosts: Iterable[str] = (),
        *,
        ca_bundle: str | None = None,
        resolve: Resolve = system_resolve,
    ) -> None:
        """Take the operator's list (see PrivateHosts.parse) and an extra CA file, if any.

        Errors: ValueError for an entry that cannot be read.
        """
        guard = AddressGuard(private=PrivateHosts.parse(private_hosts), resolve=resolve)
        self._adapter = GuardedAdapter(guard, ca_bundle)

    def session(
        self,
        provider: str,
        *,
        scope: CredentialScope | None = None,
        seconds: float = TOTAL_SECONDS,
        max_bytes: int = MAX_BYTES,
        redirects: int = MAX_REDIRECTS,
        cut: bool = False,
    ) -> OutboundSession:
        """Make a session whose errors name `provider`.

        Units: `seconds` bounds one request with its redirects; `max_bytes` are decoded bytes.
        `cut`: a longer answer is no error, its beginning is returned; the status is what counts.
        Use `within(2)` around several requests to bound them together.
        """
        return OutboundSession(
            self._adapter,
            provider=provider,
            scope=scope,
            seconds=seconds,
            max_bytes=max_bytes,
            redirects=redirects,
            cut=cut,
        )

    def close(self) -> None:
        """Close every pooled connection."""
        self._adapter.close()
