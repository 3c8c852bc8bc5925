"""A booking's later life over HTTP: shown, cancelled, moved, confirmed, declined, as a file."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.conftest import HostAccount, HostFactory
from tests.web.api.making import (
    API,
    NINE,
    TEN,
    book,
    made,
    make_event_type,
    pointers,
    slots_of,
    token_of,
)


def test_guest_and_host_see_the_booking_and_nobody_else(
    make_host: HostFactory, client: FlaskClient
) -> None:
    owner, colleague = make_host(username="owner"), make_host(username="colleague")
    booking = made(book(client, make_event_type(owner)))
    path = f"{API}/bookings/{booking['uid']}"

    assert made(client.get(path, headers=token_of(booking)), 200)["uid"] == booking["uid"]
    assert made(owner.call("GET", path), 200)["uid"] == booking["uid"]
    assert colleague.call("GET", path).status_code == 404
    assert client.get(path).status_code == 401
    assert client.get(path, headers={"X-Manage-Token": "guess"}).status_code == 404


def test_times_are_told_in_the_zone_asked_for(host: HostAccount, client: FlaskClient) -> None:
    booking = made(book(client, make_event_type(host)))

    shown = host.call("GET", f"{API}/bookings/{booking['uid']}?time_zone=America/New_York")

    assert made(shown, 200)["start"] == "2026-11-24T04:00:00-05:00"


def test_a_guest_cancels_and_the_time_is_free_again(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host)
    booking = made(book(client, event_type))
    path = f"{API}/bookings/{booking['uid']}/cancel"

    cancelled = made(client.post(path, json={"reason": "Ill"}, headers=token_of(booking)), 200)

    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "Ill")
    assert cancelled["changed_by"] == "guest"
    assert slots_of(client, event_type)["2026-11-24"][0]["start"] == NINE
    again = client.post(path, json={}, headers=token_of(booking))
    assert (again.status_code, again.get_json()["code"]) == (409, "illegal_transition")


def test_a_host_cancels_without_a_body(host: HostAccount, client: FlaskClient) -> None:
    booking = made(book(client, make_event_type(host)))

    cancelled = made(host.call("POST", f"{API}/bookings/{booking['uid']}/cancel"), 200)

    assert (cancelled["status"], cancelled["changed_by"]) == ("cancelled", "host")


def test_a_booking_is_moved_to_a_free_slot_only(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host)
    booking = made(book(client, event_type))
    made(book(client, event_type, start="2026-11-24T11:00:00Z"))
    path = f"{API}/bookings/{booking['uid']}/reschedule"
    token = token_of(booking)

    taken = client.post(path, json={"start": "2026-11-24T11:00:00Z"}, headers=token)
    moved = client.post(path, json={"start": TEN}, headers=token)

    assert (taken.status_code, taken.get_json()["code"]) == (409, "slot_unavailable")
    assert made(moved, 200)["start"] == TEN
    assert slots_of(client, event_type)["2026-11-24"][0]["start"] == NINE


def test_what_the_host_forbids_a_guest_cannot_do(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host, guest_can_cancel=False, guest_can_reschedule=False)
    booking = made(book(client, event_type))
    path = f"{API}/bookings/{booking['uid']}"

    cancelled = client.post(f"{path}/cancel", json={}, headers=token_of(booking))
    moved = client.post(f"{path}/reschedule", json={"start": TEN}, headers=token_of(booking))

    assert (cancelled.status_code, moved.status_code) == (403, 403)


def test_a_request_is_confirmed_or_declined_by_its_host(
    make_host: HostFactory, client: FlaskClient
) -> None:
    owner, colleague = make_host(username="owner"), make_host(username="colleague")
    event_type = make_event_type(owner, requires_confirmation=True)
    first = made(book(client, event_type))
    second = made(book(client, event_type, start=TEN))

    assert first["status"] == "pending"
    assert colleague.call("POST", f"{API}/bookings/{first['uid']}/confirm").status_code == 404
    confirmed = owner.call("POST", f"{API}/bookings/{first['uid']}/confirm")
    declined = owner.call("POST", f"{API}/bookings/{second['uid']}/decline", json={"reason": "No"})

    assert made(confirmed, 200)["status"] == "confirmed"
    assert made(declined, 200)["status"] == "declined"


def test_a_guest_cannot_confirm(host: HostAccount, client: FlaskClient) -> None:
    booking = made(book(client, make_event_type(host, requires_confirmation=True)))

    answer = client.post(f"{API}/bookings/{booking['uid']}/confirm", headers=token_of(booking))

    assert answer.status_code == 401


def test_the_calendar_file_names_the_booking(host: HostAccount, client: FlaskClient) -> None:
    booking = made(book(client, make_event_type(host)))

    answer = client.get(f"{API}/bookings/{booking['uid']}/calendar.ics", headers=token_of(booking))

    text = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert "BEGIN:VEVENT" in text
    assert booking["uid"] in text
    assert "20261124T090000" in text
    assert "token" not in text


@pytest.mark.parametrize("path", ["", "/cancel", "/reschedule", "/calendar.ics"])
def test_a_token_opens_its_own_booking_alone(
    host: HostAccount, client: FlaskClient, path: str
) -> None:
    event_type = make_event_type(host)
    mine = made(book(client, event_type))
    other = made(book(client, event_type, start=TEN))
    is_read = path in {"", "/calendar.ics"}

    answer = client.open(
        f"{API}/bookings/{other['uid']}{path}",
        method="GET" if is_read else "POST",
        json=None if is_read else {"start": NINE},
        headers=token_of(mine),
    )

    assert answer.status_code == 404


def test_reasons_and_new_starts_are_checked(host: HostAccount, client: FlaskClient) -> None:
    booking = made(book(client, make_event_type(host)))
    path = f"{API}/bookings/{booking['uid']}"

    assert pointers(host.call("POST", f"{path}/cancel", json={"reason": 5})) == ["/reason"]
    assert pointers(host.call("POST", f"{path}/reschedule", json={})) == ["/start"]
    assert pointers(host.call("POST", f"{path}/cancel", json={"why": "x"})) == ["/why"]
