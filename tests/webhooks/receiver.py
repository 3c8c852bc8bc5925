"""A receiver of webhooks as the public specification has it, sharing no code with the sender."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.servers.scripted import Reply, Request, ScriptedServer


class NotSignedError(Exception):
    """The signature does not belong to the message."""


def check(secret: str, request: Request) -> None:
    """Check a message by the steps of the Standard Webhooks specification, "Verifying"."""
    kind, encoded = secret.split("_", 1)
    assert kind == "whsec"
    key = base64.b64decode(encoded)
    assert 24 <= len(key) <= 64
    signed = b".".join(
        (
            request.headers["webhook-id"].encode(),
            request.headers["webhook-timestamp"].encode(),
            request.body,
        )
    )
    wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    for part in request.headers["webhook-signature"].split(" "):
        version, signature = part.split(",", 1)
        if version == "v1" and hmac.compare_digest(signature, wanted):
            return
    raise NotSignedError


@dataclass(frozen=True, slots=True)
class Message:
    """What a receiver got: the name of the message, when it was sent, and its content."""

    id: str
    timestamp: int
    content: Any
    request: Request

    @property
    def event(self) -> str:
        kind: str = self.content["type"]
        return kind

    @property
    def data(self) -> Any:
        return self.content["data"]


class Receiver:
    """A real server that answers as told: `replies` one after the other, then `usually`.

    A message about the booking `refused` is always answered with 500.
    """

    def __init__(self, *replies: Reply, usually: Reply | None = None) -> None:
        self._replies: Iterator[Reply] = iter(replies)
        self.usually = usually or Reply(204)
        self.refused = ""
        self.server: ScriptedServer

    @property
    def url(self) -> str:
        return self.server.url + "hook"

    @property
    def messages(self) -> list[Message]:
        return [message_of(request) for request in self.server.requests]

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.messages]

    @property
    def events(self) -> list[str]:
        return [message.event for message in self.messages]

    def then(self, *replies: Reply) -> None:
        """Answer the next messages so."""
        self._replies = iter(replies)

    def wait_for(self, count: int, seconds: float = 60.0) -> None:
        """Wait until that many messages have come."""
        deadline = time.monotonic() + seconds
        while len(self.server.requests) < count:
            assert time.monotonic() < deadline, f"{len(self.server.requests)} of {count} came"
            time.sleep(0.01)

    def answer(self, request: Request) -> Reply:
        if self.refused and message_of(request).data["uid"] == self.refused:
            return Reply(500)
        return next(self._replies, self.usually)


def message_of(request: Request) -> Message:
    return Message(
        id=request.headers["webhook-id"],
        timestamp=int(request.headers["webhook-timestamp"]),
        content=json.loads(request.body),
        request=request,
    )


@contextmanager
def receiving(
    *replies: Reply, usually: Reply | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """Run a receiver for the duration of the block."""
    receiver = Receiver(*replies, usually=usually)
    with ScriptedServer(receiver.answer, tls=tls) as server:
        receiver.server = server
        yield receiver


def once_each(ids: Iterable[str]) -> list[str]:
    """Return the names without their repetitions, in order."""
    return list(dict.fromkeys(ids))
