"""Links of guests: each opens one thing, for as long as it is of use, and is told to nobody."""

from __future__ import annotations

import logging
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.security.tokens import calendar_file_token, manage_token
from booking.web.logs import TextFormatter
from tests.conftest import HostAccount, HostFactory
from tests.web.guest import MONDAY_TEN, Guest, text_of, visit

_LOADED = re.compile(r'<(?:script|img|link|iframe|source)\b[^>]*\b(?:src|href)="([^"]+)"')
_OUTWARD = re.compile(r'<a\b[^>]*href="https?://[^"]+"[^>]*>')


@pytest.fixture
def host(make_host: HostFactory) -> HostAccount:
    return make_host(username="teacher")


@pytest.fixture
def guest(app: Flask, host: HostAccount) -> Guest:
    place = {"type": "link", "url": "https://meet.example.test/room"}
    onward = "https://example.test/thanks"
    return visit(app, host, location=place, confirmation_redirect_url=onward)


@pytest.fixture
def address(guest: Guest) -> str:
    return guest.book(MONDAY_TEN)


def parts_of(address: str) -> tuple[str, str]:
    """Return uid and token of a booking's page."""
    found = urlsplit(address)
    return found.path.rsplit("/", 1)[1], parse_qs(found.query)["token"][0]


def test_a_link_works_for_thirty_days_after_the_meeting(
    guest: Guest, address: str, clock: FrozenClock
) -> None:
    clock.advance(days=30)
    assert "This meeting is over" in text_of(guest.client.get(address))

    clock.advance(days=1)
    ended = guest.client.get(address)
    assert ended.status_code == 404
    assert "more than thirty days ago" in text_of(ended)


def test_moving_a_booking_moves_the_end_of_its_link(
    app: Flask, guest: Guest, address: str, clock: FrozenClock
) -> None:
    uid, token = parts_of(address)
    moved = guest.client.post(
        f"/api/v1/bookings/{uid}/reschedule",
        json={"start": "2026-12-14T09:00:00Z"},
        headers={"X-Manage-Token": token},
    )
    clock.advance(days=40)

    assert moved.status_code == 200
    assert guest.client.get(address).status_code == 200


def test_the_link_to_the_calendar_file_opens_nothing_else(
    app: Flask, guest: Guest, address: str
) -> None:
    uid, _token = parts_of(address)
    only = calendar_file_token(app.extensions["booking"].settings.secret_key, uid)
    api = f"/api/v1/bookings/{uid}"

    assert f"calendar.ics?token={only}" in guest.client.get(address).text
    assert guest.client.get(f"{api}/calendar.ics?token={only}").status_code == 200
    assert guest.client.get(f"{api}?token={only}").status_code == 404
    assert guest.client.get(f"/booking/{uid}?token={only}").status_code == 404
    cancelled = guest.client.post(f"{api}/cancel", json={}, headers={"X-Manage-Token": only})
    assert cancelled.status_code == 404


def test_a_link_from_an_older_mail_still_gets_the_calendar_file(
    app: Flask, guest: Guest, address: str
) -> None:
    uid, token = parts_of(address)

    assert token == manage_token(app.extensions["booking"].settings.secret_key, uid)
    assert guest.client.get(f"/api/v1/bookings/{uid}/calendar.ics?token={token}").status_code == 200


def test_pages_with_a_token_load_nothing_from_elsewhere_and_name_no_referrer(
    guest: Guest, address: str
) -> None:
    for below in ("", "/cancel", "/reschedule"):
        page = guest.client.get(address.replace("?", f"{below}?"))

        assert page.status_code == 200
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "'self'" in page.headers["Content-Security-Policy"]
        assert all(urlsplit(found).netloc == "" for found in _LOADED.findall(page.text))
        for link in _OUTWARD.findall(page.text):
            assert 'rel="noreferrer noopener"' in link
    assert _OUTWARD.findall(guest.client.get(address).text)


def test_no_token_stands_in_a_log(
    guest: Guest, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    _uid, token = parts_of(address)
    with caplog.at_level(logging.DEBUG):
        guest.client.get(address)
        guest.client.get(address.replace("?", "/cancel?"))
        guest.client.post(address.replace("?", "/cancel?"), data={"reason": "Ill"})

    lines = [TextFormatter().format(record) for record in caplog.records]
    assert any("/cancel" in line for line in lines)
    assert not any(token in line for line in lines)


@pytest.mark.parametrize(
    ("verb", "field"),
    [("cancel", "guest_cancel_notice_minutes"), ("move", "guest_reschedule_notice_minutes")],
)
def test_a_guest_may_act_until_the_notice_that_the_host_asks_for(
    app: Flask, host: HostAccount, clock: FrozenClock, verb: str, field: str
) -> None:
    guest = visit(app, host, slug="firm", minimum_notice_minutes=0, **{field: 60})
    page = guest.book(MONDAY_TEN)
    uid, token = parts_of(page)
    label = {"cancel": "Cancel booking", "move": "Reschedule"}[verb]
    request = {"cancel": ("cancel", {}), "move": ("reschedule", {"start": "2026-11-24T09:00:00Z"})}
    path, body = request[verb]

    clock.advance(minutes=59)
    assert label in text_of(guest.client.get(page))
    clock.advance(minutes=1)
    refused = guest.client.post(
        f"/api/v1/bookings/{uid}/{path}", json=body, headers={"X-Manage-Token": token}
    )

    assert label not in text_of(guest.client.get(page))
    assert refused.status_code == 403
    assert "too late" in refused.get_json()["detail"]
    until = host.call("GET", f"/api/v1/bookings/{uid}").get_json()
    assert until[f"guest_{path}_until"] == "2026-11-23T08:00:00Z"
