"""Signing in and out through the pages."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from booking.accounts.models import User
from booking.app import create_app
from booking.core.clock import FrozenClock
from booking.db import db, writing
from booking.settings import Settings
from booking.web.login import local_path
from tests.conftest import HostAccount
from tests.web.browser import sign_in, submit

PAGE = "/settings/profile"


def test_a_login_opens_the_hosts_pages(host: HostAccount) -> None:
    answer = sign_in(host.client, host.email, host.password)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/bookings")
    assert host.client.get(PAGE).status_code == 200


def test_who_is_not_signed_in_is_led_to_the_form_and_back(host: HostAccount) -> None:
    led = host.client.get(f"{PAGE}?a=b")
    back = sign_in(host.client, host.email, host.password, next=f"{PAGE}?a=b")

    assert led.headers["Location"] == "/login?next=/settings/profile?a%3Db"
    assert back.headers["Location"] == f"{PAGE}?a=b"


def test_refusals_do_not_tell_which_accounts_exist(host: HostAccount) -> None:
    known = sign_in(host.client, host.email, "wrong")
    unknown = sign_in(host.client, "nobody@example.test", "wrong")

    assert known.status_code == unknown.status_code == 401
    assert "is not right" in known.text
    assert host.client.get(PAGE).status_code == 303


def test_the_eleventh_try_is_told_to_wait(host: HostAccount) -> None:
    for _ in range(10):
        sign_in(host.client, host.email, "wrong")

    answer = sign_in(host.client, host.email, host.password)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == 900


def test_a_login_without_the_forms_token_is_refused(host: HostAccount) -> None:
    fields = {"email": host.email, "password": host.password}

    assert host.client.post("/login", data=fields).status_code == 400


def test_signing_out_ends_the_login(host: HostAccount) -> None:
    sign_in(host.client, host.email, host.password)

    submit(host.client, PAGE, "/logout")

    assert host.client.get(PAGE).status_code == 303


def test_a_login_starts_a_fresh_session(host: HostAccount) -> None:
    host.client.get("/login")
    before = host.client.get_cookie("booking")
    sign_in(host.client, host.email, host.password)
    after = host.client.get_cookie("booking")

    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_a_changed_stamp_ends_every_login(host: HostAccount) -> None:
    sign_in(host.client, host.email, host.password)

    with writing() as session:
        session.execute(update(User).values(login_stamp="another"))

    assert host.client.get(PAGE).status_code == 303


def test_a_disabled_host_is_out_at_once(host: HostAccount, clock: FrozenClock) -> None:
    sign_in(host.client, host.email, host.password)

    with writing() as session:
        session.execute(update(User).values(disabled_at=clock.now()))

    assert host.client.get(PAGE).status_code == 303


def test_a_login_ends_after_twelve_idle_hours(host: HostAccount, clock: FrozenClock) -> None:
    sign_in(host.client, host.email, host.password)
    clock.advance(hours=11)
    assert host.client.get(PAGE).status_code == 200
    clock.advance(hours=11)
    assert host.client.get(PAGE).status_code == 200

    clock.advance(hours=12)

    assert host.client.get(PAGE).status_code == 303


def test_a_login_ends_after_thirty_days_of_use(host: HostAccount, clock: FrozenClock) -> None:
    sign_in(host.client, host.email, host.password)
    for _ in range(71):
        clock.advance(hours=10)
        assert host.client.get(PAGE).status_code == 200

    clock.advance(hours=10)

    assert host.client.get(PAGE).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\tevil",
        "javascript:alert(1)",
        "evil",
        "/" + "a" * 3000,
    ],
)
def test_no_login_leads_elsewhere(wanted: str | None) -> None:
    assert local_path(wanted) == "/bookings"


@pytest.mark.parametrize("wanted", ["/", "/a/b?c=d&e=f", "/a?next=https://x.example"])
def test_a_login_leads_back_to_local_pages(wanted: str) -> None:
    assert local_path(wanted) == wanted


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(host: HostAccount) -> None:
    cookie = sign_in(host.client, host.email, host.password).headers["Set-Cookie"]

    assert cookie.startswith("booking=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_behind_https_the_cookie_is_bound_to_the_host(
    sqlite_settings: Settings, clock: FrozenClock
) -> None:
    app = create_app(replace(sqlite_settings, base_url="https://book.example.org"), clock)
    client = app.test_client()

    answer = client.get("/login", base_url="https://book.example.org")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-booking=")
    assert {"HttpOnly", "Secure", "Path=/"} <= set(cookie.split("; "))
    assert answer.headers["Strict-Transport-Security"]
    with app.app_context():
        db.engine.dispose()


def test_guests_get_no_cookie(client: FlaskClient) -> None:
    for path in ("/healthz", "/api/docs", "/nope", "/api/v1/openapi.json"):
        answer = client.get(path)

        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost"}, 303),
        ({"Origin": "http://127.0.0.1:8000"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_forms_from_elsewhere_are_refused_though_their_token_is_right(
    app: Flask, host: HostAccount, headers: dict[str, str], status: int
) -> None:
    sign_in(host.client, host.email, host.password)
    page = host.client.get("/settings/security")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]

    answer = host.client.post(
        "/settings/security/logins", data={"csrf_token": token}, headers=headers
    )

    assert answer.status_code == status
