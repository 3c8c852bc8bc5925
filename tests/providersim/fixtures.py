"""The simulator as a fixture: one for each test, which fails where a shape was broken."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providersim.server import ProviderSim, simulating


@pytest.fixture
def sim() -> Iterator[ProviderSim]:
    """Google on loopback, with nobody and nothing in it."""
    with simulating() as server:
        yield server
    assert server.violations == []
