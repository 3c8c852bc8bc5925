"""Hosts with calendars full of busy rows, and `booking serve`, for the benchmarks over HTTP."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from sqlalchemy import insert

from booking.app import create_app
from booking.calendars.models import Calendar, Connection, SelectedCalendar
from booking.calendars.sync_models import BusyRow, Cursor
from booking.core.clock import SystemClock
from booking.core.ids import encode_id
from booking.core.instants import DAY, to_instant
from booking.db import writing
from booking.settings import Settings
from booking.wiring import Services
from tests.servers.booking_server import environment_of
from tests.servers.process import free_port


@dataclass(frozen=True, slots=True)
class BenchSite:
    """Where the slots of the benchmark's event type are asked for."""

    base_url: str
    query: str

    @property
    def slots_url(self) -> str:
        """A month of slots."""
        return f"{self.base_url}/api/v1/slots?{self.query}"


def settings_for(folder: Path) -> Settings:
    """Return settings for a throw-away site in `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(
        database_url=f"sqlite:///{folder / 'bench.sqlite3'}",
        secret_key="a secret that only benchmarks know, long enough",
        credential_keys=(bytes(range(32)),),
    )


@contextmanager
def running(folder: Path, rows: int, days: int) -> Iterator[BenchSite]:
    """Serve a host whose three calendars hold `rows` busy rows over `days` days."""
    settings = settings_for(folder)
    app = migrated(settings)
    with app.app_context():
        services = app.extensions["booking"]
        host_id = add_host(services, 1)
        add_calendars(host_id, rows, days, calendars=3)
        event_type = services.event_types.create(
            host_id, {"title": "Intro", "slug": "intro", "duration_minutes": 30}
        )
    with serving(settings) as base_url:
        yield BenchSite(base_url, month_of(encode_id(event_type.id)))


def migrated(settings: Settings) -> Flask:
    """Return the application on a fresh database."""
    from flask_migrate import upgrade  # noqa: PLC0415 - no running process loads Alembic

    app = create_app(settings)
    with app.app_context():
        upgrade()
    return app


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Run `booking serve`; give its address."""
    port = free_port()
    environment = {**os.environ, **environment_of(settings)}  # noqa: TID251 - for a child
    command = [sys.executable, "-m", "booking", "serve", "--port", str(port), "--no-worker"]
    with _process(command, port, environment):
        yield f"http://127.0.0.1:{port}"


def month_of(event_type_id: str) -> str:
    """Return the question about 30 days from tomorrow on."""
    first = SystemClock().now().date() + timedelta(days=1)
    return (
        f"event_type_id={event_type_id}&start={first}"
        f"&end={first + timedelta(days=30)}&time_zone=Europe/Berlin"
    )


@contextmanager
def bare(body: bytes, folder: Path) -> Iterator[str]:
    """Serve the same bytes from a bare Flask route."""
    path, port = folder / "body", free_port()
    path.write_bytes(body)
    with _process([sys.executable, "bench/bare.py", str(port), str(path)], port, None):
        yield f"http://127.0.0.1:{port}/bare"


@contextmanager
def _process(command: list[str], port: int, environment: dict[str, str] | None) -> Iterator[None]:
    child = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield
    finally:
        child.terminate()
        child.wait()


def _wait(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def add_host(services: Services, number: int) -> int:
    """Make an account in Berlin; return its id."""
    return services.accounts.create_user(
        email=f"host{number}@example.test",
        username=f"host{number}",
        name=f"Host {number}",
        time_zone="Europe/Berlin",
    ).id


def add_calendars(user_id: int, rows: int, days: int, *, calendars: int) -> None:
    """Let calendars that were read well block a host: `rows` random events over `days` days."""
    now = SystemClock().now()
    chance = random.Random(user_id)
    with writing() as session:
        connection = Connection(user_id=user_id, provider="caldav", url="http://x", created_at=now)
        session.add(connection)
        session.flush()
        for place in range(calendars):
            calendar = Calendar(
                connection_id=connection.id, remote_key=f"/{place}/", name="x", created_at=now
            )
            session.add(calendar)
            session.flush()
            session.add(SelectedCalendar(user_id=user_id, calendar_id=calendar.id, created_at=now))
            session.add(
                Cursor(
                    calendar_id=calendar.id,
                    synced_at=now + timedelta(hours=1),
                    covered_until=to_instant(now) + 800 * DAY,
                )
            )
            values = [_row(chance, calendar.id, now, days) for _ in range(rows // calendars)]
            session.connection().execute(insert(BusyRow), values)


def _row(chance: random.Random, calendar_id: int, now: datetime, days: int) -> dict[str, Any]:
    start = to_instant(now) + chance.randrange(days * 96) * 900
    return {
        "calendar_id": calendar_id,
        "item_key": "x",
        "uid": "x",
        "starts_at": start,
        "ends_at": start + chance.choice([900, 1800, 3600]),
        "is_tentative": False,
        "is_all_day": False,
        "is_own": False,
    }
