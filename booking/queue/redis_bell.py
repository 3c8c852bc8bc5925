"""The bell where Redis is configured: RQ wakes a worker with the row's id.

Apart from `bell`, as the client and RQ take eight megabytes that nobody else needs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from booking.core.clock import monotonic

QUEUE_NAME = "booking"
TASK = "booking.jobs.run.run_job"
JOB_TIMEOUT = 120
FAILURE_TTL = 1  # a failed entry bars its id that long; the outbox rings again anyway
_QUIET_SECONDS = 10.0
_log = logging.getLogger(__name__)


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
