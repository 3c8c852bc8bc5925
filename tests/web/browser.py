"""A browser for tests of pages: it keeps cookies, and sends the token of the page's form."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def csrf_of(page: TestResponse) -> str:
    """Return the CSRF token of a page's first form."""
    found = _TOKEN.search(page.text)
    assert found, page.text[:500]
    return found.group(1)


def submit(client: FlaskClient, path: str, action: str = "", **fields: Any) -> TestResponse:
    """Open the page at `path` and send its form to `action` (the page itself by default)."""
    token = csrf_of(client.get(path))
    return client.post(action or path, data={"csrf_token": token, **fields})


def sign_in(client: FlaskClient, email: str, password: str, **fields: Any) -> TestResponse:
    """Sign in through the form."""
    return submit(client, "/login", email=email, password=password, **fields)
