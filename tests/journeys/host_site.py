"""An installation inside the test process, for journeys that begin with an empty account."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from waitress.server import create_server

from booking.app import create_app
from booking.db import db
from booking.jobs.build import build_runner, ticks
from booking.settings import Settings
from booking.wiring import Services
from tests.servers.process import free_port

EMAIL = "some@example.test"
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSite:
    """A served application with the host `some`, who has nothing yet."""

    base_url: str
    app: Flask

    @property
    def services(self) -> Services:
        """Return what the pages call."""
        found: Services = self.app.extensions["booking"]
        return found

    def sign_in(self, page: Page) -> None:
        """Sign in as `some`."""
        page.goto(f"{self.base_url}/login")
        page.get_by_label("E-mail address").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/bookings")

    def do_due_work(self, *ticks_before: str) -> None:
        """Run every job that is due now, as the worker would, maybe after these ticks."""
        with self.app.app_context():
            for tick in ticks(self.services):
                if tick.name in ticks_before:
                    tick.work()
            list(build_runner(self.app).drain())


@pytest.fixture
def host_site(sqlite_settings: Settings) -> Iterator[HostSite]:
    """A served application of this test's own."""
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    app = create_app(replace(sqlite_settings, base_url=base_url))
    site = HostSite(base_url=base_url, app=app)
    with app.app_context():
        site.services.accounts.create_user(
            email=EMAIL,
            username="some",
            name="Some Example",
            time_zone="Europe/Berlin",
            password=PASSWORD,
        )
    server: Any = create_server(app, host="127.0.0.1", port=port, threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield site
    _stop(server, thread)
    with app.app_context():
        db.engine.dispose()


def _stop(server: Any, thread: threading.Thread) -> None:
    """End answers first, then close every socket in the thread that waits for them.

    waitress wakes that thread through a pipe: closed from here, the pipe would be missed by it or
    by an answer that is still being written.
    """
    server.task_dispatcher.shutdown(timeout=30)

    def close_all() -> None:
        for channel in list(server.active_channels.values()):
            channel.close()
        server.close()

    server.trigger.pull_trigger(close_all)
    thread.join(timeout=30)
    assert not thread.is_alive()
