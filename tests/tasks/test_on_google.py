"""Tasks on a calendar at Google."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.settings import Settings
from tests.providersim.server import ProviderSim
from tests.tasks.hands import GooglePlace, Recorder
from tests.tasks.place import sign_up
from tests.tasks.stories import TaskStories


class TestOnGoogle(TaskStories):
    """The contract on the simulated Google."""

    colors: ClassVar[dict[str, tuple[str, ...]]] = {
        "low": ("8",),
        "normal": ("7",),
        "high": ("6",),
        "urgent": ("11",),
    }

    @pytest.fixture
    def sqlite_settings(self, sqlite_settings: Settings, sim: ProviderSim) -> Settings:
        return replace(sqlite_settings, **sim.google_settings)  # type: ignore[arg-type]

    @pytest.fixture
    def place(self, app: Flask, clock: FrozenClock, sim: ProviderSim) -> GooglePlace:
        services, user = sign_up(app)
        place = GooglePlace(
            services=services, clock=clock, user=user, sim=sim, recorder=Recorder(sim)
        )
        services.tasks.switches.set_calendar(user, place.connect_again())
        return place
