"""The desk, on SQLite or on each of the two databases in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.settings import Settings
from tests.bookings.desk import Desk, open_desk
from tests.bookings.postbox import Postbox
from tests.doorless import doorless_app, either_doorless_app, running_doorless
from tests.servers.smtp_sink import Sink, running_sink

__all__ = ["doorless_app", "either_doorless_app"]


@pytest.fixture
def desk(app: Flask, clock: FrozenClock) -> Desk:
    """One host's desk on SQLite."""
    return open_desk(app, clock)


@pytest.fixture
def either_desk(either_app: Flask, clock: FrozenClock) -> Desk:
    """One host's desk on each of the two databases in turn."""
    return open_desk(either_app, clock)


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A mail server."""
    with running_sink() as server:
        yield server


@pytest.fixture
def postbox(sqlite_settings: Settings, clock: FrozenClock, sink: Sink) -> Iterator[Postbox]:
    """One host's desk on SQLite, whose mails go to the sink."""
    yield from _posting(sqlite_settings, clock, sink)


@pytest.fixture
def either_postbox(either_settings: Settings, clock: FrozenClock, sink: Sink) -> Iterator[Postbox]:
    """One host's desk on each of the two databases in turn, whose mails go to the sink."""
    yield from _posting(either_settings, clock, sink)


def _posting(settings: Settings, clock: FrozenClock, sink: Sink) -> Iterator[Postbox]:
    whole = replace(
        settings,
        smtp_url=f"smtp://127.0.0.1:{sink.port}",
        mail_from="Booking <booking@book.example>",
        base_url="https://book.example",
    )
    for app in running_doorless(whole, clock):
        yield Postbox(app=app, desk=open_desk(app, clock), sink=sink)
