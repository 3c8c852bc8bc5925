"""Refreshes 1,000 connected calendars that have not changed, while guests look at slots.

Run: python bench/refresh.py [CALENDARS]. A provider takes 200 ms for each answer, `booking serve`
runs with its worker on SQLite, and guests ask for a month of slots 20 times a second, each counted
from the moment at which it was meant to be sent. Goals: the round ends within 60 seconds, and the
guests' 99th percentile stays within twice what it is when the worker has nothing to do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import requests
from sqlalchemy import func, select, update

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.site import (  # noqa: E402 - the path comes first
    add_calendars,
    add_host,
    migrated,
    month_of,
    settings_for,
)
from booking.calendars.models import Calendar, Connection, SelectedCalendar  # noqa: E402
from booking.calendars.oauth_ports import Grant  # noqa: E402
from booking.calendars.refresh import COVERED_AHEAD  # noqa: E402
from booking.calendars.sync_models import Cursor  # noqa: E402
from booking.calendars.watch_models import CalendarWatch  # noqa: E402
from booking.core.clock import SystemClock  # noqa: E402
from booking.core.ids import encode_id  # noqa: E402
from booking.core.instants import DAY, to_instant  # noqa: E402
from booking.db import reading, writing  # noqa: E402
from booking.security.cipher import place  # noqa: E402
from booking.settings import Settings  # noqa: E402
from booking.wiring import Services  # noqa: E402
from tests.servers.booking_server import environment_of  # noqa: E402
from tests.servers.process import free_port  # noqa: E402

CALENDARS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
MILLISECONDS = 200
A_SECOND = 20
IDLE_SECONDS = 15
ROUND_GOAL = 60.0
_SCOPES = ("calendar.events", "calendar.calendarlist.readonly", "calendar.freebusy")


def main() -> None:
    """Measure, print, and fail where a goal is missed."""
    folder = Path(tempfile.mkdtemp(prefix="bench-refresh-"))
    try:
        is_met = _measure(folder)
    finally:
        shutil.rmtree(folder)
    sys.exit(not is_met)


def _measure(folder: Path) -> bool:
    provider = free_port()
    settings = replace(
        settings_for(folder),
        google_client_id="bench",
        google_client_secret="bench",
        google_api_base=f"http://127.0.0.1:{provider}",
    )
    app = migrated(settings)
    with app.app_context():
        event_type = _fill(app.extensions["booking"])
    stub = [sys.executable, "bench/stub_google.py", str(provider), str(MILLISECONDS)]
    with _child(stub), _site(settings) as base_url, ThreadPoolExecutor(32) as crew:
        url = f"{base_url}/api/v1/slots?{month_of(event_type)}"
        _ask(crew, url, 3)
        idle = _ask(crew, url, IDLE_SECONDS)
        with app.app_context():
            begun = _make_due()
            started = time.monotonic()
            busy = _ask_until(crew, url, lambda: _left(begun) == 0)
            took = time.monotonic() - started
    return _told(took, idle, busy)


def _told(took: float, idle: list[float], busy: list[float]) -> bool:
    before, meanwhile = _p99(idle), _p99(busy)
    load = os.getloadavg()[0]
    is_met = took <= ROUND_GOAL and meanwhile <= 2 * before
    told = [
        f"{CALENDARS} calendars, {MILLISECONDS} ms: {took:.1f} s (goal {ROUND_GOAL:.0f})",
        f"guests, 99th percentile: {before * 1000:.0f} ms idle, {meanwhile * 1000:.0f} meanwhile",
        f"guests, median: {_median(idle) * 1000:.0f} ms idle, {_median(busy) * 1000:.0f} meanwhile",
        f"load average {load:.1f} on {os.cpu_count()} cores: {'met' if is_met else 'MISSED'}",
    ]
    sys.stdout.write("\n".join(told) + "\n")
    return is_met


def _fill(services: Services) -> str:
    """Make a host with an event type, and ten whose calendars are all read; return the type."""
    host = add_host(services, 1)
    add_calendars(host, 500, 60, calendars=3)
    made = services.event_types.create(host, {"title": "Intro", "duration_minutes": 30})
    for number in range(2, 12):
        _connect(services, add_host(services, number), CALENDARS // 10)
    return encode_id(made.id)


def _connect(services: Services, user_id: int, number: int) -> None:
    """Connect accounts with a calendar each that was read completely just now."""
    now = SystemClock().now()
    moment = to_instant(now)
    grant = Grant(access_token="t", refresh_token="r", expires_at=2**40, scopes=_SCOPES).text()
    with writing() as session:
        for _ in range(number):
            row = Connection(user_id=user_id, provider="google", url="", created_at=now)
            session.add(row)
            session.flush()
            row.secret = services.cipher.seal(grant, place("connections", row.id, "secret"))
            row.account, row.details = f"account-{row.id}", {"listed_at": moment}
            calendar = Calendar(
                connection_id=row.id,
                remote_key=f"c-{row.id}",
                name="x",
                time_zone="Europe/Berlin",
                created_at=now,
            )
            session.add(calendar)
            session.flush()
            session.add(SelectedCalendar(user_id=user_id, calendar_id=calendar.id, created_at=now))
            session.add(
                Cursor(
                    calendar_id=calendar.id,
                    token="last",
                    parameters=hashlib.sha256(b"Europe/Berlin").hexdigest(),
                    covered_until=moment - moment % DAY + COVERED_AHEAD,
                    synced_at=now + timedelta(hours=1),
                    full_at=now,
                )
            )
            # As many channels would be asked for meanwhile; here it is the polling that counts.
            session.add(CalendarWatch(calendar_id=calendar.id, due_at=now + timedelta(days=1)))


def _make_due() -> datetime:
    """Let all those calendars be due at once; return when."""
    now = SystemClock().now()
    with writing() as session:
        session.execute(
            update(Cursor).where(Cursor.token == "last").values(synced_at=now - timedelta(hours=1))
        )
    return now


def _left(begun: datetime) -> int:
    query = select(func.count()).where(Cursor.token.is_not(None), Cursor.synced_at < begun)
    with reading() as session:
        return session.scalar(query) or 0


def _ask(crew: ThreadPoolExecutor, url: str, seconds: float) -> list[float]:
    ends_at = time.monotonic() + seconds
    return _ask_until(crew, url, lambda: time.monotonic() >= ends_at)


def _ask_until(crew: ThreadPoolExecutor, url: str, is_over: Callable[[], bool]) -> list[float]:
    """Ask at an even pace; return how long each answer took from its intended start."""
    waits, start, place = [], time.monotonic(), 0
    while not is_over():
        intended = start + place / A_SECOND
        time.sleep(max(0.0, intended - time.monotonic()))
        waits.append(crew.submit(_get, url, intended))
        place += 1
    return [wait.result() for wait in waits]


def _get(url: str, intended: float) -> float:
    answer = requests.get(url, timeout=30)
    if answer.status_code != 200:
        raise RuntimeError(f"unexpected answer: {answer.status_code}")
    return time.monotonic() - intended


def _p99(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)]


def _median(waits: list[float]) -> float:
    return sorted(waits)[len(waits) // 2]


@contextmanager
def _site(settings: Settings) -> Iterator[str]:
    """Run `booking serve` with its worker; give its address once the worker is alive."""
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, **environment_of(settings)}  # noqa: TID251 - for a child
    command = [sys.executable, "-m", "booking", "serve", "--port", str(port)]
    with _child(command, environment):
        ends_at = time.monotonic() + 90
        while time.monotonic() < ends_at:
            time.sleep(0.2)
            try:
                if requests.get(f"{base_url}/readyz", timeout=5).status_code == 200:
                    break
            except requests.ConnectionError:
                continue
        else:
            raise RuntimeError("the worker did not start")
        yield base_url


@contextmanager
def _child(command: list[str], environment: dict[str, str] | None = None) -> Iterator[None]:
    child = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        child.terminate()
        child.wait()


if __name__ == "__main__":
    main()
