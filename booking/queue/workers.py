"""Worker processes: their names, and when they were last alive."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from booking.queue.models import Worker

_FORGET_AFTER = timedelta(days=1)


def process_name() -> str:
    """Return a name that tells this process from all others on all machines."""
    return f"{socket.gethostname()}/{os.getpid()}"


def dead_among(owners: Iterable[str]) -> tuple[str, ...]:
    """Return those names of processes of this machine that are no longer alive.

    Our own name counts as dead: asked at the start, it can only be an earlier process's that had
    our number.
    """
    return tuple(owner for owner in owners if _is_dead(owner))


def _is_dead(owner: str) -> bool:
    machine, _, pid = owner.partition("/")
    if machine != socket.gethostname() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def beat(session: Session, name: str, now: datetime) -> None:
    """Note that the worker is alive; forget those not heard of for a day."""
    session.merge(Worker(name=name, seen_at=now))
    session.execute(delete(Worker).where(Worker.seen_at < now - _FORGET_AFTER))


def last_seen(session: Session) -> datetime | None:
    """Return when any worker was last alive, None if none ever was."""
    return session.scalars(select(func.max(Worker.seen_at))).one_or_none()
