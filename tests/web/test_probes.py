"""Health touches nothing; readiness says what is wrong."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from booking.app import create_app
from booking.core.clock import FrozenClock
from booking.db import db, writing
from booking.queue.workers import beat
from booking.settings import Settings
from booking.web.probes import WORKER_SILENCE, Readiness


@pytest.fixture
def ready(either_app: Flask) -> Callable[[], tuple[int, dict[str, str]]]:
    """Ask for readiness, past the verdict that is kept."""
    client = either_app.test_client()

    def ask() -> tuple[int, dict[str, str]]:
        either_app.extensions["booking.readiness"] = Readiness()
        answer = client.get("/readyz")
        return answer.status_code, answer.get_json()["checks"]

    return ask


Ask = Callable[[], tuple[int, dict[str, str]]]


def alive(clock: FrozenClock) -> None:
    with writing() as session:
        beat(session, "worker-1", clock.now())


def test_with_database_schema_and_worker_all_is_well(ready: Ask, clock: FrozenClock) -> None:
    alive(clock)

    assert ready() == (200, {"database": "ok", "schema": "ok", "worker": "ok"})


def test_a_worker_that_fell_silent_is_named(ready: Ask, clock: FrozenClock) -> None:
    alive(clock)
    clock.moment += WORKER_SILENCE

    assert ready() == (503, {"database": "ok", "schema": "ok", "worker": "silent"})


def test_another_schema_is_named(ready: Ask, clock: FrozenClock) -> None:
    alive(clock)
    with writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'newer'"))

    assert ready()[1]["schema"] == "other version"


def test_a_database_that_takes_no_writes_is_named_within_a_second(
    ready: Ask, clock: FrozenClock
) -> None:
    alive(clock)
    with writing() as session:
        session.execute(
            text(
                "INSERT INTO throttle_windows (bucket, started_at, ends_at, hits) "
                "VALUES ('readyz', 0, 0, 1) ON CONFLICT (bucket) DO UPDATE SET hits = 1"
            )
        )
        status, checks = ready()

    assert status == 503
    assert checks["database"] in {"late", "failing"}


def test_an_empty_database_is_not_ready_but_healthy(
    settings_template: Settings, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    app = create_app(replace(settings_template, database_url=url))
    client = app.test_client()

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    with app.app_context():
        db.engine.dispose()


def test_the_verdict_is_kept_for_a_moment(client: FlaskClient, clock: FrozenClock) -> None:
    before = client.get("/readyz").status_code
    alive(clock)

    assert (before, client.get("/readyz").status_code) == (503, 503)
