"""Sizes and numbers have limits, and no input breaks anything."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from booking.app import create_app
from booking.core.clock import FrozenClock
from booking.db import db
from booking.settings import Settings
from booking.web.current import client_address
from booking.web.limits import limit_bookings, limit_slots
from booking.web.policy import public
from tests.conftest import HostAccount

GUEST = "203.0.113.7"


def counting(app: Flask) -> FlaskClient:
    """Return a client of an application that counts slots and bookings."""

    @public
    def slots() -> Response:
        limit_slots()
        return Response(client_address())

    @public
    def bookings() -> Response:
        limit_bookings()
        return Response()

    app.add_url_rule("/api/v1/count-slots", "count_slots", slots)
    app.add_url_rule("/api/v1/count-bookings", "count_bookings", bookings, methods=["POST"])
    return app.test_client()


@pytest.fixture
def behind_proxy(sqlite_settings: Settings, clock: FrozenClock) -> Iterator[FlaskClient]:
    """A client that reaches the application through one trusted proxy."""
    app = create_app(replace(sqlite_settings, trusted_proxies=1), clock)
    yield counting(app)
    with app.app_context():
        db.engine.dispose()


def book(client: FlaskClient, address: str) -> int:
    return client.post(
        "/api/v1/count-bookings", environ_overrides={"REMOTE_ADDR": address}
    ).status_code


def test_ten_bookings_in_five_minutes_are_the_most(app: Flask, clock: FrozenClock) -> None:
    client = counting(app)

    answers = [book(client, GUEST) for _ in range(11)]
    clock.advance(minutes=5)

    assert answers == [200] * 10 + [429]
    assert book(client, GUEST) == 200


def test_visitors_are_counted_apart_but_a_64_is_one(app: Flask) -> None:
    client = counting(app)
    for number in range(10):
        book(client, f"2001:db8::{number}")

    assert book(client, "2001:db8::ffff") == 429
    assert book(client, "2001:db8:0:1::1") == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.9", "::1"])
def test_a_proxy_that_is_not_declared_locks_nobody_out(app: Flask, address: str) -> None:
    client = counting(app)

    assert {book(client, address) for _ in range(15)} == {200}


def test_slots_may_be_asked_for_sixty_times_a_minute(app: Flask) -> None:
    client = counting(app)

    answers = [
        client.get("/api/v1/count-slots", environ_overrides={"REMOTE_ADDR": GUEST})
        for _ in range(62)
    ]

    assert {answer.status_code for answer in answers[:60]} == {200}
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"] == "1"


def test_forwarded_addresses_count_only_from_trusted_proxies(app: Flask) -> None:
    answer = counting(app).get("/api/v1/count-slots", headers={"X-Forwarded-For": GUEST})

    assert answer.text == "127.0.0.1"


def test_of_forwarded_addresses_the_last_hop_counts(behind_proxy: FlaskClient) -> None:
    headers = {"X-Forwarded-For": f"1.1.1.1, {GUEST}", "X-Forwarded-Host": "evil.example"}

    assert behind_proxy.get("/api/v1/count-slots", headers=headers).text == GUEST


def test_behind_a_declared_proxy_private_visitors_are_limited(behind_proxy: FlaskClient) -> None:
    headers = {"X-Forwarded-For": "10.0.0.9"}

    answers = [
        behind_proxy.post("/api/v1/count-bookings", headers=headers).status_code for _ in range(11)
    ]

    assert answers[-1] == 429


def test_a_large_body_is_refused(host: HostAccount) -> None:
    answer = host.call(
        "PATCH", "/api/v1/me", data=b"x" * (256 * 1024 + 1), content_type="application/json"
    )

    assert answer.status_code == 413
    assert answer.get_json(force=True)["code"] == "too_large"


def test_a_long_address_is_refused(client: FlaskClient) -> None:
    assert client.get("/api/v1/openapi.json?a=" + "b" * 5000).status_code == 414


@pytest.mark.parametrize("path", ["/api/v1/me?a=%00", "/%00", "/api/v1/slots?username=a%00"])
def test_nul_in_an_address_is_refused(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 400


def test_nul_in_a_form_is_refused(client: FlaskClient) -> None:
    assert client.post("/login", data={"email": "a\0b"}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"buffer_minutes": 1e999}',
        b'{"name": "\\ud800"}',
        b"[" * 5000,
        b"'",
        b"\0",
    ],
)
def test_what_is_not_json_is_a_bad_request(host: HostAccount, body: bytes) -> None:
    answer = host.call("PATCH", "/api/v1/me", data=body, content_type="application/json")

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"name": "a\\u0000b"}', "/name"),
        (b'{"a\\u0000b": 1}', ""),
        (b"[" * 33 + b"]" * 33, ""),
        (b'{"a":' * 33 + b"1" + b"}" * 33, ""),
        (b"[]", ""),
        (b'"text"', ""),
        (b"null", ""),
    ],
)
def test_json_that_is_out_of_bounds_is_unfit(host: HostAccount, body: bytes, pointer: str) -> None:
    answer = host.call("PATCH", "/api/v1/me", data=body, content_type="application/json")

    assert answer.status_code == 422
    assert answer.get_json(force=True)["errors"][0]["pointer"] == pointer


def test_a_body_must_be_json(host: HostAccount) -> None:
    answer = host.call("PATCH", "/api/v1/me", data=b"name=x", content_type="text/plain")

    assert answer.status_code == 415


def test_a_body_may_be_left_out(host: HostAccount) -> None:
    answer = host.call("PATCH", "/api/v1/me", content_type="application/json")

    assert answer.status_code == 200
