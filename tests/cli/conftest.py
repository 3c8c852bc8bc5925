"""A console on a migrated database, with the logging of this process put back afterwards."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from booking.settings import Settings
from tests.cli.console import Console


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def console(sqlite_settings: Settings) -> Console:
    return Console(sqlite_settings)


@pytest.fixture
def either_console(either_settings: Settings) -> Console:
    return Console(either_settings)
