"""The settings of a host, through the pages alone."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from booking.accounts.models import User
from booking.db import writing
from tests.conftest import HostAccount, HostFactory
from tests.web.browser import sign_in, submit

PROFILE = {
    "name": "Some Host",
    "username": "some",
    "time_zone": "Asia/Kolkata",
    "locale": "en",
    "buffer_minutes": "10",
    "default_schedule_id": "",
    "on_calendar_change": "follow",
}


def test_the_profile_is_saved(browser: FlaskClient, host: HostAccount) -> None:
    answer = submit(browser, "/settings/profile", **PROFILE)

    me = host.call("GET", "/api/v1/me").get_json()
    assert answer.status_code == 303
    assert "Your profile was saved." in browser.get("/settings/profile").text
    assert (me["name"], me["username"], me["buffer_minutes"]) == ("Some Host", "some", 10)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("username", "settings"),
        ("time_zone", "Nowhere"),
        ("buffer_minutes", "9999"),
        ("buffer_minutes", "ten"),
        ("default_schedule_id", "0000000000001"),
        ("on_calendar_change", ""),
    ],
)
def test_a_fault_is_shown_at_its_field(browser: FlaskClient, field: str, value: str) -> None:
    answer = submit(browser, "/settings/profile", **{**PROFILE, field: value})

    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text


def test_another_hosts_name_is_told_at_its_field(
    browser: FlaskClient, make_host: HostFactory
) -> None:
    make_host(username="some")

    answer = submit(browser, "/settings/profile", **PROFILE)

    assert answer.status_code == 409
    assert 'id="f-username-error"' in answer.text


def test_host_text_is_never_markup(browser: FlaskClient) -> None:
    submit(browser, "/settings/profile", **{**PROFILE, "name": "<b onclick=x>Some"})

    assert "<b onclick" not in browser.get("/settings/profile").text


def test_a_new_password_ends_other_logins_but_not_this_one(
    browser: FlaskClient, host: HostAccount
) -> None:
    other = browser.application.test_client()
    sign_in(other, host.email, host.password)

    answer = submit(
        browser,
        "/settings/security",
        "/settings/security/password",
        current_password=host.password,
        new_password="another password",
        repeated="another password",
    )

    assert answer.status_code == 303
    assert browser.get("/settings/security").status_code == 200
    assert other.get("/settings/security").status_code == 303
    assert sign_in(other, host.email, "another password").status_code == 303


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"current_password": "wrong"}, "current_password"),
        ({"new_password": "short", "repeated": "short"}, "new_password"),
        ({"repeated": "different"}, "repeated"),
    ],
)
def test_a_password_is_changed_only_with_care(
    browser: FlaskClient, host: HostAccount, fields: dict[str, str], named: str
) -> None:
    good = {
        "current_password": host.password,
        "new_password": "another password",
        "repeated": "another password",
    }

    answer = submit(
        browser, "/settings/security", "/settings/security/password", **{**good, **fields}
    )

    assert answer.status_code == 422
    assert f'id="f-{named}-error"' in answer.text
    assert sign_in(browser.application.test_client(), host.email, host.password).status_code == 303


def test_a_stolen_login_cannot_guess_the_password(browser: FlaskClient) -> None:
    guess = {"current_password": "guess", "new_password": "x" * 8, "repeated": "x" * 8}

    answers = [
        submit(browser, "/settings/security", "/settings/security/password", **guess).status_code
        for _ in range(11)
    ]

    assert answers == [422] * 10 + [429]


def test_the_address_is_changed_with_the_password(browser: FlaskClient, host: HostAccount) -> None:
    answer = submit(
        browser,
        "/settings/security",
        "/settings/security/email",
        email="New@Example.test",
        email_password=host.password,
    )

    assert answer.status_code == 303
    assert host.call("GET", "/api/v1/me").get_json()["email"] == "new@example.test"


def test_other_logins_can_be_ended(browser: FlaskClient, host: HostAccount) -> None:
    other = browser.application.test_client()
    sign_in(other, host.email, host.password)

    submit(browser, "/settings/security", "/settings/security/logins")

    assert browser.get("/settings/security").status_code == 200
    assert other.get("/settings/security").status_code == 303


def test_a_key_is_shown_once_and_works(browser: FlaskClient) -> None:
    made = submit(browser, "/settings/api-keys", name="Script", scopes=["read"])
    key = re.findall(r"bk_[a-z0-9]{10}_[\w-]{43}", made.text)

    assert made.status_code == 201
    assert len(key) == 1
    assert key[0] not in browser.get("/settings/api-keys").text
    answer = browser.get("/api/v1/me", headers={"Authorization": f"Bearer {key[0]}"})
    assert answer.status_code == 200


def test_a_key_is_revoked_after_asking(browser: FlaskClient, host: HostAccount) -> None:
    key = host.call("GET", "/api/v1/api-keys").get_json()["data"][0]["id"]

    asked = browser.get(f"/settings/api-keys/{key}/revoke")
    still = host.call("GET", "/api/v1/me").status_code
    submit(browser, f"/settings/api-keys/{key}/revoke")

    assert "cannot be undone" in asked.text
    assert (still, host.call("GET", "/api/v1/me").status_code) == (200, 401)


def test_an_unfit_key_is_told(browser: FlaskClient) -> None:
    answer = submit(browser, "/settings/api-keys", name="", scopes=["everything"])

    assert answer.status_code == 422
    assert 'id="f-name-error"' in answer.text


def test_invitations_are_for_admins_of_invited_sites(browser: FlaskClient) -> None:
    plain = submit(
        browser, "/settings/security", "/settings/security/invitations", invited="a@b.test"
    )
    with writing() as session:
        session.execute(update(User).values(is_admin=True))

    invited = submit(
        browser, "/settings/security", "/settings/security/invitations", invited="a@b.test"
    )

    assert (plain.status_code, invited.status_code) == (404, 200)
