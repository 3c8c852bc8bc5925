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


def test_one_visitor_holds_two_slots_at_once_and_no_more(
    host: HostAccount, client: FlaskClient, clock: FrozenClock
) -> None:
    event_type = make_event_type(host)["id"]
    far = {"REMOTE_ADDR": "203.0.113.9"}

    def hold(hour: int, address: dict[str, str] = far) -> int:
        start = f"2026-11-24T{hour:02}:00:00Z"
        body = {"event_type_id": event_type, "start": start}
        answer = client.post("/api/v1/holds", json=body, environ_base=address)
        return answer.status_code

    assert [hold(9), hold(10), hold(11)] == [201, 201, 429]
    assert hold(11, {"REMOTE_ADDR": "203.0.113.10"}) == 201
    clock.advance(minutes=5)
    assert hold(9) == 201


def test_all_guests_together_hold_twenty_slots_of_an_event_type(
    host: HostAccount, client: FlaskClient
) -> None:
    event_type = make_event_type(host, duration_minutes=15)["id"]
    starts = [f"2026-11-24T{9 + n // 4:02}:{n % 4 * 15:02}:00Z" for n in range(21)]

    answers = [
        client.post(
            "/api/v1/holds",
            json={"event_type_id": event_type, "start": start},
            environ_base={"REMOTE_ADDR": f"203.0.113.{place}"},
        )
        for place, start in enumerate(starts, start=1)
    ]

    assert [answer.status_code for answer in answers] == [201] * 20 + [429]
    assert int(answers[-1].headers["Retry-After"]) == 300
