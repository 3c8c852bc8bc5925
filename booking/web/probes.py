"""`/healthz` says that the process answers; `/readyz` that it can do its work.

Health touches nothing. Readiness tries a write within a second, compares the schema's level and
asks when a worker was last alive; the answer is kept for two seconds, so asking often is cheap.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from flask import Blueprint, Flask, Response, current_app
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from booking.core.clock import monotonic
from booking.db import db
from booking.queue.workers import last_seen
from booking.upkeep.schema import revision_of, wanted_revision
from booking.web.current import now
from booking.web.json_provider import dump_bytes
from booking.web.policy import public

OK: Final = "ok"
WORKER_SILENCE: Final = timedelta(seconds=90)
_PATIENCE_SECONDS = 1.0
_KEEP_SECONDS = 2.0
_EXTENSION = "booking.readiness"
_TOUCH = text(
    """
    INSERT INTO throttle_windows (bucket, started_at, ends_at, hits) VALUES ('readyz', 0, 0, 1)
    ON CONFLICT (bucket) DO UPDATE SET hits = throttle_windows.hits % 1000 + 1
    """
)

probes = Blueprint("probes", __name__)


@dataclass(slots=True)
class Readiness:
    """The last verdict of this process, and when it was given (monotonic seconds)."""

    pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="readyz")
    )
    lock: threading.Lock = field(default_factory=threading.Lock)
    given_at: float = float("-inf")
    checks: dict[str, str] = field(default_factory=dict)


def init_probes(app: Flask) -> None:
    """Register the probes."""
    app.extensions[_EXTENSION] = Readiness()
    app.register_blueprint(probes)


@probes.get("/healthz")
@public
def healthz() -> Response:
    """Answer, whatever the state of the rest."""
    return _answer({"status": "ok"}, 200)


@probes.get("/readyz")
@public
def readyz() -> Response:
    """Answer 200 when database, schema and worker are well, else 503; each check is named."""
    checks = _verdict(current_app.extensions[_EXTENSION], db.engine, now())
    is_ready = all(state == OK for state in checks.values())
    status = "ready" if is_ready else "not_ready"
    return _answer({"status": status, "checks": checks}, 200 if is_ready else 503)


def _answer(document: dict[str, object], status: int) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(
        dump_bytes(document), status=status, content_type="application/json", headers=headers
    )


def _verdict(readiness: Readiness, engine: Engine, moment: datetime) -> dict[str, str]:
    with readiness.lock:
        if monotonic() - readiness.given_at >= _KEEP_SECONDS:
            readiness.checks = _checked_in_time(readiness.pool, engine, moment)
            readiness.given_at = monotonic()
        return readiness.checks


def _checked_in_time(pool: ThreadPoolExecutor, engine: Engine, moment: datetime) -> dict[str, str]:
    """Run the checks in a thread: a database that hangs must not hang the probe."""
    try:
        return pool.submit(_check, engine, moment).result(timeout=_PATIENCE_SECONDS)
    except Late:
        return {"database": "late"}


def _check(engine: Engine, moment: datetime) -> dict[str, str]:
    try:
        with Session(engine) as session:
            _limit_waiting(session)
            session.execute(_TOUCH)
            session.commit()
        with Session(engine) as session:
            level = revision_of(session.connection())
            seen = last_seen(session)
    except SQLAlchemyError:
        return {"database": "failing"}
    is_alive = seen is not None and moment - seen < WORKER_SILENCE
    return {
        "database": OK,
        "schema": OK if level == _newest_level() else "other version",
        "worker": OK if is_alive else "silent",
    }


def _limit_waiting(session: Session) -> None:
    """On PostgreSQL let the server give up, so that no probe is left waiting behind a lock."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL statement_timeout = 900"))


@cache
def _newest_level() -> str | None:
    return wanted_revision()
