"""Fixtures for every test: a migrated database, the application on it, accounts, and time."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from werkzeug.test import TestResponse

from booking import wiring
from booking.app import create_app
from booking.core.clock import FrozenClock
from booking.db import db
from booking.security.passwords import Passwords
from booking.settings import Settings
from tests.compiled_once import TEMPLATES, keep_routes, keep_statements
from tests.servers.postgres_server import Postgres

gc.disable()  # what is loaded now stays, so looking for rubbish in it is in vain
pytest_plugins = ["tests.servers.fixtures", "tests.providersim.fixtures"]

hypothesis.settings.register_profile(
    "default",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("default")
keep_routes()
keep_statements()
# What a hash costs is for attackers; hundreds of accounts are made here.
setattr(wiring, "Passwords", partial(Passwords, memory_kib=64))  # noqa: B010

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
_TEST_SETTINGS = Settings(
    database_url="sqlite:///",
    secret_key="a secret that only tests know, long enough",
    credential_keys=(bytes(range(32)),),
    outbound_private_hosts=("127.0.0.1", "localhost"),
)


def pytest_collection_finish() -> None:
    """Look for rubbish less often, and not among what was imported: a quarter of all work saved."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each worker begin with its share of the tests that wait, so that others run meanwhile.

    Workers get equal parts of the list, from its beginning, and steal from each other's ends.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    waiting = [item for item in items if item.get_closest_marker("fault")]
    others = iter([item for item in items if not item.get_closest_marker("fault")])
    left = len(items)
    items.clear()
    for number in range(workers):
        mine = waiting[number::workers]
        part = max(left // (workers - number), len(mine))
        items += [*mine, *islice(others, part - len(mine))]
        left -= part
    items += others


@pytest.fixture(scope="session")
def settings_template() -> Settings:
    """Settings without a database of their own."""
    return _TEST_SETTINGS


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file brought up by the migrations, to be copied."""
    path = tmp_path_factory.mktemp("template") / "booking.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, quick_folder: Path) -> str:
    """The address of a database without tables, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{quick_folder / 'empty.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a PostgreSQL database brought up by the migrations, to be copied."""
    url = postgres.create()
    _migrate(url)
    return url.rsplit("/", 1)[1].split("?")[0]


def _migrate(url: str) -> None:
    app = create_app(replace(_TEST_SETTINGS, database_url=url))
    with app.app_context():
        upgrade()
        if url.startswith("sqlite"):
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()


@pytest.fixture
def sqlite_settings(quick_folder: Path, sqlite_template: Path) -> Settings:
    """Settings for a fresh migrated SQLite file."""
    path = quick_folder / "booking.sqlite3"
    shutil.copy(sqlite_template, path)
    return replace(_TEST_SETTINGS, database_url=f"sqlite:///{path}")


@pytest.fixture
def postgres_settings(postgres: Postgres, postgres_template: str) -> Iterator[Settings]:
    """Settings for a fresh migrated PostgreSQL database."""
    url = postgres.create(template=postgres_template)
    yield replace(_TEST_SETTINGS, database_url=url)
    postgres.drop(url.rsplit("/", 1)[1].split("?")[0])


@pytest.fixture(params=["sqlite", "postgresql"])
def either_settings(request: pytest.FixtureRequest) -> Settings:
    """Settings for each of the two databases in turn."""
    name = "sqlite_settings" if request.param == "sqlite" else "postgres_settings"
    settings: Settings = request.getfixturevalue(name)
    return settings


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands on a Monday morning until it is moved."""
    return FrozenClock(MONDAY)


@pytest.fixture
def app_with_doors(sqlite_settings: Settings, clock: FrozenClock) -> Iterator[Flask]:
    """The whole application on SQLite, also where a room's other tests open no doors."""
    yield from _running(sqlite_settings, clock)


@pytest.fixture
def app(app_with_doors: Flask) -> Flask:
    """The application on SQLite, inside its context."""
    return app_with_doors


@pytest.fixture
def either_app(either_settings: Settings, clock: FrozenClock) -> Iterator[Flask]:
    """The application on each of the two databases in turn, inside its context."""
    yield from _running(either_settings, clock)


def _running(settings: Settings, clock: FrozenClock) -> Iterator[Flask]:
    app = create_app(settings, clock)
    app.testing = True
    app.jinja_env.bytecode_cache = TEMPLATES
    inner = app.wsgi_app

    def in_a_context_of_its_own(environ: Any, start_response: Any) -> Any:
        # Else requests would share the test's context, and with it who is signed in.
        with app.app_context():
            return inner(environ, start_response)

    app.wsgi_app = in_a_context_of_its_own  # type: ignore[method-assign]
    with app.app_context():
        yield app
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAccount:
    """A host with an API key, and the means to use it."""

    id: int
    username: str
    email: str
    password: str
    api_key: str
    client: FlaskClient

    def call(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """Call the API with this host's key."""
        headers = {"Authorization": f"Bearer {self.api_key}", **kwargs.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **kwargs)


HostFactory = Callable[..., HostAccount]


@pytest.fixture
def make_host(app: Flask) -> HostFactory:
    """Make hosts: `make_host(time_zone="Europe/Berlin", username=…)`."""
    return host_factory(app)


def host_factory(app: Flask) -> HostFactory:
    """Return a maker of hosts for an application."""
    numbers = count(1)

    def make(*, username: str | None = None, time_zone: str = "Europe/Berlin") -> HostAccount:
        name = username or f"host{next(numbers)}"
        password = "correct horse battery staple"
        services = app.extensions["booking"]
        user = services.accounts.create_user(
            email=f"{name}@example.test",
            name=name.title(),
            username=name,
            time_zone=time_zone,
            password=password,
        )
        key = services.api_keys.create(user.id, name="tests", scopes=("read", "write", "bookings"))
        return HostAccount(
            id=user.id,
            username=name,
            email=user.email,
            password=password,
            api_key=key.secret,
            client=app.test_client(),
        )

    return make


@pytest.fixture
def host(make_host: HostFactory) -> HostAccount:
    """One host in Berlin."""
    return make_host()
