"""The application without its doors: database and services alone, for tests that open none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.db import db, init_database
from booking.settings import Settings
from booking.wiring import build_services


def running_doorless(settings: Settings, clock: FrozenClock) -> Iterator[Flask]:
    """Run database and services, inside the context."""
    app = Flask("booking")
    init_database(app, settings)
    app.extensions["booking"] = build_services(settings, clock, context=app.app_context)
    with app.app_context():
        yield app
        db.engine.dispose()


@pytest.fixture(name="app")
def doorless_app(sqlite_settings: Settings, clock: FrozenClock) -> Iterator[Flask]:
    """Database and services on SQLite."""
    yield from running_doorless(sqlite_settings, clock)


@pytest.fixture(name="either_app")
def either_doorless_app(either_settings: Settings, clock: FrozenClock) -> Iterator[Flask]:
    """Database and services on each of the two databases in turn."""
    yield from running_doorless(either_settings, clock)
