"""Mails on a host's pages and in the API: what was told to whom, and telling it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import icalendar
import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.app import create_app
from booking.bookings.values import BookingView
from booking.core.clock import FrozenClock
from booking.core.ids import encode_id
from booking.db import db
from booking.settings import Settings
from booking.web.limits import RESENDS
from tests.bookings.desk import Desk
from tests.bookings.postbox import Postbox, invitation
from tests.conftest import HostAccount, host_factory
from tests.servers.smtp_sink import running_sink
from tests.web.browser import sign_in, submit

_GUEST = "guest@example.test"


@pytest.fixture
def app(sqlite_settings: Settings, clock: FrozenClock) -> Iterator[Flask]:
    """The application with a mail server beside it."""
    with running_sink() as sink:
        whole = replace(
            sqlite_settings,
            smtp_url=f"smtp://127.0.0.1:{sink.port}",
            mail_from="Booking <booking@book.example>",
        )
        app = create_app(whole, clock)
        app.testing = True
        app.config["sink"] = sink
        with app.app_context():
            yield app
            db.engine.dispose()


@pytest.fixture
def lead(app: Flask) -> HostAccount:
    return host_factory(app)(username="lead", time_zone="UTC")


@pytest.fixture
def postbox(app: Flask, clock: FrozenClock, lead: HostAccount) -> Postbox:
    desk = Desk(services=app.extensions["booking"], clock=clock, host_id=lead.id)
    return Postbox(app=app, desk=desk, sink=app.config["sink"])


@pytest.fixture
def booking(postbox: Postbox) -> BookingView:
    """A booking whose guest cannot be mailed, for a reason the server gives."""
    postbox.sink.script.answers["RCPT"] = ["550 5.1.1 no such mailbox"]
    booking = postbox.desk.book(postbox.desk.offer(), "10:00")
    postbox.work()
    return booking


@pytest.fixture
def browser(app: Flask, lead: HostAccount) -> FlaskClient:
    client = app.test_client()
    sign_in(client, lead.email, lead.password)
    return client


def _text(browser: FlaskClient, path: str) -> str:
    return " ".join(unescape(browser.get(path).text).split())


def test_a_bookings_page_lists_its_mails_and_sends_one_again(
    browser: FlaskClient, booking: BookingView, postbox: Postbox
) -> None:
    page = f"/bookings/{booking.uid}"
    shown = _text(browser, page)
    assert "Not sent" in shown
    assert "550 5.1.1" in shown

    mail = postbox.services.telling.mails.list(booking.uid, host_id=postbox.desk.host_id)[0]
    answer = submit(browser, page, f"{page}/mails/{encode_id(mail.id)}/again")
    assert answer.status_code == 303

    (again,) = postbox.work()
    assert again.recipient == _GUEST
    assert "Not sent" not in _text(browser, page)


def test_a_host_reads_what_a_mail_says(
    browser: FlaskClient, booking: BookingView, postbox: Postbox
) -> None:
    mail = postbox.services.telling.mails.list(booking.uid, host_id=postbox.desk.host_id)[0]

    shown = _text(browser, f"/bookings/{booking.uid}/mails/{encode_id(mail.id)}")

    assert "Your booking is confirmed." in shown
    assert "Tue 24 November" in shown


def test_mails_that_were_given_up_stand_on_a_page_of_their_own(
    browser: FlaskClient, booking: BookingView, postbox: Postbox
) -> None:
    assert "Not every mail could be sent" in _text(browser, "/bookings")
    shown = _text(browser, "/bookings/mails")
    assert _GUEST in shown
    assert f"/bookings/{booking.uid}" in shown

    mail = postbox.services.mail.outbox.dead_of(postbox.desk.host_id)[0]
    submit(browser, "/bookings/mails", f"/bookings/mails/{encode_id(mail.id)}/again")
    postbox.work()

    assert "Every mail has arrived" in _text(browser, "/bookings/mails")
    assert "Not every mail" not in _text(browser, "/bookings")


def test_the_api_lists_mails_and_sends_one_again(
    lead: HostAccount, booking: BookingView, postbox: Postbox
) -> None:
    path = f"/api/v1/bookings/{booking.uid}"
    dead, sent = lead.call("GET", f"{path}/mails").get_json()["data"]
    assert (dead["kind"], dead["part"], dead["state"]) == ("confirmed", "guest", "dead")
    assert "550 5.1.1" in dead["error"]
    assert (sent["part"], sent["state"]) == ("host", "sent")
    assert lead.call("GET", path).get_json()["invites_from"] == "mail"

    again = lead.call("POST", f"{path}/mails/{dead['id']}/resend")
    assert (again.status_code, again.get_json()["state"]) == (200, "waiting")

    (received,) = postbox.work()
    assert received.message["Message-ID"] == dead["message_id"]


def test_the_calendar_file_agrees_with_the_invitation(
    app: Flask, booking: BookingView, postbox: Postbox
) -> None:
    postbox.desk.move(booking, "14:00")
    (to_guest,) = [one.message for one in postbox.work() if one.recipient == _GUEST]
    invited = invitation(to_guest)
    assert invited is not None

    path = f"/api/v1/bookings/{booking.uid}/calendar.ics"
    body = app.test_client().get(path, headers={"X-Manage-Token": booking.manage_token}).text
    calendar: Any = icalendar.Calendar.from_ical(body)
    (event,) = calendar.walk("VEVENT")

    assert "METHOD" not in calendar
    assert (str(event["UID"]), int(event["SEQUENCE"])) == (invited["uid"], invited["sequence"])
    assert (event["DTSTART"].dt, str(event["SUMMARY"])) == (invited["start"], invited["title"])
    assert str(event["ORGANIZER"]) == invited["organizer"]


def test_a_host_has_so_many_mails_an_hour_sent_again_by_page_or_program(
    browser: FlaskClient, booking: BookingView, lead: HostAccount, clock: FrozenClock
) -> None:
    path = f"/api/v1/bookings/{booking.uid}"
    mail = lead.call("GET", f"{path}/mails").get_json()["data"][0]
    again = f"{path}/mails/{mail['id']}/resend"
    page = f"/bookings/{booking.uid}"

    sent = [lead.call("POST", again).status_code for _ in range(RESENDS.hits)]

    assert set(sent) == {200}
    assert lead.call("POST", again).status_code == 429
    assert submit(browser, page, f"{page}/mails/{mail['id']}/again").status_code == 429
    clock.advance(hours=1)
    assert lead.call("POST", again).status_code == 200
