"""Settings, Privacy: a host takes the own data along, and ends the account."""

from __future__ import annotations

import io
import json
import zipfile

from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import HostAccount
from tests.web.browser import submit
from tests.web.guest import MONDAY_TEN, text_of, visit

PAGE = "/settings/privacy"
ERASE = f"{PAGE}/erase"


def test_the_page_says_how_long_guests_are_kept(browser: FlaskClient) -> None:
    assert "are erased 365 days after the meeting" in text_of(browser.get(PAGE))


def test_a_host_downloads_everything(host: HostAccount, browser: FlaskClient) -> None:
    answer = browser.get(f"{PAGE}/export.zip")

    assert answer.mimetype == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        data = json.loads(packed.read("data.json"))
    assert data["users"][0]["email"] == host.email


def test_an_account_is_erased_after_password_and_name(
    app: Flask, host: HostAccount, browser: FlaskClient
) -> None:
    wrong = submit(browser, ERASE, ERASE, username=host.username, password="another password")
    unnamed = submit(browser, ERASE, ERASE, username="other", password=host.password)
    assert (wrong.status_code, unnamed.status_code) == (422, 422)
    assert 'id="f-password-error"' in wrong.text
    assert 'id="f-username-error"' in unnamed.text

    done = submit(browser, ERASE, ERASE, username=host.username, password=host.password)

    assert done.headers["Location"] == "/login"
    assert "Your account is erased." in text_of(browser.get("/login"))
    assert browser.get(PAGE).status_code == 303
    assert app.extensions["booking"].accounts.find_by_username(host.username) is None


def test_bookings_to_come_are_cancelled_only_if_that_is_wanted(
    app: Flask, host: HostAccount, browser: FlaskClient
) -> None:
    visit(app, host).book(MONDAY_TEN)
    mine = {"username": host.username, "password": host.password}

    refused = submit(browser, ERASE, ERASE, **mine)
    done = submit(browser, ERASE, ERASE, **mine, cancel_upcoming="1")

    assert refused.status_code == 409
    assert "1 bookings are still to come" in text_of(refused)
    assert done.status_code == 303
