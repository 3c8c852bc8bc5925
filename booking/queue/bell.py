"""What wakes a worker after a commit: RQ where Redis is configured, else nothing but the poll.

A bell may be lost; the outbox is read again anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from booking.queue.outbox import RUNG


class Bell(Protocol):
    """Something that tells workers about due jobs."""

    def ring(self, job_ids: Iterable[int]) -> None:
        """Tell that these jobs are due. Never raises, never waits long."""
        ...


class SilentBell:
    """For the embedded worker, which asks the outbox several times a second."""

    def ring(self, job_ids: Iterable[int]) -> None:
        """Do nothing: the poll finds the jobs."""


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
