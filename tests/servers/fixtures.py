"""The servers as fixtures: each is started once per worker process, when first asked for."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
import redis as redis_client

from tests.servers.dav import DavAccount
from tests.servers.postgres_server import Postgres
from tests.servers.process import ServerFailed
from tests.servers.radicale_server import Radicale
from tests.servers.redis_server import Redis
from tests.servers.xandikos_server import Xandikos

Server = TypeVar("Server", Radicale, Xandikos, Redis, Postgres)


_MEMORY = Path("/dev/shm")  # noqa: S108  (memory where there is plenty: stores of small files)
_PLENTY = 1 << 30


def _place() -> Path | None:
    """Choose where the servers' files go; None means the usual temporary folder."""
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _PLENTY else None


@contextmanager
def running(kind: type[Server]) -> Iterator[Server]:
    """Run a server below the temporary folder; a server that cannot run fails the test."""
    folder = Path(tempfile.mkdtemp(prefix="booking-", dir=_place()))
    server = kind(folder)
    try:
        server.start()
        yield server
    except ServerFailed as error:
        pytest.fail(str(error), pytrace=False)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """A folder of this test's own, in memory where there is plenty: disks are waited for."""
    with tempfile.TemporaryDirectory(prefix="booking-", dir=_place()) as name:
        yield Path(name)


@pytest.fixture(scope="session")
def radicale() -> Iterator[Radicale]:
    """Radicale with the accounts `host` and `other`; use `outage()` to take it away."""
    with running(Radicale) as server:
        yield server


@pytest.fixture
def radicale_account(radicale: Radicale) -> DavAccount:
    """A user of Radicale that only this test knows."""
    return radicale.new_account()


@pytest.fixture(scope="session")
def xandikos() -> Iterator[Xandikos]:
    """Xandikos with the accounts `host` and `other`; use `outage()` to take it away."""
    with running(Xandikos) as server:
        yield server


@pytest.fixture
def xandikos_account(xandikos: Xandikos) -> DavAccount:
    """A user of Xandikos that only this test knows."""
    return xandikos.new_account()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL cluster; `create(template=…)` makes databases in it."""
    with running(Postgres) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The address of an empty database, gone after the test."""
    url = postgres.create()
    yield url
    postgres.drop(urlsplit(url).path.removeprefix("/"))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A Redis server; use `outage()` to take it away."""
    with running(Redis) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """The address of an empty Redis."""
    with redis_client.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url
