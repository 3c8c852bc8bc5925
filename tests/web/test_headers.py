"""The headers that protect every page."""

from collections.abc import Callable

import pytest
from flask import Flask, render_template_string, session
from flask.testing import FlaskClient

from booking.web.headers import allow_form_target, embeddable
from booking.web.policy import manage_token, public
from tests.conftest import HostAccount
from tests.web.browser import sign_in

PATHS = ["/login", "/no/such/page", "/static/base.css"]
DATA = ["/healthz", "/api/v1/me", "/api/v1/openapi.json", "/api/v1/nothing"]
View = Callable[[], str]


def page(app: Flask, view: View, path: str = "/a/b/c/page") -> FlaskClient:
    app.add_url_rule(path, "page", view)
    return app.test_client()


def rules(policy: str) -> dict[str, str]:
    return dict(rule.split(" ", 1) for rule in policy.split("; "))


@pytest.mark.parametrize("path", PATHS)
def test_nothing_may_run_or_frame_us_by_default(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    policy = rules(headers["Content-Security-Policy"])

    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", DATA)
def test_data_is_never_taken_for_a_page(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers

    policy = rules(headers["Content-Security-Policy"])
    assert policy == {"default-src": "'none'", "frame-ancestors": "'none'"}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_a_script_runs_by_the_nonce_of_its_own_request(app: Flask) -> None:
    client = page(app, public(lambda: render_template_string("{{ csp_nonce() }}")))

    first, second = client.get("/a/b/c/page"), client.get("/a/b/c/page")

    assert f"'nonce-{first.text}'" in first.headers["Content-Security-Policy"]
    assert first.text != second.text


def test_an_embeddable_page_may_be_framed_and_sets_no_cookie(app: Flask) -> None:
    @embeddable
    @public
    def view() -> str:
        session["x"] = 1
        return ""

    client = page(app, view)

    embedded, plain = client.get("/a/b/c/page?embed=1"), client.get("/a/b/c/page")

    assert rules(embedded.headers["Content-Security-Policy"])["frame-ancestors"] == "*"
    assert "X-Frame-Options" not in embedded.headers
    assert "Set-Cookie" not in embedded.headers
    assert "Set-Cookie" in plain.headers
    assert rules(plain.headers["Content-Security-Policy"])["frame-ancestors"] == "'none'"


def test_a_frame_has_no_power_of_a_host(host: HostAccount) -> None:
    sign_in(host.client, host.email, host.password)

    assert host.client.get("/settings/profile?embed=1").status_code == 303
    assert host.client.get("/settings/profile").status_code == 200


@pytest.mark.parametrize("path", ["/login", "/settings/profile", "/bookings"])
def test_a_hosts_pages_are_never_framed(host: HostAccount, path: str) -> None:
    sign_in(host.client, host.email, host.password)

    headers = host.client.get(f"{path}?embed=1").headers

    assert rules(headers["Content-Security-Policy"])["frame-ancestors"] == "'none'"
    assert headers["X-Frame-Options"] == "DENY"


def test_personal_pages_are_not_stored(host: HostAccount) -> None:
    sign_in(host.client, host.email, host.password)

    assert host.client.get("/settings/profile").headers["Cache-Control"] == "no-store"
    assert host.call("GET", "/api/v1/me").headers["Cache-Control"] == "no-store"


def test_token_pages_tell_nobody_where_they_are(app: Flask) -> None:
    app.add_url_rule("/a/b/<uid>", "token_page", manage_token(lambda uid: uid))

    headers = app.test_client().get("/a/b/x?token=y").headers

    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Cache-Control"] == "no-store"


def test_a_form_may_lead_on_to_a_named_site(app: Flask) -> None:
    @public
    def view() -> str:
        allow_form_target("https://accounts.example")
        return ""

    headers = page(app, view).get("/a/b/c/page").headers

    assert rules(headers["Content-Security-Policy"])["form-action"] == (
        "'self' https://accounts.example"
    )
