"""Reassigning, no-shows and the history of a booking over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from booking.core.clock import FrozenClock
from booking.core.ids import encode_id
from tests.conftest import HostAccount, HostFactory
from tests.web.api.making import (
    API,
    NINE,
    TEN,
    book,
    made,
    make_event_type,
    make_team,
    pointers,
    token_of,
)


@pytest.fixture
def lead(make_host: HostFactory) -> HostAccount:
    """Who runs the team."""
    return make_host(username="lead")


@pytest.fixture
def mate(make_host: HostFactory) -> HostAccount:
    """A plain member of the team."""
    return make_host(username="mate")


def _shared(lead: HostAccount, mate: HostAccount) -> dict[str, Any]:
    """An event type of the team's that goes to the lead first."""
    hosts = [
        {"user_id": encode_id(lead.id), "priority": 4},
        {"user_id": encode_id(mate.id), "priority": 0},
    ]
    team = make_team(lead, mate)
    return make_event_type(lead, team_id=team["id"], scheduling="round_robin", hosts=hosts)


def _history(host: HostAccount, booking: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    path = f"{API}/bookings/{booking['uid']}/history"
    found: list[dict[str, Any]] = made(host.call("GET", path, query_string=query), 200)["data"]
    return found


def test_a_booking_is_given_to_the_other_host(
    lead: HostAccount, mate: HostAccount, client: FlaskClient
) -> None:
    booking = made(book(client, _shared(lead, mate)))
    assert [host["username"] for host in booking["hosts"]] == ["lead"]
    path = f"{API}/bookings/{booking['uid']}"
    assert mate.call("GET", path).status_code == 404

    answer = lead.call("POST", f"{path}/reassign", json={"reason": "Ill"})

    given = made(answer, 200)
    assert [host["username"] for host in given["hosts"]] == ["mate"]
    assert (given["uid"], given["reason"]) == (booking["uid"], "Ill")
    assert made(mate.call("GET", path), 200)["start"] == NINE


def test_a_host_is_named_by_id_and_must_be_one_of_the_event_types(
    lead: HostAccount, mate: HostAccount, host: HostAccount, client: FlaskClient
) -> None:
    booking = made(book(client, _shared(lead, mate)))
    path = f"{API}/bookings/{booking['uid']}/reassign"

    stranger = lead.call("POST", path, json={"user_id": encode_id(host.id)})
    senseless = lead.call("POST", path, json={"user_id": "x"})
    named = lead.call("POST", path, json={"user_id": encode_id(mate.id)})
    again = lead.call("POST", path, json={"user_id": encode_id(mate.id)})

    assert pointers(stranger) == pointers(senseless) == ["/user_id"]
    assert made(named, 200)["hosts"][0]["reason"] == "named"
    assert (again.status_code, again.get_json()["code"]) == (409, "conflict")


def test_a_no_show_is_noted_after_the_start_and_told_to_hosts_alone(
    host: HostAccount, client: FlaskClient, clock: FrozenClock
) -> None:
    booking = made(book(client, make_event_type(host)))
    path = f"{API}/bookings/{booking['uid']}"

    early = host.call("POST", f"{path}/no-show", json={})
    clock.advance(days=1, hours=2)
    noted = host.call("POST", f"{path}/no-show", json={"reason": "Waited for an hour"})
    again = host.call("POST", f"{path}/no-show")

    assert (early.status_code, early.get_json()["code"]) == (409, "illegal_transition")
    assert made(noted, 200)["no_show_at"] == "2026-11-24T09:00:00Z"
    assert (made(noted, 200)["status"], made(noted, 200)["reason"]) == ("confirmed", None)
    assert again.status_code == 409
    assert made(client.get(path, headers=token_of(booking)), 200)["no_show_at"] is None


def test_the_history_tells_who_did_what_when_and_why(
    lead: HostAccount, mate: HostAccount, client: FlaskClient
) -> None:
    booking = made(book(client, _shared(lead, mate)))
    path = f"{API}/bookings/{booking['uid']}"
    guest = token_of(booking)
    made(
        client.post(f"{path}/reschedule", json={"start": TEN, "reason": "Bus"}, headers=guest), 200
    )
    made(lead.call("POST", f"{path}/reassign", json={}), 200)
    made(mate.call("POST", f"{path}/cancel", json={"reason": "Ill"}), 200)

    events = _history(lead, booking)

    told = [(each["kind"], each["actor"], each["reason"], each["sequence"]) for each in events]
    assert told == [
        ("created", "guest", None, 0),
        ("rescheduled", "guest", "Bus", 1),
        ("reassigned", "host", None, 2),
        ("cancelled", "host", "Ill", 3),
    ]
    assert [each["user"] and each["user"]["name"] for each in events] == [
        None,
        None,
        "Lead",
        "Mate",
    ]
    assert events[1]["previous"] == {"start": NINE, "end": TEN, "hosts": []}
    assert events[2]["previous"]["hosts"] == [{"user_id": encode_id(lead.id), "name": "Lead"}]
    assert events[3]["previous"] is None
    assert {each["at"] for each in events} == {"2026-11-23T07:00:00Z"}


def test_a_history_comes_in_pages_and_in_the_zone_asked_for(
    host: HostAccount, client: FlaskClient
) -> None:
    booking = made(book(client, make_event_type(host)))
    path = f"{API}/bookings/{booking['uid']}"
    made(host.call("POST", f"{path}/reschedule", json={"start": TEN}), 200)

    first = made(host.call("GET", f"{path}/history?limit=1"), 200)
    query = {"cursor": first["next_cursor"], "time_zone": "Asia/Kolkata"}
    second = made(host.call("GET", f"{path}/history", query_string=query), 200)

    assert [each["kind"] for each in first["data"]] == ["created"]
    assert [each["kind"] for each in second["data"]] == ["rescheduled"]
    assert second["data"][0]["previous"]["start"] == "2026-11-24T14:30:00+05:30"
    assert second["next_cursor"] is None
    assert pointers(host.call("GET", f"{path}/history?cursor=zzz")) == ["/cursor"]


@pytest.mark.parametrize("path", ["reassign", "no-show", "history"])
def test_what_is_for_hosts_is_for_no_guest_and_no_stranger(
    lead: HostAccount, mate: HostAccount, client: FlaskClient, path: str
) -> None:
    booking = made(book(client, _shared(lead, mate)))
    address = f"{API}/bookings/{booking['uid']}/{path}"
    method = "GET" if path == "history" else "POST"

    as_guest = client.open(address, method=method, headers=token_of(booking))
    as_stranger = mate.call(method, address)

    assert (as_guest.status_code, as_stranger.status_code) == (401, 404)
