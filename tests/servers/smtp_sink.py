"""An SMTP server on loopback that keeps what it is given and fails on demand.

It speaks RFC 5321 over real sockets, with TLS from the start or by STARTTLS, and AUTH PLAIN.
"""

from __future__ import annotations

import base64
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import cast

CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class Received:
    """A message that the sink took: the envelope and the bytes."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return message_from_bytes(self.raw, policy=SMTP)


@dataclass(slots=True)
class Script:
    """What goes wrong. `answers` maps a step (`MAIL`, `RCPT`, `DATA`, `BODY`) to its answers in
    turn; used up, the step succeeds. `drops` counts messages that are taken and then met by a
    closed connection; `delay` is waited before each answer to a body. `greylists` puts every
    first sight of a recipient off. `password` demands a sign-in.
    """

    answers: dict[str, list[str]] = field(default_factory=dict)
    drops: int = 0
    delay: float = 0.0
    greylists: bool = False
    password: str | None = None
    offers_starttls: bool = False


class Sink(socketserver.ThreadingTCPServer):
    """The server; `received` in order, `connections` counted, `script` may be changed any time."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, context: ssl.SSLContext | None, *, is_wrapped: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.context = context
        self.is_wrapped = is_wrapped
        self.received: list[Received] = []
        self.refused: list[str] = []
        self.seen: set[str] = set()
        self.connections = 0
        self.secured = 0
        self.script = Script()

    @property
    def port(self) -> int:
        """Where it listens, on loopback."""
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: clients that hang up are part of the tests."""


class _Talk(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        sink = cast(Sink, self.server)
        self.sink, self.line = sink, cast(socket.socket, self.request)
        sink.connections += 1
        self.is_secure = self.is_known = False
        if sink.is_wrapped:
            self._secure()
        self.reader = self.line.makefile("rb")
        self.sender = ""
        self.recipient = ""
        self._say("220 sink.example ESMTP")
        while command := self.reader.readline():
            verb = command.split(b":")[0].split(b" ")[0].strip().upper().decode()
            if not self._obey(verb, command.strip().decode()):
                break
        self.line.close()

    def _secure(self) -> None:
        assert self.sink.context is not None
        self.line = self.sink.context.wrap_socket(self.line, server_side=True)
        self.is_secure = True
        self.sink.secured += 1

    def _say(self, *lines: str) -> None:
        self.line.sendall(b"".join(line.encode() + CRLF for line in lines))

    def _scripted(self, step: str) -> str | None:
        waiting = self.sink.script.answers.get(step, [])
        return waiting.pop(0) if waiting else None

    def _obey(self, verb: str, command: str) -> bool:
        """Answer one command; tell whether the connection goes on."""
        if verb in {"EHLO", "HELO"}:
            self._greet()
        elif verb == "STARTTLS":
            self._say("220 go ahead")
            self._secure()
            self.reader = self.line.makefile("rb")
        elif verb == "AUTH":
            self._authenticate(command)
        elif verb in {"MAIL", "RCPT"}:
            self._envelope(verb, command)
        elif verb == "DATA":
            return self._data()
        elif verb == "QUIT":
            self._say("221 bye")
            return False
        else:
            self._say("250 fine")
        return True

    def _greet(self) -> None:
        offers = ["250-sink.example", "250-8BITMIME"]
        if self.sink.script.offers_starttls and not self.is_secure:
            offers.append("250-STARTTLS")
        if self.sink.script.password is not None:
            offers.append("250-AUTH PLAIN")
        self._say(*offers, "250 SIZE 1000000")

    def _authenticate(self, command: str) -> None:
        given = base64.b64decode(command.split()[2]).decode().split("\0")[2]
        self.is_known = given == self.sink.script.password
        self._say("235 welcome" if self.is_known else "535 5.7.8 no, and secret words besides")

    def _envelope(self, verb: str, command: str) -> None:
        address = command.partition("<")[2].partition(">")[0]
        answer = self._scripted(verb)
        if self.sink.script.password is not None and not self.is_known:
            answer = "530 5.7.0 sign in first"
        if verb == "MAIL":
            self.sender = address
        else:
            self.recipient = address
            if self.sink.script.greylists and address not in self.sink.seen:
                self.sink.seen.add(address)
                answer = f"451 4.7.1 greylisted {address}, come back"
        if answer:
            self.sink.refused.append(answer)
        self._say(answer or "250 fine")

    def _data(self) -> bool:
        refusal = self._scripted("DATA")
        if refusal:
            self._say(refusal)
            return True
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.reader.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        refusal = self._scripted("BODY")
        if refusal:
            self._say(refusal)
            return not refusal.startswith("421")
        self.sink.received.append(Received(self.sender, self.recipient, b"".join(lines)))
        if self.sink.script.drops:
            self.sink.script.drops -= 1
            return False
        time.sleep(self.sink.script.delay)
        self._say("250 taken")
        return True


@contextmanager
def running_sink(context: ssl.SSLContext | None = None, *, wrapped: bool = False) -> Iterator[Sink]:
    """Run a sink on a free port. `context` is its certificate; `wrapped`: TLS from the start."""
    sink = Sink(context, is_wrapped=wrapped)
    thread = threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield sink
    finally:
        sink.shutdown()
        sink.server_close()
        thread.join()
