"""`/slots/explain` over HTTP: the answer's form, with one host and with several."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from booking.core.ids import encode_id
from tests.conftest import HostAccount, HostFactory
from tests.web.api.making import API, NINE, book, made, make_event_type, make_schedule

EXPLAIN = f"{API}/slots/explain"
TUESDAY = {"start": "2026-11-24", "end": "2026-11-25"}


def explain(host: HostAccount, event_type: dict[str, Any], **query: str) -> dict[str, Any]:
    asked = {"event_type_id": event_type["id"], **TUESDAY, **query}
    return made(host.call("GET", EXPLAIN, query_string=asked), 200)


def reasons(body: dict[str, Any], start: str = NINE) -> list[dict[str, Any]]:
    removed = body["days"]["2026-11-24"]["removed"]
    found: list[dict[str, Any]] = next(
        each["reasons"] for each in removed if each["start"] == start
    )
    return found


def make_team(host: HostAccount, mate: HostAccount, **fields: Any) -> dict[str, Any]:
    """An event type of a team with both as hosts, in UTC and without notice."""
    team = made(host.call("POST", f"{API}/teams", json={"name": "Sales", "slug": "sales"}))
    members = f"{API}/teams/{team['id']}/members"
    made(host.call("POST", members, json={"user_id": encode_id(mate.id)}))
    hosts = [{"user_id": encode_id(each.id)} for each in (host, mate)]
    schedule = make_schedule(host)["id"]
    return make_event_type(
        host, team_id=team["id"], slug="talk", hosts=hosts, schedule_id=schedule, **fields
    )


def test_a_booking_is_named_and_everything_else_stands_in_lanes(
    host: HostAccount, client: FlaskClient
) -> None:
    event_type = make_event_type(host, buffer_after_minutes=15)
    booking = made(book(client, event_type))

    body = explain(host, event_type)

    day = body["days"]["2026-11-24"]
    assert set(body) == {"time_zone", "days"}
    assert set(day) == {"working_hours", "removed", "offered", "lanes"}
    assert reasons(body) == [
        {
            "code": "booking",
            "booking_uid": booking["uid"],
            "from": NINE,
            "to": "2026-11-24T10:00:00Z",
        }
    ]
    (lane,) = (lane for lane in day["lanes"] if lane["kind"] == "bookings")
    assert lane["stretches"] == [
        {
            "from": NINE,
            "to": "2026-11-24T10:00:00Z",
            "buffer_after_minutes": 15,
            "booking_uid": booking["uid"],
            "title": booking["title"],
        }
    ]


def test_moments_have_the_zone_that_was_asked_for(host: HostAccount, client: FlaskClient) -> None:
    event_type = make_event_type(host)
    made(book(client, event_type))

    body = explain(host, event_type, time_zone="Europe/Berlin")

    (reason,) = reasons(body, "2026-11-24T10:00:00+01:00")
    assert reason["from"] == "2026-11-24T10:00:00+01:00"


def test_what_is_listed_and_what_is_removed_make_up_the_grid(
    host: HostAccount, client: FlaskClient
) -> None:
    event_type = make_event_type(host)
    made(book(client, event_type))
    query = {"event_type_id": event_type["id"], **TUESDAY}

    listed = made(client.get(f"{API}/slots", query_string=query), 200)["slots"]["2026-11-24"]
    day = explain(host, event_type)["days"]["2026-11-24"]

    assert day["offered"] == listed
    assert not {each["start"] for each in listed} & {each["start"] for each in day["removed"]}
    assert len(listed) + len(day["removed"]) == 8


def test_several_hosts_are_told_apart(make_host: HostFactory, client: FlaskClient) -> None:
    lead, mate = make_host(username="lead"), make_host(username="mate")
    event_type = make_team(lead, mate, scheduling="collective")
    made(book(client, make_event_type(mate)))

    body = explain(lead, event_type)

    day = body["days"]["2026-11-24"]
    both = [encode_id(lead.id), encode_id(mate.id)]
    assert [each["user_id"] for each in body["hosts"]] == both
    assert body["resources"] == []
    assert [each["user_id"] for each in day["hosts"]] == both
    assert reasons(body) == [
        {
            "code": "booking",
            "user_id": encode_id(mate.id),
            "from": NINE,
            "to": "2026-11-24T10:00:00Z",
        }
    ]


def test_each_host_may_ask_by_the_teams_address_and_nobody_else(make_host: HostFactory) -> None:
    lead, mate = make_host(username="lead"), make_host(username="mate")
    stranger = make_host(username="stranger")
    make_team(lead, mate, scheduling="round_robin")
    query = {"team": "sales", "slug": "talk", **TUESDAY}

    for host, status in ((lead, 200), (mate, 200), (stranger, 404)):
        assert host.call("GET", EXPLAIN, query_string=query).status_code == status


def test_a_faulty_question_is_refused(host: HostAccount) -> None:
    event_type = make_event_type(host)
    asked = {"event_type_id": event_type["id"], **TUESDAY, "duration_minutes": "45"}

    assert host.call("GET", EXPLAIN, query_string=asked).status_code == 422
