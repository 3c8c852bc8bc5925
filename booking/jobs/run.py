"""Runs one job from the outbox: the only path, whatever woke us up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from booking.core.clock import Clock
from booking.db import reading, writing
from booking.jobs.retry import judge
from booking.queue import outbox
from booking.queue.outbox import LEASE, MOST_CRASHES, ClaimedJob

KEEP_SECONDS = LEASE.total_seconds() / 3
Handler = Callable[[Mapping[str, Any]], None]
_log = logging.getLogger(__name__)


class JobRunner:
    """Claims a job, runs its handler, and writes down how it ended.

    `handlers` maps a job's kind to a function of its payload; `burials` to one that is told when
    a job of that kind is given up. Handlers are idempotent: a crash may run them twice.
    The lease of a running job is renewed every `keep_seconds`: a long job is no dead one.
    """

    def __init__(
        self,
        app: Flask,
        *,
        handlers: Mapping[str, Handler],
        burials: Mapping[str, Callable[[Mapping[str, Any], str], None]],
        clock: Clock,
        owner: str,
        keep_seconds: float = KEEP_SECONDS,
    ) -> None:
        self._app = app
        self._keep_seconds = keep_seconds
        self._handlers = handlers
        self._burials = burials
        self._clock = clock
        self._owner = owner

    def due(self, limit: int = 50) -> list[int]:
        """Return ids of jobs that wait to be run now, at most `limit`."""
        with reading() as session:
            return outbox.due(session, self._clock.now(), limit)

    def drain(self) -> Iterator[tuple[int, bool]]:
        """Run what is due until nothing new is; yield each job's id and whether it was run."""
        seen: set[int] = set()
        while waiting := [job_id for job_id in self.due() if job_id not in seen]:
            seen.update(waiting)
            yield from ((job_id, self.run(job_id)) for job_id in waiting)

    def run(self, job_id: int) -> bool:
        """Run the job if it is due and free; tell whether it was run."""
        with writing() as session:
            job = outbox.claim(session, job_id, self._owner, self._clock.now())
        if job is None:
            return False
        if job.crashes >= MOST_CRASHES:
            self._bury(job, "The worker died each time it ran this job.")
            return True
        try:
            with self._lease_kept(job):
                self._handlers[job.kind](job.payload)
        except Exception as error:  # noqa: BLE001 - a job's fault is written down, not hidden
            self._failed(job, error)
        else:
            with writing() as session:
                outbox.finish(session, job, self._clock.now())
        return True

    @contextmanager
    def _lease_kept(self, job: ClaimedJob) -> Iterator[None]:
        ended = Event()
        keeper = Thread(target=self._keep_lease, args=(job, ended), name="lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            ended.set()
            keeper.join()

    def _keep_lease(self, job: ClaimedJob, ended: Event) -> None:
        while not ended.wait(self._keep_seconds):
            try:
                with self._app.app_context(), writing() as session:
                    outbox.extend(session, job, self._clock.now())
            except SQLAlchemyError as error:
                _log.warning("lease.not_kept id=%s error=%s", job.id, type(error).__name__)

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
        if verdict.due_at is None:
            self._bury(job, verdict.reason)
            return
        with writing() as session:
            outbox.postpone(session, job, verdict.reason, verdict.due_at)

    def _bury(self, job: ClaimedJob, reason: str) -> None:
        """Give a job up and tell who has to know, unless another worker has it by now."""
        with writing() as session:
            is_ours = outbox.bury(session, job.id, job.fence, reason, self._clock.now())
        if is_ours and job.kind in self._burials:
            self._burials[job.kind](job.payload, reason)


def run_job(job_id: int) -> None:
    """Entry point for RQ: the row's id is all that travels through Redis."""
    runner: JobRunner = current_app.extensions["booking.runner"]
    runner.run(job_id)
