"""A team, once on each database."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.teams.crew import Crew, make_crew


@pytest.fixture
def crew(app: Flask) -> Crew:
    return make_crew()


@pytest.fixture
def open_crew(app: Flask) -> Crew:
    """A team on a site where anybody may sign up."""
    return make_crew(signup="open")


@pytest.fixture
def either_crew(either_app: Flask) -> Crew:
    return make_crew()
