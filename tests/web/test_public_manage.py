"""The page of one booking: seen, moved, cancelled by its link alone, and only by a POST."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from booking.core.clock import FrozenClock
from tests.conftest import HostAccount, HostFactory
from tests.web.guest import MONDAY_TEN, Guest, hidden_of, starts_of, text_of, visit

TUESDAY_TEN = "2026-11-24T09:00:00Z"


@pytest.fixture
def host(make_host: HostFactory) -> HostAccount:
    return make_host(username="teacher")


@pytest.fixture
def guest(app: Flask, host: HostAccount) -> Guest:
    return visit(app, host)


class Booked:
    """A booking and its link."""

    def __init__(self, guest: Guest, address: str) -> None:
        parts = urlsplit(address)
        self.guest = guest
        self.path = parts.path
        self.token = parse_qs(parts.query)["token"][0]

    def see(self, below: str = "", **query: str) -> TestResponse:
        return self.guest.client.get(self.path + below, query_string={"token": self.token, **query})

    def act(self, below: str, **data: str) -> TestResponse:
        return self.guest.client.post(
            self.path + below, query_string={"token": self.token}, data=data
        )


@pytest.fixture
def booked(guest: Guest) -> Booked:
    return Booked(guest, guest.book(MONDAY_TEN))


def test_the_page_shows_the_booking_and_what_can_be_done(booked: Booked) -> None:
    page = text_of(booked.see())

    assert "Your booking" in page
    assert "First Guest some@example.test" in page
    for action in ("Add to calendar", "Reschedule", "Cancel booking"):
        assert action in page


@pytest.mark.parametrize("below", ["", "/cancel", "/reschedule", "/reschedule/confirm"])
def test_without_its_token_there_is_nothing(booked: Booked, below: str) -> None:
    client = booked.guest.client

    assert client.get(booked.path + below).status_code == 404
    assert client.get(f"{booked.path}{below}?token={'x' * 43}").status_code == 404


@pytest.mark.parametrize("below", ["/cancel", "/reschedule/confirm"])
def test_acting_without_the_token_is_refused(booked: Booked, below: str) -> None:
    answer = booked.guest.client.post(booked.path + below, data={"start": TUESDAY_TEN})

    assert answer.status_code == 404
    assert "Your booking" in text_of(booked.see())


def test_looking_never_changes_anything(booked: Booked) -> None:
    before = text_of(booked.see())

    for below in ("/cancel", "/reschedule", "/reschedule/confirm"):
        booked.see(below, start=TUESDAY_TEN, reason="No")

    assert text_of(booked.see()) == before


def test_pages_with_a_token_are_private(booked: Booked) -> None:
    headers = booked.see().headers

    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Cache-Control"] == "no-store"


def test_cancelling_frees_the_time_and_shows_it(booked: Booked) -> None:
    answer = booked.act("/cancel", reason="Ill")

    page = booked.guest.client.get(answer.headers["Location"])
    assert "Booking cancelled You cancelled it. The time is free again." in text_of(page)
    assert "Reason Ill" in text_of(page)
    assert MONDAY_TEN in starts_of(booked.guest.look())


def test_a_used_link_shows_the_present_state(booked: Booked) -> None:
    booked.act("/cancel")

    again = booked.act("/cancel")
    asked = booked.see("/cancel")
    moved = booked.see("/reschedule")

    for answer in (again, asked, moved):
        assert answer.status_code == 303
        assert "Booking cancelled" in booked.guest.client.get(answer.headers["Location"]).text


def test_a_reason_that_is_too_long_is_told_and_kept(booked: Booked) -> None:
    page = booked.act("/cancel", reason="a" * 501)

    assert page.status_code == 422
    assert "Use up to 500 characters." in text_of(page)
    assert "a" * 501 in page.text


def test_moving_offers_the_bookings_own_place(booked: Booked) -> None:
    page = booked.see("/reschedule")

    assert MONDAY_TEN in starts_of(page)
    assert "Booked now Monday 23 November 2026, 10:00" in text_of(page)


def test_moving_asks_first_and_names_both_times(booked: Booked) -> None:
    page = text_of(booked.see("/reschedule/confirm", start=TUESDAY_TEN))

    assert "From Monday 23 November 2026, 10:00" in page
    assert "To Nov 24 10:00" in page


def test_moving_moves(booked: Booked) -> None:
    answer = booked.act("/reschedule/confirm", start=TUESDAY_TEN, reason="Train")

    page = booked.guest.client.get(answer.headers["Location"])
    assert "Booking moved" in text_of(page)
    assert "Tuesday 24 November 2026" in text_of(page)
    assert MONDAY_TEN in starts_of(booked.guest.look())


def test_a_taken_time_keeps_the_old_place_and_offers_others(booked: Booked, guest: Guest) -> None:
    guest.book(TUESDAY_TEN)

    page = booked.act("/reschedule/confirm", start=TUESDAY_TEN)

    assert page.status_code == 409
    assert "10:00 was just taken. Nearest:" in text_of(page)
    assert hidden_of(page)["token"] == booked.token
    assert "Monday 23 November 2026" in text_of(booked.see())


@pytest.mark.parametrize("start", ["", "soon", "2026-11-24"])
def test_moving_to_nowhere_leads_back_to_the_times(booked: Booked, start: str) -> None:
    looked = booked.see("/reschedule/confirm", start=start)
    acted = booked.act("/reschedule/confirm", start=start)

    assert looked.status_code == acted.status_code == 303
    assert "/reschedule?" in looked.headers["Location"]


def test_a_host_may_forbid_both(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host, slug="firm", guest_can_cancel=False, guest_can_reschedule=False)
    booked = Booked(guest, guest.book(MONDAY_TEN))

    assert "Cancel booking" not in text_of(booked.see())
    assert "Reschedule" not in text_of(booked.see())
    assert booked.act("/cancel").status_code == 303
    assert "Your booking" in text_of(booked.see())


def test_a_meeting_that_is_over_cannot_be_changed(booked: Booked, clock: FrozenClock) -> None:
    clock.advance(hours=6)

    page = text_of(booked.see())

    assert "This meeting is over" in page
    assert "Cancel booking" not in page
    assert "Book another time" in page


def test_a_declined_request_says_so(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host, slug="asked", requires_confirmation=True)
    booked = Booked(guest, guest.book(TUESDAY_TEN))

    host.call("POST", f"/api/v1/bookings/{booked.path.rsplit('/', 1)[1]}/decline", json={})

    assert "Request declined Teacher can't make it at this time." in text_of(booked.see())


def test_an_event_type_that_is_gone_leaves_its_bookings(
    app: Flask, host: HostAccount, booked: Booked
) -> None:
    services = app.extensions["booking"]
    services.event_types.delete(host.id, services.event_types.list(host.id)[0].id)

    page = text_of(booked.see())

    assert "Your booking" in page
    assert "Reschedule" not in page


def test_a_page_of_the_hosts_own_comes_after_booking(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host, slug="on", confirmation_redirect_url="https://example.test/thanks")

    page = guest.client.get(guest.book(MONDAY_TEN))

    assert 'href="https://example.test/thanks"' in page.text
