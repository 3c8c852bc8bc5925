"""Pushes on their way to a client: posted by one thread, counted, and waited for by `flush`."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import SimpleQueue

import requests


@dataclass(slots=True, kw_only=True)
class Push:
    """One push; `status` is what the client answered, None where it did not."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int | None = None


class Postman:
    """Delivers pushes in order. `verify`: False or a CA file, for addresses over TLS."""

    def __init__(self) -> None:
        self.sent: list[Push] = []
        self.is_dropping = False
        self.repeats = 1
        self._queue: SimpleQueue[Push | None] = SimpleQueue()
        self._open = 0
        self._idle = threading.Condition()
        self._thread: threading.Thread | None = None

    def post(self, push: Push) -> None:
        """Send a push, later and elsewhere."""
        if self.is_dropping:
            return
        with self._idle:
            self._open += self.repeats
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
        for _ in range(self.repeats):
            self._queue.put(push)

    def flush(self, seconds: float = 10.0) -> None:
        """Wait until everything was delivered or failed."""
        with self._idle:
            if not self._idle.wait_for(lambda: self._open == 0, seconds):
                raise TimeoutError("pushes are still under way")

    def stop(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while (push := self._queue.get()) is not None:
                self._deliver(session, push)
                with self._idle:
                    self._open -= 1
                    self._idle.notify_all()

    def _deliver(self, session: requests.Session, push: Push) -> None:
        self.sent.append(push)
        try:
            answer = session.post(push.url, data=push.body, headers=dict(push.headers), timeout=5)
            push.status = answer.status_code
        except requests.RequestException:
            push.status = None
