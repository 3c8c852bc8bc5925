"""A signed-in browser for tests of pages, and the services behind them."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.wiring import Services
from tests.conftest import HostAccount
from tests.web.browser import sign_in


@pytest.fixture
def browser(host: HostAccount) -> FlaskClient:
    """A browser in which the host is signed in."""
    sign_in(host.client, host.email, host.password)
    return host.client


@pytest.fixture
def services(app: Flask) -> Services:
    """What the pages call."""
    found: Services = app.extensions["booking"]
    return found
