"""Runs one job from the outbox: the only path, whatever woke us up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app

from booking.core.clock import Clock
from booking.db import reading, writing
from booking.jobs.retry import judge
from booking.queue import outbox
from booking.queue.outbox import ClaimedJob

Handler = Callable[[Mapping[str, Any]], None]
_log = logging.getLogger(__name__)


class JobRunner:
    """Claims a job, runs its handler, and writes down how it ended.

    `handlers` maps a job's kind to a function of its payload; `burials` to one that is told when
    a job of that kind is given up. Handlers are idempotent: a crash may run them twice.
    """

    def __init__(
        self,
        *,
        handlers: Mapping[str, Handler],
        burials: Mapping[str, Callable[[Mapping[str, Any], str], None]],
        clock: Clock,
        owner: str,
    ) -> None:
        self._handlers = handlers
        self._burials = burials
        self._clock = clock
        self._owner = owner

    def due(self) -> list[int]:
        """Return ids of jobs that wait to be run now."""
        with reading() as session:
            return outbox.due(session, self._clock.now())

    def run(self, job_id: int) -> bool:
        """Run the job if it is due and free; tell whether it was run."""
        with writing() as session:
            job = outbox.claim(session, job_id, self._owner, self._clock.now())
        if job is None:
            return False
        try:
            self._handlers[job.kind](job.payload)
        except Exception as error:  # noqa: BLE001 - a job's fault is written down, not hidden
            self._failed(job, error)
        else:
            with writing() as session:
                outbox.finish(session, job, self._clock.now())
        return True

    def _failed(self, job: ClaimedJob, error: Exception) -> None:
        now = self._clock.now()
        verdict = judge(job.kind, error, attempts=job.attempts, created_at=job.created_at, now=now)
        _log.warning(
            "job.failed kind=%s id=%s attempts=%s error=%s again=%s",
            job.kind,
            job.id,
            job.attempts,
            type(error).__name__,
            verdict.due_at.isoformat() if verdict.due_at else "never",
            exc_info=not hasattr(error, "code"),
        )
        with writing() as session:
            if verdict.due_at is not None:
                outbox.postpone(session, job, verdict.reason, verdict.due_at)
                return
            outbox.bury(session, job.id, job.fence, verdict.reason, now)
        if job.kind in self._burials:
            self._burials[job.kind](job.payload, verdict.reason)


def run_job(job_id: int) -> None:
    """Entry point for RQ: the row's id is all that travels through Redis."""
    runner: JobRunner = current_app.extensions["booking.runner"]
    runner.run(job_id)
