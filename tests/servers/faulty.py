"""A real HTTP proxy in front of a real calendar server, which misbehaves when told to."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urlsplit

from tests.servers.scripted import Manner, Reply, Request, ScriptedServer

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date"})
_EMPTY = b'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"></D:multistatus>'
_HTML = b"<!DOCTYPE html><html><body><h1>Please sign in to the network</h1></body></html>"
_ROW = re.compile(rb"<([\w-]+:)?response\b.*?</([\w-]+:)?response>", re.DOTALL)


class Action(StrEnum):
    """What goes wrong."""

    HTML = "html"  # 200 with a web page, as captive portals and login pages do
    EMPTY_MULTISTATUS = "empty_multistatus"
    EMPTY_BODY = "empty_body"
    HALF_BODY = "half_body"  # the connection ends in the middle of the body
    HALF_XML = "half_xml"  # the body ends in the middle, and its length agrees
    HALF_ROWS = "half_rows"  # well-formed, but every second row is missing
    FLOOD = "flood"  # the server did it, but its answer has no end
    DRIP = "drip"  # the same, a byte at a time
    STATUS = "status"
    HANG = "hang"
    RESET = "reset"  # before the request reaches the server
    DROP_AFTER_WRITE = "drop_after_write"  # the server did it, the answer is lost


@dataclass(slots=True)
class Fault:
    """When and what: requests that match, at most `times` of them (None: all)."""

    action: Action
    methods: frozenset[str] = frozenset()
    path: str = ""
    times: int | None = None
    status: int = 500
    retry_after: str | None = None
    hits: int = field(default=0, init=False)

    def strikes(self, request: Request) -> bool:
        if self.methods and request.method not in self.methods:
            return False
        if self.path not in request.path or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        return True


class FaultyProxy(ScriptedServer):
    """Forwards to `upstream` (an origin) what no fault strikes."""

    def __init__(self, upstream: str) -> None:
        super().__init__(self._answer)
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "", parts.port or 80)
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def inject(
        self,
        action: Action,
        *methods: str,
        path: str = "",
        times: int | None = None,
        status: int = 500,
        retry_after: str | None = None,
    ) -> Fault:
        """Add a fault; without methods it strikes them all."""
        fault = Fault(action, frozenset(methods), path, times, status, retry_after)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Behave again, and forget the journal."""
        with self._lock:
            self._faults.clear()
            self.requests.clear()

    def through(self, url: str) -> str:
        """Return an address of the upstream server as it is reached through this proxy."""
        return urlsplit(url)._replace(netloc=f"127.0.0.1:{self.port}").geturl()

    def _answer(self, request: Request) -> Reply:
        with self._lock:
            fault = next((fault for fault in self._faults if fault.strikes(request)), None)
        return self._forward(request) if fault is None else self._spoiled(fault, request)

    def _spoiled(self, fault: Fault, request: Request) -> Reply:
        if fault.action is Action.STATUS:
            more = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
            return Reply(
                fault.status, b"refused by the proxy", {"Content-Type": "text/plain", **more}
            )
        if fault.action in _INSTEAD:
            return _INSTEAD[fault.action]
        return _spoil(fault.action, self._forward(request))

    def _forward(self, request: Request) -> Reply:
        connection = http.client.HTTPConnection(*self._upstream, timeout=60)
        try:
            headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
            headers["Accept-Encoding"] = "identity"
            connection.request(request.method, request.path, request.body or None, headers)
            answer = connection.getresponse()
            kept = {k: v for k, v in answer.getheaders() if k.lower() not in _HOP}
            return Reply(answer.status, answer.read(), kept)
        finally:
            connection.close()


def _spoil(action: Action, reply: Reply) -> Reply:
    """Return what the client gets of an answer that the server gave."""
    if action is Action.DROP_AFTER_WRITE:
        return Reply(manner=Manner.CLOSE)
    if action in _ENDLESS:
        return replace(reply, body=reply.body + _PADDING, manner=_ENDLESS[action])
    if action is Action.HALF_BODY:
        return replace(reply, manner=Manner.HALF)
    if action is Action.HALF_XML:
        return replace(reply, body=reply.body[: len(reply.body) // 2])
    return replace(reply, body=_without_every_second_row(reply.body))


def _xml(body: bytes) -> Reply:
    return Reply(207, body, {"Content-Type": "application/xml; charset=utf-8"})


_PADDING = b" " * 65_536
_ENDLESS = {Action.FLOOD: Manner.FLOOD, Action.DRIP: Manner.DRIP}
_INSTEAD = {
    Action.HTML: Reply(200, _HTML, {"Content-Type": "text/html; charset=utf-8"}),
    Action.EMPTY_MULTISTATUS: _xml(_EMPTY),
    Action.EMPTY_BODY: _xml(b""),
    Action.HANG: Reply(manner=Manner.HANG),
    Action.RESET: Reply(manner=Manner.RESET),
}


def _without_every_second_row(body: bytes) -> bytes:
    rows = iter(range(len(_ROW.findall(body))))
    return _ROW.sub(lambda row: b"" if next(rows) % 2 else row.group(), body)


@contextmanager
def in_front_of(upstream: str) -> Iterator[FaultyProxy]:
    """Run a faulty proxy for the duration of the block."""
    proxy = FaultyProxy(upstream)
    with proxy:
        yield proxy
