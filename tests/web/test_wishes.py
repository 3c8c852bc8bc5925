"""An event type whose guests confirm their address: a mail, a page, a button, then a booking."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from booking.core.clock import FrozenClock
from booking.jobs.build import build_runner
from booking.settings import Settings
from tests.conftest import HostAccount, HostFactory
from tests.servers.smtp_sink import Sink, running_sink
from tests.web.guest import MONDAY_TEN, Guest, starts_of, text_of, visit

_LINK = re.compile(r"https?://\S+/booking/confirm\?token=\S+")


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as running:
        yield running


@pytest.fixture
def sqlite_settings(sqlite_settings: Settings, sink: Sink) -> Settings:
    """The settings with a mail server."""
    url = f"smtp://127.0.0.1:{sink.port}"
    return replace(sqlite_settings, smtp_url=url, mail_from="booking@example.test")


@pytest.fixture
def host(make_host: HostFactory) -> HostAccount:
    return make_host(username="teacher")


@pytest.fixture
def guest(app: Flask, host: HostAccount) -> Guest:
    return visit(app, host, requires_email_confirmation=True, minimum_notice_minutes=0)


def mails(app: Flask, sink: Sink) -> list[EmailMessage]:
    """Send what waits, and return all that arrived."""
    runner = build_runner(app)
    for job_id in runner.due():
        runner.run(job_id)
    return [message_from_bytes(one.raw, policy=default) for one in sink.received]


def words_of(mail: EmailMessage) -> str:
    return "".join(
        part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"
    )


def link_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    found = _LINK.search(body.get_content())
    assert found is not None
    parts = urlsplit(found.group())
    return f"{parts.path}?{parts.query}"


def confirm(client: FlaskClient, link: str) -> TestResponse:
    return client.post("/booking/confirm", data={"token": link.split("token=")[1]})


def bookings(host: HostAccount) -> list[dict[str, object]]:
    found: list[dict[str, object]] = host.call("GET", "/api/v1/bookings").get_json()["data"]
    return found


def test_a_guest_books_by_the_link_in_the_mail(
    app: Flask, host: HostAccount, guest: Guest, sink: Sink
) -> None:
    asked = guest.client.get(guest.book(MONDAY_TEN))
    assert "Look at your mail" in text_of(asked)
    assert "The time is kept for you until 08:30." in text_of(asked)
    assert bookings(host) == []
    assert MONDAY_TEN not in starts_of(guest.look())

    [mail] = mails(app, sink)
    page = guest.client.get(link_in(mail))
    assert mail["To"] == "some@example.test"
    assert "Book this time?" in text_of(page)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert bookings(host) == []

    made = confirm(guest.client, link_in(mail))
    assert "You're booked" in text_of(guest.client.get(made.headers["Location"]))
    assert len(bookings(host)) == 1


def test_the_mail_holds_nothing_that_the_guest_typed(
    app: Flask, host: HostAccount, guest: Guest, sink: Sink
) -> None:
    name = "Win a prize at http://spam.example"
    guest.send(guest.open_form(MONDAY_TEN), name=name)

    [mail] = mails(app, sink)

    assert "spam" not in mail.as_string()
    assert "spam" not in words_of(mail)
    assert "Teacher" in words_of(mail)


def test_the_mail_speaks_the_guests_language(app: Flask, guest: Guest, sink: Sink) -> None:
    form = guest.open_form(MONDAY_TEN)
    guest.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de-AT"
    guest.send(form)

    [mail] = mails(app, sink)

    assert mail["Subject"].startswith("Bitte bestätigen: Intro call")


def test_confirming_twice_books_once(
    app: Flask, host: HostAccount, guest: Guest, sink: Sink
) -> None:
    guest.book(MONDAY_TEN)
    link = link_in(mails(app, sink)[0])

    first, again = confirm(guest.client, link), confirm(guest.client, link)
    looked = guest.client.get(link)

    assert first.headers["Location"] == again.headers["Location"] == looked.headers["Location"]
    assert len(bookings(host)) == 1


def test_racing_confirmations_book_once_even_where_several_share_a_time(
    app: Flask, host: HostAccount, sink: Sink
) -> None:
    guest = visit(
        app, host, slug="class", requires_email_confirmation=True, seats=9, minimum_notice_minutes=0
    )
    guest.book(MONDAY_TEN)
    link = link_in(mails(app, sink)[0])
    answers: list[TestResponse] = []

    def press() -> None:
        answers.append(confirm(app.test_client(), link))

    racers = [threading.Thread(target=press) for _ in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(bookings(host)) == 1


def test_a_form_that_is_sent_twice_asks_once(app: Flask, guest: Guest, sink: Sink) -> None:
    form = guest.open_form(MONDAY_TEN)

    first, again = guest.send(form), guest.send(form)

    assert first.headers["Location"] == again.headers["Location"]
    assert len(mails(app, sink)) == 1


def test_what_nobody_confirms_frees_its_time_and_is_forgotten(
    app: Flask, host: HostAccount, guest: Guest, sink: Sink, clock: FrozenClock
) -> None:
    guest.book(MONDAY_TEN)
    link = link_in(mails(app, sink)[0])
    clock.advance(minutes=30)

    assert MONDAY_TEN in starts_of(guest.look())
    ended = guest.client.get(link)
    assert ended.status_code == 410
    assert "This time is no longer kept" in text_of(ended)
    assert confirm(guest.client, link).status_code == 410
    assert bookings(host) == []

    clock.advance(days=1, minutes=1)
    assert app.extensions["booking"].wishes.forget_old() == 1
    assert guest.client.get(link).status_code == 404


def test_a_faulty_form_is_told_before_any_mail(app: Flask, host: HostAccount, sink: Sink) -> None:
    questions = [{"key": "n", "label": "How many?", "type": "number", "required": True}]
    guest = visit(app, host, slug="q", requires_email_confirmation=True, questions=questions)

    answer = guest.send(guest.open_form(MONDAY_TEN), **{"q-n": "many"})

    assert answer.status_code == 422
    assert mails(app, sink) == []


def test_programs_are_told_that_the_guest_has_to_confirm(
    app: Flask, host: HostAccount, guest: Guest, sink: Sink
) -> None:
    event_type = host.call("GET", "/api/v1/event-types").get_json()["data"][0]["id"]
    body = {
        "event_type_id": event_type,
        "start": MONDAY_TEN,
        "time_zone": "UTC",
        "guest": {"name": "Guest", "email": "guest@example.test"},
    }
    key = {"Idempotency-Key": "once"}

    first = guest.client.post("/api/v1/bookings", json=body, headers=key)
    again = guest.client.post("/api/v1/bookings", json=body, headers=key)

    assert first.status_code == again.status_code == 202
    expected = {"status": "email_confirmation", "expires_at": "2026-11-23T07:30:00Z"}
    assert first.get_json() == again.get_json() == expected
    [mail] = mails(app, sink)
    confirm(guest.client, link_in(mail))
    assert len(bookings(host)) == 1


def test_one_address_keeps_two_times_at_once_and_no_more(
    app: Flask, host: HostAccount, guest: Guest
) -> None:
    answers = [
        guest.send(guest.open_form(f"2026-11-24T{hour:02}:00:00Z")).status_code
        for hour in (9, 10, 11)
    ]

    assert answers == [303, 303, 429]


@pytest.mark.parametrize("token", ["", "x", "0123456789abc.x", "0123456789abc"])
def test_a_broken_link_opens_nothing(app: Flask, guest: Guest, token: str) -> None:
    assert guest.client.get(f"/booking/confirm?token={token}").status_code == 404
    assert confirm(guest.client, f"token={token}").status_code == 404


def test_the_page_tells_the_length_that_was_chosen(
    app: Flask, host: HostAccount, sink: Sink
) -> None:
    lengths = {"duration_minutes": 30, "durations_minutes": [30, 60]}
    guest = visit(app, host, slug="long", requires_email_confirmation=True, **lengths)

    guest.send(guest.open_form(MONDAY_TEN), duration="60")

    page = text_of(guest.client.get(link_in(mails(app, sink)[0])))
    assert "10:00" in page
    assert "11:00" in page
