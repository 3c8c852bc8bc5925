"""The one guarded client for every address that a user gave: calendars, feeds, webhooks.

Refuses private networks, odd ports and foreign redirects; bounds time and size; sends no
cookies, no netrc and through no proxy. What an HTTP status means is left to the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

import requests
import urllib3
from requests import PreparedRequest, Response
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ClosedPoolError

from booking.security.outbound_addresses import (
    AddressGuard,
    PrivateHosts,
    Resolve,
    system_resolve,
)
from booking.security.outbound_answers import Reply, gathered
from booking.security.outbound_errors import (
    AddressRefused,
    RedirectRefused,
    Step,
    translated,
    unreachable,
)
from booking.security.outbound_exchange import exchange, within
from booking.security.outbound_line import READ_SECONDS, converse
from booking.security.outbound_origins import (
    CredentialScope,
    followed,
    located,
    origin_of,
    parted,
)
from booking.security.outbound_sockets import CONNECT_SECONDS, GuardedAdapter

__all__ = [
    "AddressRefused",
    "CredentialScope",
    "OutboundClient",
    "OutboundSession",
    "PrivateHosts",
    "RedirectRefused",
    "Reply",
    "Step",
    "origin_of",
    "within",
]

TOTAL_SECONDS: Final = 60.0
MAX_BYTES: Final = 10 * 1024 * 1024
MAX_REDIRECTS: Final = 3

_CHUNK = 65536
_SIP = 512
_USER_AGENT = "Booking (calendar client)"
_PACKING = "gzip, deflate"
_USUAL = {"User-Agent": _USER_AGENT, "Accept-Encoding": _PACKING, "Accept": "*/*"}
# Methods that change nothing: may be sent again when a kept-alive connection turns out dead.
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


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
        self.headers["Accept-Encoding"] = _PACKING
        self.adapters.clear()
        self._guarded = adapter
        self._provider = provider
        self._scope = scope
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._redirects = redirects
        self._cut = cut
        self._pools: dict[tuple[str, bool], HTTPConnectionPool] = {}

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> Response:
        """Send one request and read its whole answer. Proxies, `verify` and `timeout` are ours.

        Errors: AddressRefused, RedirectRefused, Unreachable, BadAnswer.
        """
        with exchange(self._provider, self._seconds):
            try:
                return super().request(method, url, *args, **kwargs)
            except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:
                raise translated(error) from error

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Send one request and read its whole answer, as `request` does, for a fifth of its time.

        `headers` go with the usual ones. Errors: as for `request`.
        """
        with exchange(self._provider, self._seconds):
            try:
                return self._led(method, url, {**_USUAL, **headers}, body)
            except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:
                raise translated(error) from error
            except ConnectionError:
                raise unreachable(Step.ANSWER) from None

    def _led(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Ask where `url` leads within its own origin."""
        for _ in range(self._redirects + 1):
            reply = self._asked(method, url, headers, body)
            location = reply.headers.get("location")
            if reply.status not in _REDIRECTS or location is None:
                return reply
            url = followed(url, location)
        raise RedirectRefused(url)

    def _asked(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        origin, target = parted(url)
        has_credentials = "Authorization" in headers
        for is_last in (False, True):
            pool = self._pool(origin, has_credentials=has_credentials)
            try:
                return converse(pool, method, target, headers, body, limit=self._max_bytes)
            except ClosedPoolError:
                self._pools.clear()  # nothing was sent: other origins have taken its place
            except ConnectionError:
                if is_last or method not in _SAFE:
                    raise
        raise unreachable(Step.ANSWER)

    def _pool(self, origin: str, *, has_credentials: bool) -> HTTPConnectionPool:
        """Return the connections to an origin. Errors: AddressRefused."""
        found = self._pools.get((origin, has_credentials))
        if found is None:
            if has_credentials and self._scope is not None and not self._scope.covers(origin):
                raise AddressRefused.foreign()
            found = self._guarded.pool(*origin_of(origin))
            self._pools[origin, has_credentials] = found
        return found

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
                raise RedirectRefused(located(str(request.url), response.headers["Location"]))
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
            read = _beginning if self._cut else _whole
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


def _whole(response: Response, limit: int) -> bytes:
    return gathered(response.iter_content(_CHUNK), limit)


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


def _redirected(request: PreparedRequest, response: Response) -> PreparedRequest:
    """Repeat the same method and body at the new place, if that is the same place."""
    following = request.copy()
    following.prepare_url(followed(str(request.url), response.headers["Location"]), None)
    return following


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
