"""The Microsoft provider passes the contract over TLS."""

from __future__ import annotations

import pytest

from tests.calendars.providers.contract import ProviderContract, Scene
from tests.calendars.providers.graph_scene import graph_scene
from tests.providersim.graph_server import GraphSim


class TestMicrosoft(ProviderContract):
    @pytest.fixture
    def scene(self, request: pytest.FixtureRequest) -> Scene:
        graph = request.getfixturevalue("graph")
        assert isinstance(graph, GraphSim)
        return graph_scene(graph)
