"""One HTTP/1.1 exchange on a pooled, guarded connection, without what `requests` adds to it.

`requests` prepares, merges and wraps for longer than a small request takes to be answered. Here the
head is written and read by us; connecting, pooling and TLS stay urllib3's, so that every guard of
`outbound_sockets` holds, and so do bodies that are packed or come in chunks.

Leaves to others: addresses, scopes and redirects (`outbound`).
"""

from __future__ import annotations

import http.client
import re
import ssl
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import urllib3
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util.ssl_match_hostname import CertificateError

from booking.security.outbound_errors import (
    AddressRefused,
    Step,
    cut_short,
    too_large,
    unreachable,
)

READ_SECONDS: Final = 15.0
_CHUNK: Final = 65536
_LONGEST_LINE: Final = 65536
_MOST_HEADERS: Final = 100
_LONGEST_LENGTH: Final = 18  # digits; Python refuses to count thousands of them
_BODILESS: Final = frozenset({"GET", "HEAD"})
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\r\n\x00]*")
_TARGET: Final = re.compile(r"/[!-~]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a server said: header names are lower case, a body is unpacked and whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Response(http.client.HTTPResponse):
    """The library's response with a head that is read by splitting lines, and nothing else."""

    def begin(self) -> None:
        """Read the head; informational ones before it are passed over (RFC 9110, 15.2)."""
        status = 100
        while 100 <= status < 200 and status != http.client.SWITCHING_PROTOCOLS:
            version, status, self.reason = self._read_status()  # type: ignore[attr-defined]
            headers = self._headers()
        self.code = self.status = status
        self.version = 10 if version in {"HTTP/1.0", "HTTP/0.9"} else 11
        self.headers = self.msg = headers  # type: ignore[assignment]
        self.chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        self.chunk_left = None
        self.will_close = self._check_close()  # type: ignore[attr-defined]
        length = headers.get("content-length", "")
        is_told = length.isascii() and length.isdigit() and not self.chunked
        is_likely = len(length) <= _LONGEST_LENGTH
        self.length = (int(length) if is_likely else sys.maxsize) if is_told else None
        if status in {http.client.NO_CONTENT, http.client.NOT_MODIFIED} or self._is_head():
            self.length = 0
        if not (self.will_close or self.chunked) and self.length is None:
            self.will_close = True

    def _is_head(self) -> bool:
        return bool(self._method == "HEAD")  # type: ignore[attr-defined]

    def _headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for _ in range(_MOST_HEADERS + 1):
            line = self.fp.readline(_LONGEST_LINE + 1)
            if len(line) > _LONGEST_LINE:
                break
            if line in {b"\r\n", b"\n", b""}:
                return found
            name, _, value = line.decode("latin-1").partition(":")
            found[name.strip().lower()] = value.strip()
        raise http.client.HTTPException("the head is too long")


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
    is_done = False
    try:
        _open(connection, headers)
        response = _answered(connection, method, head + body)
        reply = _read(response, limit)
        is_done = not response.will_close
        return reply
    finally:
        if not is_done:
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


def _answered(connection: Any, method: str, request: bytes) -> _Response:
    """Send, and read the head of the answer. Errors: ConnectionError, Unreachable."""
    response = _Response(connection.sock, method=method)
    try:
        # A server may refuse a body before it has come: its answer tells why.
        with suppress(BrokenPipeError):
            connection.sock.sendall(request)
        response.begin()
    except (OSError, http.client.HTTPException) as error:
        response.close()
        if isinstance(error, TimeoutError):
            raise unreachable(Step.ANSWER) from None
        raise ConnectionError("the connection ended before an answer") from error
    return response


def _read(response: _Response, limit: int) -> Reply:
    """Read the body. Errors: BadAnswer for one that is too large, cut or garbled."""
    headers: Mapping[str, str] = response.headers  # type: ignore[assignment]
    try:
        if response.chunked or "content-encoding" in headers:
            body = _unpacked(response, headers, limit)
        else:
            body = _plain(response, limit)
    except TimeoutError:
        raise unreachable(Step.ANSWER) from None
    except urllib3.exceptions.ReadTimeoutError:
        raise unreachable(Step.ANSWER) from None
    except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError):
        raise cut_short() from None
    finally:
        response.close()
    return Reply(status=response.status, headers=headers, body=body)


def _plain(response: _Response, limit: int) -> bytes:
    """Read a body as it stands: of the length that was told, or all until the connection ends."""
    length = limit + 1 if response.length is None else response.length
    body = response.read(length) if 0 < length <= limit + 1 else b""
    if length > limit + 1 or len(body) > limit:
        raise too_large()
    if response.length:
        raise cut_short()
    return body


def _unpacked(response: _Response, headers: Mapping[str, str], limit: int) -> bytes:
    """Read a body that is packed, or comes in chunks."""
    reader = urllib3.HTTPResponse(
        body=response,
        headers=headers,
        status=response.status,
        preload_content=False,
        decode_content=True,
        original_response=response,
    )
    return gathered(reader.stream(_CHUNK), limit)


def gathered(chunks: Iterable[bytes], limit: int) -> bytes:
    """Return a body that comes in parts. Errors: BadAnswer for one of more than `limit` bytes."""
    size, found = 0, list[bytes]()
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise too_large()
        found.append(chunk)
    return b"".join(found)
