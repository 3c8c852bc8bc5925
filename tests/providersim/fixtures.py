"""The simulator as a fixture: one for each test, which fails where a shape was broken."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.providersim.graph_server import GraphSim
from tests.providersim.server import ProviderSim, simulating


@pytest.fixture
def sim() -> Iterator[ProviderSim]:
    """Google on loopback, with nobody and nothing in it."""
    with simulating() as server:
        yield server
    assert server.violations == []


@pytest.fixture(scope="session")
def authority_of_tests() -> trustme.CA:
    """A certificate authority that nobody else knows."""
    return trustme.CA()


@pytest.fixture
def graph(authority_of_tests: trustme.CA, tmp_path: Path) -> Iterator[GraphSim]:
    """Microsoft on loopback by TLS, with nobody and nothing in it."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority_of_tests.issue_cert("127.0.0.1").configure_cert(tls)
    ca_file = tmp_path / "authority.pem"
    authority_of_tests.cert_pem.write_to_path(str(ca_file))
    with GraphSim(tls=tls, ca_file=str(ca_file)) as server:
        yield server
    assert server.violations == []
