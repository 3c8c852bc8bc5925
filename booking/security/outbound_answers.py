"""The answer to one request, read from its socket.

A head that has come is split at once, as `http.client` reads each line by itself and parses them as
mail. Bodies that are packed or come in chunks are read by urllib3.

Leaves to others: connecting and asking (`outbound_line`).
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import urllib3

from booking.security.outbound_errors import Step, cut_short, too_large, unreachable

_CHUNK: Final = 65536
_LONGEST_HEAD: Final = 65536
_MOST_HEADERS: Final = 100
_LONGEST_LENGTH: Final = 18  # digits; Python refuses to count thousands of them
_BODILESS: Final = frozenset({http.client.NO_CONTENT, http.client.NOT_MODIFIED})
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_STATUS: Final = re.compile(r"HTTP/(\d)\.(\d) +(\d{3})(?: .*)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a server said: header names are lower case, a body is unpacked and whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before a body. `closes`: the connection ends with it."""

    status: int
    headers: Mapping[str, str]
    closes: bool

    @property
    def is_chunked(self) -> bool:
        return self.headers.get("transfer-encoding", "").lower() == "chunked"

    def length(self, method: str) -> int | None:
        """Return the bytes of the body as it is sent; None where they are not told."""
        if self.status in _BODILESS or method == "HEAD":
            return 0
        told = self.headers.get("content-length", "")
        if self.is_chunked or not (told.isascii() and told.isdigit()):
            return None
        return int(told) if len(told) <= _LONGEST_LENGTH else sys.maxsize


def answer_of(sock: socket.socket, method: str, *, limit: int) -> tuple[Reply, bool]:
    """Read an answer; tell whether the connection can be asked again.

    `limit`: the most bytes of a body, unpacked. Errors: ConnectionError where the connection ended
    before a head had come; Unreachable after a time-out; BadAnswer for a body that is too large,
    cut or garbled.
    """
    try:
        head, rest = _read_head(sock)
    except TimeoutError:
        raise unreachable(Step.ANSWER) from None
    try:
        body, is_clean = _read_body(sock, method, head, rest, limit)
    except (TimeoutError, urllib3.exceptions.ReadTimeoutError):
        raise unreachable(Step.ANSWER) from None
    except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError):
        raise cut_short() from None
    return Reply(status=head.status, headers=head.headers, body=body), is_clean


def _read_head(sock: socket.socket) -> tuple[_Head, bytes]:
    """Read a head and perhaps more; informational ones are passed over (RFC 9110, 15.2)."""
    data, searched = b"", 0
    while True:
        blank = _BLANK_LINE.search(data, searched)
        if blank is not None and blank.start() <= _LONGEST_HEAD:
            head, data, searched = _parsed(data[: blank.start()]), data[blank.end() :], 0
            if 100 <= head.status < 200 and head.status != http.client.SWITCHING_PROTOCOLS:
                continue
            return head, data
        if blank is not None or len(data) > _LONGEST_HEAD:
            raise ConnectionError("the head is too long")
        searched = max(0, len(data) - 3)
        more = sock.recv(_CHUNK)
        if not more:
            raise ConnectionError("the connection ended before an answer")
        data += more


def _parsed(head: bytes) -> _Head:
    first, *lines = head.decode("latin-1").split("\n")
    told = _STATUS.fullmatch(first.rstrip("\r"))
    if told is None or len(lines) > _MOST_HEADERS:
        raise ConnectionError("this is no answer")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    wish = headers.get("connection", "").lower()
    is_old = told[1] == "0" or told[1] + told[2] == "10"
    closes = "keep-alive" not in wish if is_old else "close" in wish
    return _Head(int(told[3]), headers, closes)


def _read_body(
    sock: socket.socket, method: str, head: _Head, rest: bytes, limit: int
) -> tuple[bytes, bool]:
    """Return the body, and whether nothing is left to come."""
    length = head.length(method)
    if length != 0 and (head.is_chunked or "content-encoding" in head.headers):
        packed = _Packed(sock, method, head, rest)
        return _unpacked(packed, head, limit), not (head.closes or packed.will_close)
    if length is None:
        return gathered(_till_the_end(sock, rest), limit), False
    if length > limit:
        raise too_large()
    chunks, missing = [rest], length - len(rest)
    while missing > 0:
        chunk = sock.recv(min(missing, _CHUNK))
        if not chunk:
            raise cut_short()
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)[:length], missing == 0 and not head.closes


def _till_the_end(sock: socket.socket, rest: bytes) -> Iterable[bytes]:
    chunk = rest
    while True:
        if chunk:
            yield chunk
        chunk = sock.recv(_CHUNK)
        if not chunk:
            return


class _Packed(http.client.HTTPResponse):
    """What urllib3 reads a body from: the library's response, with a head that was read already."""

    def __init__(self, sock: socket.socket, method: str, head: _Head, rest: bytes) -> None:
        super().__init__(_Rewound(sock, rest), method=method)  # type: ignore[arg-type]
        self.code = self.status = head.status
        self.version = 11
        self.headers = self.msg = head.headers  # type: ignore[assignment]
        self.chunked, self.chunk_left = head.is_chunked, None
        self.length = head.length(method)
        self.will_close = head.closes or (self.length is None and not self.chunked)


class _Rewound:
    """A socket whose first bytes were read before."""

    def __init__(self, sock: socket.socket, rest: bytes) -> None:
        self._sock = sock
        self._rest = rest

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return what reads the first bytes again, and then the socket's."""
        del mode
        return io.BufferedReader(_Tail(self._sock, self._rest))


class _Tail(io.RawIOBase):
    def __init__(self, sock: socket.socket, rest: bytes) -> None:
        self._sock = sock
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            return self._sock.recv_into(buffer)
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def _unpacked(packed: _Packed, head: _Head, limit: int) -> bytes:
    reader = urllib3.HTTPResponse(
        body=packed,
        headers=head.headers,
        status=head.status,
        preload_content=False,
        decode_content=True,
        original_response=packed,
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
