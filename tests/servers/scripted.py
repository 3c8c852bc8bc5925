"""A small HTTP server on loopback whose answers, and misbehaviour, a test writes itself."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.message import Message
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

_METHODS = (
    *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
    *("PROPFIND", "PROPPATCH", "REPORT", "MKCALENDAR", "MKCOL", "MOVE"),
)
_NO_END = str(2**62)


@dataclass(frozen=True, slots=True)
class Request:
    """What the client sent. Headers are found under any case."""

    method: str
    path: str
    headers: Message
    body: bytes = b""


class Manner(StrEnum):
    """How an answer is given."""

    WHOLE = "whole"
    HALF = "half"  # announce the whole length, send half, close
    DRIP = "drip"  # one byte at a time, for ever slowly
    FLOOD = "flood"  # the body over and over, for ever, as fast as it is read
    CLOSE = "close"  # close without an answer
    RESET = "reset"  # the same with a TCP reset
    HANG = "hang"  # never answer


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server does about a request."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Manner = Manner.WHOLE


Script = Callable[[Request], Reply]


class ScriptedServer:
    """Answers by its script and keeps a journal of requests. Use it as a context manager."""

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.script = script
        self.requests: list[Request] = []
        self._stopping = threading.Event()
        self._tls = tls
        owner = self

        class Handler(_Handler):
            server_of_test = owner

        self._server = _Server(("127.0.0.1", port), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://127.0.0.1:{self.port}/"

    def methods(self) -> list[str]:
        """Return the methods received, in order."""
        return [request.method for request in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def hang_up(self) -> None:
        """End every connection and every wait, as a server does that is being stopped."""
        self._stopping.set()
        self._server.hang_up()

    def wait_for_stop(self, seconds: float | None = None) -> bool:
        """Wait until the server is being stopped; tell whether it is."""
        return self._stopping.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._clients: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, to end it with the server."""
        self._clients.append(request)
        super().process_request(request, client_address)

    def server_close(self) -> None:
        """Close the door and hang up on clients that keep their connections."""
        super().server_close()
        self.hang_up()

    def hang_up(self) -> None:
        for client in self._clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_of_test: ScriptedServer

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(self.command, self.path, self.headers, self.rfile.read(length))
        self.server_of_test.requests.append(request)
        reply = self.server_of_test.script(request)
        with suppress(OSError):
            self._give(reply)

    def _give(self, reply: Reply) -> None:
        if reply.manner is Manner.WHOLE:
            self._head(reply)
            self.wfile.write(reply.body)
            return
        self.close_connection = True
        if reply.manner is Manner.HALF:
            self._head(reply)
            self.wfile.write(reply.body[: len(reply.body) // 2])
        elif reply.manner is Manner.DRIP:
            self._head(reply)
            self._drip(reply.body)
        elif reply.manner is Manner.FLOOD:
            self._head(replace(reply, headers={**reply.headers, "Content-Length": _NO_END}))
            self._flood(reply.body)
        elif reply.manner is Manner.HANG:
            self.server_of_test.wait_for_stop()
        elif reply.manner is Manner.RESET:
            # A linger time of zero makes close() send RST instead of FIN.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()

    def _head(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name in reply.headers):
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()

    def _drip(self, body: bytes) -> None:
        for byte in body:
            self.wfile.write(bytes([byte]))
            if self.server_of_test.wait_for_stop(0.05):
                return

    def _flood(self, body: bytes) -> None:
        while not self.server_of_test.wait_for_stop(0):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


for _method in _METHODS:
    setattr(_Handler, f"do_{_method}", _Handler.answer)


@contextmanager
def serving(
    answers: Script | Reply, *, tls: ssl.SSLContext | None = None
) -> Iterator[ScriptedServer]:
    """Run a server for the duration of the block; a plain Reply answers everything."""
    script: Script = (lambda _: answers) if isinstance(answers, Reply) else answers
    with ScriptedServer(script, tls=tls) as server:
        yield server
