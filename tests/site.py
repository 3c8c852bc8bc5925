"""A whole site for tests: a host with a real calendar behind `booking serve`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests

from booking.app import create_app
from booking.core.clock import SystemClock
from booking.core.ids import encode_id
from booking.db import db
from booking.settings import Settings
from booking.wiring import Services
from tests.servers.booking_server import BookingServer
from tests.servers.dav import DavAccount

EVERY_HOUR = {
    "name": "Always",
    "time_zone": "Europe/Berlin",
    "weekly": [
        {
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "start": "00:00",
            "end": "24:00",
        }
    ],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The running site, and the ways to look at it from outside."""

    server: BookingServer
    account: DavAccount
    conflict_url: str
    destination_url: str
    api_key: str = field(repr=False)
    event_type_id: str
    conflict_id: str

    @property
    def base_url(self) -> str:
        return self.server.base_url

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return requests.get(self.base_url + path, timeout=30, **kwargs)

    def post(self, path: str, body: object = None, **kwargs: Any) -> requests.Response:
        return requests.post(self.base_url + path, json=body, timeout=30, **kwargs)

    @property
    def as_host(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}

    def starts(self, days: int = 14) -> list[str]:
        """Return the starts that are offered from tomorrow on."""
        first = SystemClock().now().date() + timedelta(days=1)
        answer = self.get(
            "/api/v1/slots",
            params={
                "event_type_id": self.event_type_id,
                "start": str(first),
                "end": str(first + timedelta(days=days)),
                "time_zone": "UTC",
            },
        )
        assert answer.status_code == 200, answer.text
        return [slot["start"] for day in answer.json()["slots"].values() for slot in day]

    def wish(self, start: str, guest: str = "guest") -> dict[str, Any]:
        """Return the body of a booking."""
        return {
            "event_type_id": self.event_type_id,
            "start": start,
            "time_zone": "UTC",
            "guest": {"name": guest, "email": f"{guest}@example.test"},
        }

    def book(self, start: str, guest: str = "guest", **kwargs: Any) -> requests.Response:
        return self.post("/api/v1/bookings", self.wish(start, guest), **kwargs)

    def calendar_events(self) -> list[str]:
        """Return the booked events that stand in the destination calendar."""
        return [text for text in self.account.objects(self.destination_url) if "@" in text]

    def wait_for(self, condition: Callable[[], bool], seconds: float, what: str) -> float:
        """Wait until something is so; return after how many seconds it was."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            if condition():
                return time.monotonic() - begun
            time.sleep(0.1)
        raise AssertionError(f"after {seconds} s still not so: {what}")


@contextmanager
def backstage(settings: Settings) -> Iterator[Services]:
    """Open the site's database in this process, for what no door can do."""
    app = create_app(settings)
    with app.app_context():
        yield app.extensions["booking"]
        db.engine.dispose()


def build_site(
    settings: Settings,
    server: BookingServer,
    account: DavAccount,
    *,
    waits: bool = True,
    **event_type: Any,
) -> Site:
    """Make a host with two calendars and an event type, and start the server.

    `waits`: until a worker is alive as well.
    """
    conflict_url = account.make_calendar("conflict")
    destination_url = account.make_calendar("destination")
    app = create_app(settings)
    with app.app_context():
        services = app.extensions["booking"]
        user = services.accounts.create_user(
            email="host@example.test",
            username="sitehost",
            name="Host",
            time_zone="Europe/Berlin",
            password="correct horse battery staple",
        )
        key = services.api_keys.create(user.id, "tests", ("read", "write", "bookings"))
        connection = services.connections.connect_caldav(
            user.id, "radicale", account.base_url, account.user, account.password
        )
        calendars = {
            calendar.name: calendar.id
            for calendar in services.connections.calendars(user.id, connection.id)
        }
        services.selection.select(user.id, calendars["conflict"], None, tentative_blocks=False)
        services.refresher.refresh(calendars["conflict"])
        services.selection.set_destination(user.id, calendars["destination"])
        schedule = services.schedules.create(user.id, EVERY_HOUR)
        services.accounts.change_profile(user.id, {"default_schedule_id": schedule.id})
        fields = {"title": "Intro", "slug": "intro", "duration_minutes": 30, **event_type}
        made = services.event_types.create(user.id, fields)
        db.engine.dispose()
    server.start()
    site = Site(
        server=server,
        account=account,
        conflict_url=conflict_url,
        destination_url=destination_url,
        api_key=key.secret,
        event_type_id=encode_id(made.id),
        conflict_id=encode_id(calendars["conflict"]),
    )
    if waits:
        site.wait_for(lambda: site.get("/readyz").status_code == 200, 60, "the worker is alive")
    return site
