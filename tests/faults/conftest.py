"""A site whose processes and servers may be taken away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from booking.settings import Settings
from tests.servers.booking_server import BookingServer
from tests.servers.dav import DavAccount
from tests.site import Site, build_site


@pytest.fixture
def site(sqlite_settings: Settings, radicale_account: DavAccount, tmp_path: Path) -> Iterator[Site]:
    """A site on SQLite with a real calendar."""
    server = BookingServer(tmp_path, sqlite_settings)
    try:
        yield build_site(sqlite_settings, server, radicale_account)
    finally:
        server.stop()


@pytest.fixture
def either_site(
    either_settings: Settings, radicale_account: DavAccount, tmp_path: Path
) -> Iterator[Site]:
    """A site on each of the two databases in turn."""
    server = BookingServer(tmp_path, either_settings)
    try:
        yield build_site(either_settings, server, radicale_account)
    finally:
        server.stop()
