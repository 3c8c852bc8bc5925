"""Pushes to the product as it is served: how soon they are followed, and how a flood is borne."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from booking.app import create_app
from booking.core.clock import SystemClock
from booking.core.ids import encode_id
from booking.db import db
from booking.settings import Settings
from tests.calendars.push_site import HOST, google_account, microsoft_account
from tests.providersim.graph_server import GraphSim
from tests.providersim.server import ProviderSim
from tests.servers.booking_server import BookingServer
from tests.site import EVERY_HOUR

SOON = 2.0


@dataclass
class Served:
    """A site with a worker, whose host has a calendar at either cloud."""

    base_url: str
    event_type: str
    key: str
    calendars: list[str]
    outlook: str

    def get(self, path: str, **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = requests.get(self.base_url + path, params=query, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def is_offered(self, start: datetime) -> bool:
        day = start.date()
        found = self.get(
            "/api/v1/slots",
            event_type_id=self.event_type,
            start=str(day),
            end=str(day + timedelta(days=1)),
            time_zone="UTC",
        )
        wanted = start.strftime("%Y-%m-%dT%H:%M:%SZ")
        return any(slot["start"] == wanted for day in found["slots"].values() for slot in day)

    def mode(self, calendar: str) -> str:
        return str(self.get(f"/api/v1/calendars/{calendar}/status")["watch"]["mode"])

    def wait_until_gone(self, start: datetime) -> float:
        """Return after how many seconds a time is no longer offered."""
        begun = time.monotonic()
        while self.is_offered(start):
            assert time.monotonic() - begun < 30, "the time is still offered"
        return time.monotonic() - begun


@pytest.fixture
def served(
    sqlite_settings: Settings, sim: ProviderSim, graph: GraphSim, tmp_path: Path
) -> Iterator[Served]:
    """The site, once both channels stand."""
    settings = replace(sqlite_settings, **sim.google_settings, **graph.microsoft_settings)  # type: ignore[arg-type]
    server = BookingServer(tmp_path, settings)
    settings = server.at_home()
    app = create_app(settings)
    with app.app_context():
        services = app.extensions["booking"]
        user = services.accounts.create_user(
            email=HOST, name="Some", username="some", time_zone="UTC", password=None
        )
        schedule = services.schedules.create(user.id, {**EVERY_HOUR, "time_zone": "UTC"})
        services.accounts.change_profile(user.id, {"default_schedule_id": schedule.id})
        key = services.api_keys.create(user.id, "tests", ("read",)).secret
        made = services.event_types.create(user.id, {"title": "Talk", "duration_minutes": 60})
        calendars = []
        for account in (google_account(sim), microsoft_account(graph)):
            connection = services.connections.connect(user.id, account)
            (found,) = services.connections.calendars(user.id, connection.id)
            services.selection.select(user.id, found.id)
            calendars.append(encode_id(found.id))
        db.engine.dispose()
    (outlook,) = graph.calendars.calendars_of(HOST)
    site = Served(server.base_url, encode_id(made.id), key, calendars, outlook)
    try:
        server.start()
        begun = time.monotonic()
        while [site.mode(each) for each in calendars] != ["push", "push"]:
            assert time.monotonic() - begun < 60, "no channel was opened"
            time.sleep(0.1)
        yield site
    finally:
        server.stop()


def tomorrow_at(hour: int) -> datetime:
    day = SystemClock().now() + timedelta(days=1)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def test_a_change_is_off_the_page_within_two_seconds_and_a_flood_is_two_readings(
    served: Served, sim: ProviderSim, graph: GraphSim
) -> None:
    """One site for all of it, as starting one takes longer than the rest."""
    _wait_until_idle(sim)
    _change_at_google(served, sim)
    _change_at_microsoft(served, graph)
    _flood(served, sim)


def _change_at_google(served: Served, sim: ProviderSim) -> None:
    start = tomorrow_at(9)
    assert served.is_offered(start)
    begun = time.monotonic()
    sim.google.add_event(
        HOST,
        start={"dateTime": start.isoformat()},
        end={"dateTime": (start + timedelta(hours=1)).isoformat()},
    )
    served.wait_until_gone(start)
    assert time.monotonic() - begun < SOON


def _change_at_microsoft(served: Served, graph: GraphSim) -> None:
    start = tomorrow_at(12)
    graph.postman.repeats = 3  # every push comes three times
    assert served.is_offered(start)
    begun = time.monotonic()
    graph.add_event(
        HOST,
        served.outlook,
        start={"dateTime": start.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
        end={
            "dateTime": (start + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S"),
            "timeZone": "UTC",
        },
    )
    served.wait_until_gone(start)
    assert time.monotonic() - begun < SOON


def _flood(served: Served, sim: ProviderSim) -> None:
    """Send a thousand pushes within two seconds, as far as the machine can."""
    _wait_until_idle(sim)
    (channel,) = sim.google.channels
    headers = {
        "X-Goog-Channel-ID": channel,
        "X-Goog-Channel-Token": sim.google.token_of(channel),
        "X-Goog-Resource-State": "exists",
    }
    before = sim.calls.count("events.list")

    def push(share: int) -> list[float]:
        waits = []
        with requests.Session() as session:
            session.trust_env = False
            for _ in range(share):
                begun = time.monotonic()
                answer = session.post(f"{served.base_url}/hooks/google", headers=headers, timeout=9)
                waits.append(time.monotonic() - begun)
                assert answer.status_code == 200
        return waits

    with ThreadPoolExecutor(8) as crew:
        waits = [wait for found in crew.map(push, [125] * 8) for wait in found]
    _wait_until_idle(sim)

    assert len(waits) == 1000
    assert max(waits) < 1.0
    assert 1 <= sim.calls.count("events.list") - before <= 2


def _wait_until_idle(sim: ProviderSim) -> None:
    """Wait until Google has not been asked for anything for two seconds."""
    calls, since = len(sim.calls), time.monotonic()
    while time.monotonic() - since < 2.0:
        time.sleep(0.05)
        if len(sim.calls) != calls:
            calls, since = len(sim.calls), time.monotonic()
