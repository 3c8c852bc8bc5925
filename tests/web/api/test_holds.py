"""Holds over HTTP: five minutes for one guest, seen by the others as taken."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from booking.core.clock import FrozenClock
from tests.conftest import HostAccount
from tests.web.api.making import API, NINE, TEN, book, made, make_event_type, pointers, slots_of


def hold(client: FlaskClient, event_type: dict[str, Any], start: str = NINE) -> dict[str, Any]:
    body = {"event_type_id": event_type["id"], "start": start}
    return made(client.post(f"{API}/holds", json=body))


def test_a_hold_keeps_the_slot_for_its_guest_alone(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host)

    held = hold(client, event_type)

    assert held["expires_at"] == "2026-11-23T07:05:00Z"
    assert slots_of(client, event_type)["2026-11-24"][0]["start"] == TEN
    own = slots_of(client, event_type, hold_id=held["id"])
    assert own["2026-11-24"][0]["start"] == NINE
    assert book(client, event_type).status_code == 409
    assert made(book(client, event_type, hold_id=held["id"]))["start"] == NINE


def test_a_released_hold_frees_the_slot(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host)
    held = hold(client, event_type)

    assert client.delete(f"{API}/holds/{held['id']}").status_code == 204
    assert client.delete(f"{API}/holds/{held['id']}").status_code == 204

    assert slots_of(client, event_type)["2026-11-24"][0]["start"] == NINE


def test_a_hold_ends_by_itself(host: HostAccount, client: FlaskClient, clock: FrozenClock) -> None:
    event_type = make_event_type(host)
    hold(client, event_type)

    clock.advance(minutes=5)

    assert slots_of(client, event_type)["2026-11-24"][0]["start"] == NINE
    made(book(client, event_type))


def test_a_held_slot_cannot_be_held_again(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host)
    hold(client, event_type)

    again = client.post(f"{API}/holds", json={"event_type_id": event_type["id"], "start": NINE})

    assert (again.status_code, again.get_json()["code"]) == (409, "slot_unavailable")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"start": "soon"}, "/start"),
        ({"duration_minutes": "30"}, "/duration_minutes"),
        ({"duration_minutes": 45}, "/duration_minutes"),
        ({"event_type_id": 7}, "/event_type_id"),
        ({"who": "me"}, "/who"),
    ],
)
def test_a_faulty_hold_is_refused(
    host: HostAccount, client: FlaskClient, fields: dict[str, Any], pointer: str
) -> None:
    body = {"event_type_id": make_event_type(host)["id"], "start": NINE, **fields}

    assert pointers(client.post(f"{API}/holds", json=body)) == [pointer]
