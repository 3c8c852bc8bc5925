"""Connections that go to the checked address and keep the deadline.

The name is resolved, judged and connected to in one step, so a second look-up cannot lead
elsewhere; the Host header, TLS server name and certificate check keep using the name.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from booking.security.outbound_addresses import AddressGuard
from booking.security.outbound_errors import AddressRefused, Step, unreachable
from booking.security.outbound_exchange import seconds_left

CONNECT_SECONDS = 5.0
_POOLS = 64
_SOCKETS_PER_POOL = 8


class DeadlineSocket(socket.socket):
    """A socket that waits no longer than its time-out and no longer than the deadline."""

    _patience: float | None = None
    _armed: float | None = None

    def settimeout(self, value: float | None, /) -> None:
        """Set the time-out of a single operation, in seconds."""
        self._patience = self._armed = value
        super().settimeout(value)

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        """Read what is there; TimeoutError once the deadline has passed."""
        self._arm()
        return super().recv(*args, **kwargs)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read what is there; TimeoutError once the deadline has passed."""
        self._arm()
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        """Write all; TimeoutError once the deadline has passed."""
        self._arm()
        super().sendall(*args, **kwargs)

    def _arm(self) -> None:
        left = seconds_left(CONNECT_SECONDS if self._patience is None else self._patience)
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        if left != self._armed:  # each setting asks the kernel
            self._armed = left
            super().settimeout(left)


class DeadlineTLSSocket(DeadlineSocket, ssl.SSLSocket):
    """The same over TLS."""


def _connect_to(address: str, port: int) -> DeadlineSocket:
    sock = DeadlineSocket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(max(seconds_left(CONNECT_SECONDS), 0.001))
        sock.connect((address, port))
    except OSError:
        sock.close()
        raise
    return sock


class _Guarded(HTTPConnection):
    """Resolves, judges and connects in one step."""

    def __init__(self, *args: Any, guard: AddressGuard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard = guard
        self.is_listed = False

    def _new_conn(self) -> socket.socket:
        target = self._guard.target(self._dns_host, self.port, seconds_left(CONNECT_SECONDS))
        self.is_listed = target.is_listed
        for address in target.addresses:
            try:
                return _connect_to(address, self.port)
            except OSError:
                continue
        raise unreachable(Step.CONNECT)


class GuardedConnection(_Guarded):
    """Unencrypted: carries credentials only to places that the operator has listed."""

    def request(
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Any = None,
        **options: Any,
    ) -> None:
        """Send one request, unless it would show a password to the network.

        Errors: AddressRefused.
        """
        if headers is not None:
            self.refuse_exposed(headers)
        super().request(method, url, body=body, headers=headers, **options)

    def refuse_exposed(self, headers: Iterable[str]) -> None:
        """Refuse headers that would show a password to the network. Errors: AddressRefused."""
        if any(name.lower() == "authorization" for name in headers):
            if self.sock is None:
                self.connect()
            if not self.is_listed:
                raise AddressRefused.plain()


class GuardedTLSConnection(_Guarded, HTTPSConnection):
    """Encrypted, with the certificate checked against the name."""

    def refuse_exposed(self, headers: Iterable[str]) -> None:
        """Refuse nothing: what goes through here is sealed."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = GuardedConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = GuardedTLSConnection


@lru_cache(maxsize=8)
def _trusting(ca_bundle: str | None) -> ssl.SSLContext:
    """Return the context that knows the public authorities and those of a file.

    Reading the authorities takes as long as many requests, so it is done once in a process.
    """
    context = create_urllib3_context()
    context.sslsocket_class = DeadlineTLSSocket
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    if ca_bundle is not None:
        context.load_verify_locations(ca_bundle)
    return context


class GuardedAdapter(HTTPAdapter):
    """The pool of guarded connections, shared by all sessions of a client; thread-safe."""

    def __init__(self, guard: AddressGuard, ca_bundle: str | None) -> None:
        self._guard = guard
        self._tls = _trusting(ca_bundle)
        super().__init__(pool_connections=_POOLS, pool_maxsize=_SOCKETS_PER_POOL)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use our pools, with one TLS context whose authorities are loaded once."""
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_Pool, guard=self._guard),
            "https": partial(_TLSPool, guard=self._guard),
        }

    def pool(self, scheme: str, host: str, port: int) -> HTTPConnectionPool:
        """Return the guarded connections to an origin, certificates always verified."""
        found: HTTPConnectionPool = self.poolmanager.connection_from_host(
            host, port, scheme, pool_kwargs={"cert_reqs": "CERT_REQUIRED"}
        )
        return found

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:  # noqa: ARG002
        """Verify always, against the authorities that the context already holds."""
        if isinstance(conn, urllib3.HTTPSConnectionPool):
            conn.cert_reqs = "CERT_REQUIRED"
