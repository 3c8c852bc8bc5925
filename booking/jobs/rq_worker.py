"""RQ as the bell's other end: a worker that runs nothing but our one task, by row id.

Whoever can write to Redis must not thereby run code, so the task's name, arguments and callbacks
are checked before anything is imported.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from flask import Flask
from redis import Redis
from rq import Queue, SimpleWorker
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.serializers import JSONSerializer

from booking.jobs.run import JobRunner
from booking.jobs.timekeeper import Tick
from booking.queue.redis_bell import QUEUE_NAME, TASK, RedisBell

_log = logging.getLogger(__name__)


class OutboxWorker(SimpleWorker):
    """Runs `run_job(row id)` and refuses everything else."""

    app: Flask

    def perform_job(self, job: Job, queue: Queue) -> bool:
        """Run the job inside the application, if it is ours."""
        if not _is_ours(job):
            _log.error("rq.refused job=%s", job.id)
            job.delete()
            return False
        with self.app.app_context():
            return bool(super().perform_job(job, queue))


def _is_ours(job: Job) -> bool:
    # By name, as asking for the callbacks themselves would import them.
    if job._success_callback_name or job._failure_callback_name or job._stopped_callback_name:  # noqa: SLF001
        return False
    try:
        return job.func_name == TASK and not job.kwargs and _is_row_id(job.args)
    except DeserializationError:
        return False


def _is_row_id(args: Sequence[object]) -> bool:
    return len(args) == 1 and type(args[0]) is int


def build_rq_worker(app: Flask, redis: Redis) -> OutboxWorker:
    """Return a worker on our queue, with JSON instead of pickle on the wire."""
    queue = Queue(QUEUE_NAME, connection=redis, serializer=JSONSerializer)
    worker = OutboxWorker(
        [queue], connection=redis, serializer=JSONSerializer, maintenance_interval=60
    )
    worker.app = app
    return worker


def sweep(runner: JobRunner, bell: RedisBell) -> Tick:
    """Return the tick that rings again for jobs that are due: any bell may have been lost."""
    return Tick(name="sweep", seconds=1.0, work=lambda: bell.ring(runner.due()))
