"""A host with webhooks, on SQLite or on each of the two databases in turn."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.settings import Settings
from tests.doorless import doorless_app, either_doorless_app
from tests.webhooks.scene import Hooks, hooks_of

__all__ = ["doorless_app", "either_doorless_app"]


@pytest.fixture
def hooks(app: Flask, clock: FrozenClock, settings_template: Settings) -> Hooks:
    return hooks_of(app, clock, settings_template)


@pytest.fixture
def hasty_hooks(app: Flask, clock: FrozenClock, settings_template: Settings) -> Hooks:
    """The same with a sender that gives a receiver one second."""
    return hooks_of(app, clock, settings_template, seconds=1)


@pytest.fixture
def either_hooks(either_app: Flask, clock: FrozenClock, settings_template: Settings) -> Hooks:
    return hooks_of(either_app, clock, settings_template)
