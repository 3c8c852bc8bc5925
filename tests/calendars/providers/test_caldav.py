"""The CalDAV provider passes the contract on Radicale and on Xandikos."""

from __future__ import annotations

import pytest

from tests.calendars.providers.contract import ProviderContract, Scene
from tests.calendars.providers.dav_scene import dav_scene
from tests.servers.dav import DavServer


class TestCaldav(ProviderContract):
    @pytest.fixture(params=["radicale", "xandikos"])
    def scene(self, request: pytest.FixtureRequest) -> Scene:
        server = request.getfixturevalue(request.param)
        assert isinstance(server, DavServer)
        return dav_scene(server.new_account())
