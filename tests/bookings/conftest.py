"""The desk, on SQLite or on each of the two databases in turn."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from tests.bookings.desk import Desk, open_desk
from tests.doorless import doorless_app, either_doorless_app

__all__ = ["doorless_app", "either_doorless_app"]


@pytest.fixture
def desk(app: Flask, clock: FrozenClock) -> Desk:
    """One host's desk on SQLite."""
    return open_desk(app, clock)


@pytest.fixture
def either_desk(either_app: Flask, clock: FrozenClock) -> Desk:
    """One host's desk on each of the two databases in turn."""
    return open_desk(either_app, clock)
