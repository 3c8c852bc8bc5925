"""A runner whose handlers a test writes itself, over the real outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from booking.core.clock import FrozenClock
from booking.db import reading, writing
from booking.jobs.run import KEEP_SECONDS, JobRunner
from booking.queue import outbox
from booking.queue.models import Job

KIND = "test"


def nothing(_payload: Mapping[str, Any]) -> None:
    """Succeed."""


@dataclass
class Works:
    """The runner, what its handler does (`do`), what it did, and what was given up."""

    app: Flask
    clock: FrozenClock
    do: Callable[[Mapping[str, Any]], None] = nothing
    done: list[Mapping[str, Any]] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    keep_seconds: float = KEEP_SECONDS

    def runner(self, owner: str = "worker") -> JobRunner:
        return JobRunner(
            self.app,
            handlers={KIND: self._handle},
            burials={KIND: lambda _payload, reason: self.given_up.append(reason)},
            clock=self.clock,
            owner=owner,
            keep_seconds=self.keep_seconds,
        )

    def _handle(self, payload: Mapping[str, Any]) -> None:
        self.done.append(payload)
        self.do(payload)

    def add(self, kind: str = KIND, **more: Any) -> int:
        with writing() as session:
            return outbox.add(session, kind, {"n": 1}, now=self.clock.now(), **more)

    def row(self, job_id: int) -> Job | None:
        with reading() as session:
            return session.get(Job, job_id)

    def state(self, job_id: int) -> Job:
        row = self.row(job_id)
        assert row is not None
        return row
