"""Booking over HTTP: what a guest sends, what comes back, what is refused and where."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import HostAccount, HostFactory
from tests.web.api.making import (
    API,
    GUEST,
    NINE,
    TEN,
    book,
    made,
    make_event_type,
    pointers,
    slots_of,
    token_of,
)


def test_a_guest_books_a_slot_and_it_is_gone(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host)
    assert slots_of(client, event_type)["2026-11-24"][0] == {"start": NINE, "end": TEN}

    answer = book(client, event_type)

    booking = made(answer)
    assert (booking["status"], booking["start"], booking["end"]) == ("confirmed", NINE, TEN)
    assert booking["hosts"][0]["username"] == host.username
    assert booking["calendar_state"] in {"none", "pending"}
    assert answer.headers["Location"] == f"{API}/bookings/{booking['uid']}"
    assert slots_of(client, event_type)["2026-11-24"][0]["start"] == TEN


def test_a_guests_changes_are_counted_and_a_hosts_are_not(
    host: HostAccount, client: FlaskClient
) -> None:
    event_type = make_event_type(host)
    booking = made(book(client, event_type))
    address = f"{API}/bookings/{booking['uid']}/reschedule"

    def move(times: int, headers: dict[str, str]) -> list[int]:
        return [
            client.post(
                address,
                json={"start": (NINE, TEN)[number % 2 == 0]},
                headers=headers,
                environ_overrides={"REMOTE_ADDR": "203.0.113.7"},
            ).status_code
            for number in range(times)
        ]

    assert move(11, token_of(booking)) == [200] * 10 + [429]
    assert move(11, {"Authorization": f"Bearer {host.api_key}"}) == [200] * 11


def test_nobody_is_a_guest_twice(host: HostAccount, client: FlaskClient) -> None:
    others = [
        GUEST["email"].upper(),
        "friend@example.test",
        "Friend@example.test",
        "b@example.test",
    ]

    booking = made(book(client, make_event_type(host), additional_guests=others))

    assert booking["additional_guests"] == ["friend@example.test", "b@example.test"]


def test_a_booking_by_public_name_is_told_in_the_guests_zone(
    host: HostAccount, client: FlaskClient
) -> None:
    slug = make_event_type(host)["slug"]
    wish = {"username": host.username, "slug": slug, "start": NINE, "guest": GUEST}

    booking = made(client.post(f"{API}/bookings", json={**wish, "time_zone": "Asia/Kolkata"}))

    assert booking["start"] == "2026-11-24T14:30:00+05:30"
    assert booking["time_zone"] == "Asia/Kolkata"


def test_a_taken_slot_is_a_conflict_with_alternatives(
    host: HostAccount, client: FlaskClient
) -> None:
    event_type = make_event_type(host)
    made(book(client, event_type))

    answer = book(client, event_type, guest={"name": "Other", "email": "other@example.test"})

    body = answer.get_json()
    assert (answer.status_code, body["code"]) == (409, "slot_unavailable")
    assert TEN in {slot["start"] for slot in body["alternatives"]}


def test_a_time_off_the_grid_cannot_be_booked(host: HostAccount, client: FlaskClient) -> None:
    answer = book(client, make_event_type(host), start="2026-11-24T09:07:00Z")

    assert (answer.status_code, answer.get_json()["code"]) == (409, "slot_unavailable")


def test_the_same_key_gets_the_same_answer(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host)
    headers = {"Idempotency-Key": "form-1"}

    first = book(client, event_type, headers=headers)
    again = book(client, event_type, headers=headers)
    other = book(client, event_type, start=TEN, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_data() == again.get_data()
    assert first.headers["Location"] == again.headers["Location"]
    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency_conflict")


def test_answers_are_kept_and_checked(host: HostAccount, client: FlaskClient) -> None:
    questions = [{"key": "topic", "label": "Topic", "type": "text", "required": True}]
    event_type = make_event_type(host, questions=questions)

    missing = book(client, event_type)
    unasked = book(client, event_type, answers={"topic": "x", "age": 5})
    fine = book(client, event_type, answers={"topic": " Plans "})

    assert pointers(missing) == ["/answers/topic"]
    assert pointers(unasked) == ["/answers/age"]
    assert made(fine)["answers"] == {"topic": "Plans"}


def test_the_place_is_the_hosts_or_one_of_the_options(
    host: HostAccount, client: FlaskClient
) -> None:
    office = {"type": "in_person", "address": "Hauptstr. 1"}
    link = {"type": "link", "url": "https://meet.example.test/room"}
    choice = {"type": "guest_choice", "options": [office, link]}
    event_type = make_event_type(host, location=choice)

    none = book(client, event_type)
    chosen = book(client, event_type, location={"type": "link"})

    assert pointers(none) == ["/location"]
    booking = made(chosen)
    assert (booking["location"], booking["meeting_url"]) == (link, link["url"])


def test_another_duration_can_be_chosen_where_it_is_offered(
    host: HostAccount, client: FlaskClient
) -> None:
    event_type = make_event_type(host, durations_minutes=[30, 60])

    short = book(client, event_type, duration_minutes=30)
    odd = book(client, event_type, start=TEN, duration_minutes=45)

    assert made(short)["end"] == "2026-11-24T09:30:00Z"
    assert pointers(odd) == ["/duration_minutes"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"start": "2026-11-24"}, "/start"),
        ({"start": "2026-11-24T09:00:00"}, "/start"),
        ({"start": "1066-01-01T09:00:00Z"}, "/start"),
        ({"start": 5}, "/start"),
        ({"time_zone": "Berlin"}, "/time_zone"),
        ({"time_zone": None}, "/time_zone"),
        ({"guest": None}, "/guest"),
        ({"guest": {"name": "G"}}, "/guest/email"),
        ({"guest": {**GUEST, "name": " "}}, "/guest/name"),
        ({"guest": {**GUEST, "name": ["G"]}}, "/guest/name"),
        ({"guest": {**GUEST, "email": "nobody"}}, "/guest/email"),
        ({"guest": {**GUEST, "email": "a@b.test\nBcc: c@d.test"}}, "/guest/email"),
        ({"guest": {**GUEST, "phone": "call me"}}, "/guest/phone"),
        ({"guest": {**GUEST, "locale": "../de"}}, "/guest/locale"),
        ({"guest": {**GUEST, "age": 7}}, "/guest/age"),
        ({"additional_guests": ["nobody"]}, "/additional_guests/0"),
        ({"additional_guests": [f"g{n}@example.test" for n in range(11)]}, "/additional_guests"),
        ({"answers": ["x"]}, "/answers"),
        ({"location": "here"}, "/location"),
        ({"hold_id": "nothing"}, "/hold_id"),
        ({"recurrence_count": 4}, "/recurrence_count"),
        ({"event_type_id": None}, "/event_type_id"),
        ({"price": 0}, "/price"),
    ],
)
def test_a_faulty_wish_is_refused_where_it_is_faulty(
    host: HostAccount, client: FlaskClient, fields: dict[str, Any], pointer: str
) -> None:
    event_type = make_event_type(host)

    assert pointers(book(client, event_type, **fields)) == [pointer]


def test_an_unknown_event_type_is_not_found(host: HostAccount, client: FlaskClient) -> None:
    assert book(client, {"id": "0000000000001"}).status_code == 404


def test_the_list_is_the_hosts_own_and_in_pages(
    make_host: HostFactory, client: FlaskClient
) -> None:
    owner, colleague = make_host(username="owner"), make_host(username="colleague")
    event_type = make_event_type(owner)
    starts = [f"2026-11-24T{hour:02}:00:00Z" for hour in (9, 10, 11)]
    for start in starts:
        made(book(client, event_type, start=start))

    first = made(owner.call("GET", f"{API}/bookings?status=upcoming&limit=2"), 200)
    cursor = first["next_cursor"]
    rest = made(owner.call("GET", f"{API}/bookings?status=upcoming&limit=2&cursor={cursor}"), 200)

    listed = [booking["start"] for booking in (*first["data"], *rest["data"])]
    assert (listed, rest["next_cursor"]) == (starts, None)
    assert made(colleague.call("GET", f"{API}/bookings"), 200)["data"] == []
    assert made(owner.call("GET", f"{API}/bookings?status=cancelled"), 200)["data"] == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("status=lost", "/status"),
        ("time_zone=Berlin", "/time_zone"),
        ("cursor=x", "/cursor"),
        ("cursor=99999999999999.0000000000001", "/cursor"),
        ("limit=0", "/limit"),
    ],
)
def test_a_faulty_list_query_is_refused(host: HostAccount, query: str, pointer: str) -> None:
    assert pointers(host.call("GET", f"{API}/bookings?{query}")) == [pointer]
