"""Signing up, where the operator allows it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.app import create_app
from booking.core.clock import FrozenClock
from booking.db import db
from booking.security.tokens import new_invitation
from booking.settings import Settings
from tests.web.browser import sign_in, submit

FIELDS = {
    "name": "Some",
    "username": "some",
    "email": "some@example.test",
    "time_zone": "Europe/London",
    "password": "correct horse",
}
Open = Callable[[str], FlaskClient]


@pytest.fixture
def site(sqlite_settings: Settings, clock: FrozenClock) -> Iterator[Open]:
    """Open a site with this `SIGNUP`, as a visitor."""
    apps: list[Flask] = []

    def opened(signup: str) -> FlaskClient:
        apps.append(create_app(replace(sqlite_settings, signup=signup), clock))
        return apps[-1].test_client()

    yield opened
    for app in apps:
        with app.app_context():
            db.engine.dispose()


def test_a_closed_site_has_no_sign_up(site: Open) -> None:
    visitor = site("closed")

    assert visitor.get("/signup").status_code == 404
    assert "/signup" not in visitor.get("/login").text


def test_on_an_open_site_anybody_may_sign_up_and_in(site: Open) -> None:
    visitor = site("open")

    answer = submit(visitor, "/signup", **FIELDS)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert sign_in(visitor, FIELDS["email"], FIELDS["password"]).status_code == 303


def test_a_known_address_gets_the_same_answer_and_its_account_stays(site: Open) -> None:
    visitor = site("open")
    first = submit(visitor, "/signup", **FIELDS)
    told_first = visitor.get("/login").text

    again = submit(
        visitor, "/signup", **{**FIELDS, "username": "eve", "password": "another password"}
    )
    told_again = visitor.get("/login").text

    assert (first.status_code, first.headers["Location"]) == (
        again.status_code,
        again.headers["Location"],
    )
    assert ("if the address" in told_first.lower()) == ("if the address" in told_again.lower())
    assert sign_in(visitor, FIELDS["email"], "another password").status_code == 401
    assert sign_in(visitor, FIELDS["email"], FIELDS["password"]).status_code == 303


def test_faults_keep_what_was_typed(site: Open) -> None:
    visitor = site("open")

    answer = submit(visitor, "/signup", **{**FIELDS, "username": "login", "name": "Some L."})

    assert answer.status_code == 422
    assert "reserved" in answer.text
    assert 'value="Some L."' in answer.text
    assert FIELDS["password"] not in answer.text


def test_a_taken_username_is_told(site: Open) -> None:
    visitor = site("open")
    submit(visitor, "/signup", **FIELDS)

    answer = submit(visitor, "/signup", **{**FIELDS, "email": "eve@example.test"})

    assert answer.status_code == 409
    assert "taken" in answer.text


def test_an_invitation_lets_its_address_in_for_a_week(
    site: Open, sqlite_settings: Settings, clock: FrozenClock
) -> None:
    visitor = site("invite")
    ends_at = clock.now() + timedelta(days=7)
    token = new_invitation(sqlite_settings.secret_key, FIELDS["email"], ends_at)
    path = f"/signup?invite={token}&email={FIELDS['email']}"

    assert visitor.get("/signup").status_code == 404
    assert visitor.get(path.replace("some@", "eve@")).status_code == 404
    assert submit(visitor, path, "/signup", invite=token, **FIELDS).status_code == 303
    clock.advance(days=7)
    assert visitor.get(path).status_code == 404
