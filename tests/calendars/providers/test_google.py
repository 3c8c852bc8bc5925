"""The Google provider passes the contract, with the real client library over HTTP."""

from __future__ import annotations

import pytest

from tests.calendars.providers.contract import ProviderContract, Scene
from tests.calendars.providers.google_scene import google_scene
from tests.providersim.server import ProviderSim


class TestGoogle(ProviderContract):
    @pytest.fixture
    def scene(self, request: pytest.FixtureRequest) -> Scene:
        sim = request.getfixturevalue("sim")
        assert isinstance(sim, ProviderSim)
        return google_scene(sim)
