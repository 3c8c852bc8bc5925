"""The works, on SQLite or on each of the two databases in turn."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from tests.doorless import doorless_app, either_doorless_app
from tests.jobs.scene import Works

__all__ = ["doorless_app", "either_doorless_app"]


@pytest.fixture
def works(app: Flask, clock: FrozenClock) -> Works:
    return Works(app, clock)


@pytest.fixture
def either_works(either_app: Flask, clock: FrozenClock) -> Works:
    return Works(either_app, clock)
