"""A worker killed between sending a message and writing that down repeats the same message."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from booking.accounts.announcements import Announcement
from booking.app import create_app
from booking.core.clock import SystemClock
from booking.db import db, writing
from booking.settings import Settings
from booking.wiring import Services
from tests.servers.booking_server import BookingServer
from tests.servers.scripted import Reply, Request, ScriptedServer


class DeadlyReceiver:
    """Kills the worker, as a crash would, when the first message has come whole."""

    def __init__(self, server: BookingServer) -> None:
        self._server = server
        self.ids: list[str] = []

    def answer(self, request: Request) -> Reply:
        self.ids.append(request.headers["webhook-id"])
        if len(self.ids) == 1:
            self._server.kill_worker()
        return Reply(204)


def _announce(services: Services, user_id: int, key: str) -> None:
    announcement = Announcement(
        user_ids=(user_id,),
        event="booking.created",
        at=services.clock.now(),
        data={"uid": key},
        key=key,
    )
    with writing() as session:
        services.webhooks.outbox.announce(session, announcement)


def _settled(
    services: Services, user_id: int, webhook_id: int, seconds: float = 120.0
) -> list[str]:
    """Wait until nothing is on its way any more; return the states."""
    deadline = time.monotonic() + seconds
    while True:
        found = services.webhooks.service.deliveries(user_id, webhook_id)
        if all(each.state == "sent" for each in found) or time.monotonic() > deadline:
            return [each.state for each in found]
        time.sleep(0.05)


@pytest.mark.fault
def test_a_message_whose_sender_dies_is_repeated_under_its_id(
    sqlite_settings: Settings, tmp_path: Path
) -> None:
    server = BookingServer(tmp_path, sqlite_settings)
    receiver = DeadlyReceiver(server)
    app = create_app(sqlite_settings, SystemClock())
    services: Services = app.extensions["booking"]
    with ScriptedServer(receiver.answer) as door, app.app_context():
        user = services.accounts.create_user(
            email="some@example.test",
            name="Some",
            username="some",
            time_zone="UTC",
            password=None,
        )
        hook = services.webhooks.service.create(user.id, {"url": door.url}).webhook
        for key in ("one", "two"):
            _announce(services, user.id, key)
        server.start()
        try:
            states = _settled(services, user.id, hook.id)
        finally:
            server.stop()
            db.engine.dispose()

    assert states == ["sent", "sent"]
    first, again, *rest = receiver.ids
    assert again == first
    assert len(rest) == 1
    assert rest[0] != first
