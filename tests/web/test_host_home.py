"""The front door."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.conftest import HostAccount
from tests.web.browser import sign_in


def test_strangers_read_what_this_is_and_where_to_sign_in(client: FlaskClient) -> None:
    page = client.get("/")

    assert page.status_code == 200
    assert 'href="/login"' in page.text
    assert 'href="/signup"' not in page.text


def test_hosts_are_led_to_their_bookings(host: HostAccount) -> None:
    sign_in(host.client, host.email, host.password)

    answer = host.client.get("/")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/bookings")
