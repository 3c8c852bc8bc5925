"""Tasks on a calendar at Microsoft."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.settings import Settings
from tests.providersim.graph_server import GraphSim
from tests.tasks.hands import GraphPlace, Recorder
from tests.tasks.place import sign_up
from tests.tasks.stories import TaskStories


class TestOnMicrosoft(TaskStories):
    """The contract on the simulated Microsoft."""

    colors: ClassVar[dict[str, tuple[str, ...]]] = {
        "low": ("Green category",),
        "normal": ("Blue category",),
        "high": ("Orange category",),
        "urgent": ("Red category",),
    }

    @pytest.fixture
    def sqlite_settings(self, sqlite_settings: Settings, graph: GraphSim) -> Settings:
        return replace(sqlite_settings, **graph.microsoft_settings)  # type: ignore[arg-type]

    @pytest.fixture
    def place(self, app: Flask, clock: FrozenClock, graph: GraphSim) -> GraphPlace:
        services, user = sign_up(app)
        place = GraphPlace(
            services=services, clock=clock, user=user, graph=graph, recorder=Recorder(graph)
        )
        services.tasks.switches.set_calendar(user, place.connect_again())
        return place
