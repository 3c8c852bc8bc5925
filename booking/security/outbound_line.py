"""One HTTP/1.1 exchange on a pooled, guarded connection, without what `requests` adds to it.

`requests` prepares, merges and wraps for longer than a small request takes to be answered. Here the
head is written by us; connecting, pooling and TLS stay urllib3's, so that every guard of
`outbound_sockets` holds.

Leaves to others: addresses, scopes and redirects (`outbound`), answers (`outbound_answers`).
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import urllib3
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util.ssl_match_hostname import CertificateError

from booking.security.outbound_answers import Reply, answer_of
from booking.security.outbound_errors import AddressRefused, Step, unreachable

READ_SECONDS: Final = 15.0
_BODILESS: Final = frozenset({"GET", "HEAD"})
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\r\n\x00]*")
_TARGET: Final = re.compile(r"/[!-~]*", re.ASCII)


def converse(
    pool: HTTPConnectionPool,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    limit: int,
) -> Reply:
    """Send one request to where `pool` leads and read the whole answer.

    `target`: the path, quoted; `limit`: the most bytes of a body, unpacked.
    Errors: ConnectionError where the connection ended before an answer began; AddressRefused,
    Unreachable, BadAnswer; ClosedPoolError for a pool that is no more.
    """
    head = _head(pool, method, target, headers, len(body))
    connection: Any = pool._get_conn(timeout=READ_SECONDS)  # noqa: SLF001 - as `urlopen` does it
    is_clean = False
    try:
        _open(connection, headers)
        reply, is_clean = _answered(connection, method, head + body, limit)
        return reply
    finally:
        if not is_clean:
            connection.close()
        pool._put_conn(connection)  # noqa: SLF001


def _head(
    pool: HTTPConnectionPool, method: str, target: str, headers: Mapping[str, str], size: int
) -> bytes:
    """Return the head of a request. Errors: AddressRefused for what would break out of its line."""
    if not _TARGET.fullmatch(target):
        raise AddressRefused.because("This is not an address that can be called.")
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if not all(map(_HEADER.fullmatch, lines)):
        raise AddressRefused.because("This is not an address that can be called.")
    return "\r\n".join(
        [
            f"{method} {target} HTTP/1.1",
            f"Host: {_host(pool)}",
            *lines,
            *([f"Content-Length: {size}"] if size or method not in _BODILESS else []),
            "\r\n",
        ]
    ).encode("latin-1")


def _host(pool: HTTPConnectionPool) -> str:
    name = f"[{pool.host}]" if ":" in pool.host and not pool.host.startswith("[") else pool.host
    is_usual = pool.port == (443 if pool.scheme == "https" else 80)
    return name if is_usual else f"{name}:{pool.port}"


def _open(connection: Any, headers: Mapping[str, str]) -> None:
    """Connect where that is still to be done. Errors: Unreachable, AddressRefused."""
    connection.timeout = READ_SECONDS
    try:
        if connection.sock is None:
            connection.connect()
        connection.refuse_exposed(headers)
    except (ssl.SSLError, urllib3.exceptions.SSLError, CertificateError):
        raise unreachable(Step.TLS) from None
    except OSError:
        raise unreachable(Step.ANSWER) from None
    connection.sock.settimeout(READ_SECONDS)


def _answered(connection: Any, method: str, request: bytes, limit: int) -> tuple[Reply, bool]:
    """Send, and read the answer. Errors: ConnectionError, Unreachable, BadAnswer."""
    try:
        # A server may refuse a body before it has come: its answer tells why.
        with suppress(BrokenPipeError):
            connection.sock.sendall(request)
        return answer_of(connection.sock, method, limit=limit)
    except TimeoutError:
        raise unreachable(Step.ANSWER) from None
    except OSError as error:
        raise ConnectionError("the connection ended before an answer") from error
