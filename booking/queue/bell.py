"""What wakes a worker after a commit: RQ where Redis is configured, else nothing but the poll.

A bell may be lost; the outbox is read again anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Protocol
from weakref import WeakKeyDictionary

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from booking.core.clock import monotonic
from booking.queue.outbox import RUNG

QUEUE_NAME = "booking"
TASK = "booking.jobs.run.run_job"
JOB_TIMEOUT = 120
FAILURE_TTL = 1  # a failed entry bars its id that long; the outbox rings again anyway
_QUIET_SECONDS = 10.0
_log = logging.getLogger(__name__)


class Bell(Protocol):
    """Something that tells workers about due jobs."""

    def ring(self, job_ids: Iterable[int]) -> None:
        """Tell that these jobs are due. Never raises, never waits long."""
        ...


class SilentBell:
    """For the embedded worker, which asks the outbox several times a second."""

    def ring(self, job_ids: Iterable[int]) -> None:
        """Do nothing: the poll finds the jobs."""


class RedisBell:
    """Puts the row's id into an RQ queue; the row itself stays in the outbox.

    Redis being away costs at most one short time-out in ten seconds.
    """

    def __init__(self, redis: Redis, now: Callable[[], float] = monotonic) -> None:
        self._queue = Queue(QUEUE_NAME, connection=redis, serializer=JSONSerializer)
        self._now = now
        self._quiet_until = 0.0

    def ring(self, job_ids: Iterable[int]) -> None:
        """Enqueue each id once; an id that is queued already is left alone."""
        if self._now() < self._quiet_until:
            return
        try:
            for job_id in job_ids:
                self._enqueue(job_id)
        except RedisError as error:
            self._quiet_until = self._now() + _QUIET_SECONDS
            _log.warning("bell.silent reason=%s", type(error).__name__)

    def _enqueue(self, job_id: int) -> None:
        try:
            self._queue.enqueue_call(
                TASK,
                args=(job_id,),
                job_id=f"job-{job_id}",
                unique=True,
                timeout=JOB_TIMEOUT,
                result_ttl=0,
                failure_ttl=FAILURE_TTL,
            )
        except DuplicateJobError:
            return


def connect_redis(url: str) -> Redis:
    """Open a client that gives up quickly, since guests may be waiting behind it."""
    return Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=2.0)


_bells: WeakKeyDictionary[Engine, Bell] = WeakKeyDictionary()


def attach(engine: Engine, bell: Bell) -> None:
    """Ring `bell` after each commit on `engine` that added jobs due now."""
    _bells[engine] = bell


@event.listens_for(Session, "after_commit")
def _ring_after_commit(session: Session) -> None:
    job_ids = session.info.pop(RUNG, ())
    if not job_ids:
        return
    bind = session.get_bind()
    bell = _bells.get(bind if isinstance(bind, Engine) else bind.engine)
    if bell is not None:
        bell.ring(dict.fromkeys(job_ids))
