"""Brakes on spam at the guests' doors: how much one address may book, and a trap for robots."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from tests.conftest import HostAccount, HostFactory
from tests.web.guest import MONDAY_TEN, Guest, text_of, visit


@pytest.fixture
def host(make_host: HostFactory) -> HostAccount:
    return make_host(username="teacher")


@pytest.fixture
def guest(app: Flask, host: HostAccount) -> Guest:
    guest = visit(app, host, minimum_notice_minutes=0)
    guest.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    return guest


def book(guest: Guest, host: HostAccount, hour: int, email: str = "guest@example.test") -> int:
    event_type = host.call("GET", "/api/v1/event-types").get_json()["data"][0]["id"]
    body = {
        "event_type_id": event_type,
        "start": f"2026-11-25T{hour:02}:00:00Z",
        "time_zone": "UTC",
        "guest": {"name": "Guest", "email": email},
    }
    return guest.client.post("/api/v1/bookings", json=body).status_code


def test_an_address_books_five_times_a_day_with_one_host(
    host: HostAccount, guest: Guest, clock: FrozenClock
) -> None:
    made = [book(guest, host, hour) for hour in range(8, 13)]

    assert made == [201] * 5
    assert book(guest, host, 13, "Guest@Example.test") == 429
    assert book(guest, host, 13, "other@example.test") == 201
    clock.advance(days=1)
    assert book(guest, host, 14) == 201


def test_without_a_trusted_proxy_private_addresses_are_not_limited(
    host: HostAccount, guest: Guest
) -> None:
    guest.client.environ_base["REMOTE_ADDR"] = "127.0.0.1"

    assert [book(guest, host, hour) for hour in range(8, 14)] == [201] * 6


def test_cancelling_gives_no_more_room(host: HostAccount, guest: Guest) -> None:
    for hour in range(8, 13):
        book(guest, host, hour)
    for booking in host.call("GET", "/api/v1/bookings").get_json()["data"]:
        host.call("POST", f"/api/v1/bookings/{booking['uid']}/cancel", json={})

    assert book(guest, host, 8) == 429


def test_the_limit_is_one_hosts_own(
    app: Flask, host: HostAccount, guest: Guest, make_host: HostFactory
) -> None:
    other = make_host(username="other")
    visit(app, other, minimum_notice_minutes=0)
    for hour in range(8, 13):
        book(guest, host, hour)

    assert book(guest, other, 8) == 201


def test_pages_say_how_long_to_wait(host: HostAccount, guest: Guest) -> None:
    for hour in range(8, 13):
        book(guest, host, hour, "some@example.test")

    answer = guest.send(guest.open_form(MONDAY_TEN))

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == 86400


def test_a_robot_that_fills_the_hidden_field_books_nothing(host: HostAccount, guest: Guest) -> None:
    answer = guest.send(guest.open_form(MONDAY_TEN), website="http://spam.example")

    assert answer.status_code == 422
    assert host.call("GET", "/api/v1/bookings").get_json()["data"] == []
    assert "Intro call" in text_of(answer)


def test_without_a_mail_server_no_address_can_be_confirmed(host: HostAccount) -> None:
    fields = {"title": "T", "requires_email_confirmation": True}

    answer = host.call("POST", "/api/v1/event-types", json=fields)

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/requires_email_confirmation"
