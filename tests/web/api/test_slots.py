"""`/slots` over HTTP: the question's forms, the answer's form, its etag, and the reasons."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from booking.web.api.slot_questions import read_question
from tests.conftest import HostAccount, HostFactory
from tests.web.api.making import API, book, made, make_event_type, make_schedule, pointers

TUESDAY = {"start": "2026-11-24", "end": "2026-11-25"}


def ask(client: FlaskClient, **query: str) -> dict[str, Any]:
    return made(client.get(f"{API}/slots", query_string=query), 200)


def test_slots_are_grouped_by_the_guests_date(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host)

    body = ask(client, event_type_id=event_type["id"], time_zone="Pacific/Auckland", **TUESDAY)

    assert body["time_zone"] == "Pacific/Auckland"
    assert list(body["slots"]) == ["2026-11-24"]
    assert body["slots"]["2026-11-24"][0] == {
        "start": "2026-11-24T00:00:00+13:00",
        "end": "2026-11-24T01:00:00+13:00",
    }
    assert body["freshness"] == {"state": "fresh", "as_of": None}


def test_utc_is_told_with_z(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host)

    body = ask(client, event_type_id=event_type["id"], **TUESDAY)

    assert body["time_zone"] == "UTC"
    assert body["slots"]["2026-11-24"][-1]["end"] == "2026-11-24T17:00:00Z"


def test_dates_mean_the_guests_midnights_and_the_end_is_left_out(
    host: HostAccount, client: FlaskClient
) -> None:
    key = make_event_type(host)["id"]

    by_date = ask(client, event_type_id=key, time_zone="Europe/Berlin", **TUESDAY)
    by_moment = ask(
        client,
        event_type_id=key,
        time_zone="Europe/Berlin",
        start="2026-11-24T00:00:00+01:00",
        end="2026-11-25T00:00:00+01:00",
    )

    assert by_date["slots"] == by_moment["slots"]


def test_the_end_bounds_the_start_of_slots(host: HostAccount, client: FlaskClient) -> None:
    key = make_event_type(host)["id"]

    body = ask(client, event_type_id=key, start="2026-11-24T10:00:00Z", end="2026-11-24T12:00:00Z")

    starts = [slot["start"] for slot in body["slots"]["2026-11-24"]]
    assert starts == ["2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z"]


def test_a_public_name_asks_the_same(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host)

    by_name = ask(client, username=host.username, slug=event_type["slug"], **TUESDAY)

    assert by_name == ask(client, event_type_id=event_type["id"], **TUESDAY)


def test_an_unchanged_answer_is_not_sent_again(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host)
    query = {"event_type_id": event_type["id"], **TUESDAY}
    etag = client.get(f"{API}/slots", query_string=query).headers["ETag"]

    same = client.get(f"{API}/slots", query_string=query, headers={"If-None-Match": etag})
    made(book(client, event_type))
    changed = client.get(f"{API}/slots", query_string=query, headers={"If-None-Match": etag})

    assert (same.status_code, same.get_data(), same.headers["ETag"]) == (304, b"", etag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_a_change_of_the_schedule_shows_at_once(host: HostAccount, client: FlaskClient) -> None:
    schedule = make_schedule(host)
    key = make_event_type(host, schedule_id=schedule["id"])["id"]
    assert ask(client, event_type_id=key, **TUESDAY)["slots"]

    overrides = [{"date": "2026-11-24", "intervals": []}]
    path = f"{API}/schedules/{schedule['id']}"
    made(host.call("PATCH", path, json={"overrides": overrides}), 200)

    assert ask(client, event_type_id=key, **TUESDAY)["slots"] == {}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"start": ""}, "/start"),
        ({"start": "tomorrow"}, "/start"),
        ({"start": "2026-11-24T09:00:00"}, "/start"),
        ({"start": "0001-01-01"}, "/start"),
        ({"end": "9999-12-31"}, "/end"),
        ({"end": "2026-11-24"}, "/end"),
        ({"end": "2027-02-25"}, "/end"),
        ({"time_zone": "Berlin"}, "/time_zone"),
        ({"time_zone": "../etc/passwd"}, "/time_zone"),
        ({"duration_minutes": "long"}, "/duration_minutes"),
        ({"duration_minutes": "45"}, "/duration_minutes"),
        ({"event_type_id": "x"}, "/event_type_id"),
        ({"event_type_id": ""}, "/event_type_id"),
        ({"hold_id": "5"}, "/hold_id"),
    ],
)
def test_a_faulty_question_is_refused_where_it_is_faulty(
    host: HostAccount, client: FlaskClient, query: dict[str, str], pointer: str
) -> None:
    asked = {"event_type_id": make_event_type(host)["id"], **TUESDAY, **query}

    assert pointers(client.get(f"{API}/slots", query_string=asked)) == [pointer]


def test_ninety_two_days_can_be_asked_for_across_a_clock_change(
    host: HostAccount, client: FlaskClient
) -> None:
    key = make_event_type(host)["id"]
    zone = "America/New_York"

    body = ask(client, event_type_id=key, start="2027-01-15", end="2027-04-17", time_zone=zone)

    assert len(body["slots"]) == 92


def test_what_is_not_there_is_not_found(host: HostAccount, client: FlaskClient) -> None:
    for query in ({"event_type_id": "0000000000001"}, {"username": host.username, "slug": "no"}):
        assert client.get(f"{API}/slots", query_string={**query, **TUESDAY}).status_code == 404


def test_an_unescaped_offset_is_understood() -> None:
    raw = b"event_type_id=0000000000001&start=2026-11-24T09:00:00+01:00&end=2026-11-25"

    assert read_question(raw).query.start == 1_795_507_200


def test_reasons_are_told_to_the_owner_alone(make_host: HostFactory, client: FlaskClient) -> None:
    owner, colleague = make_host(username="owner"), make_host(username="colleague")
    event_type = make_event_type(owner)
    made(book(client, event_type))
    path = f"{API}/slots/explain?event_type_id={event_type['id']}&start=2026-11-24&end=2026-11-25"

    body = made(owner.call("GET", path), 200)

    day = body["days"]["2026-11-24"]
    hours = {"start": "2026-11-24T09:00:00Z", "end": "2026-11-24T17:00:00Z"}
    assert day["working_hours"] == [hours]
    reasons = {each["start"]: each["reasons"][0] for each in day["removed"]}
    assert reasons["2026-11-24T09:00:00Z"]["code"] == "booking"
    assert reasons["2026-11-24T09:00:00Z"]["from"] == "2026-11-24T09:00:00Z"
    assert colleague.call("GET", path).status_code == 404
    assert client.get(path).status_code == 401
