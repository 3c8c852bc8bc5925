"""Schedules, days out of office and travel over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import HostAccount, HostFactory
from tests.web.api.making import (
    API,
    made,
    make_event_type,
    make_schedule,
    pointers,
    slots_of,
)

CHRISTMAS = {"start_date": "2026-12-24", "end_date": "2026-12-26"}


def test_a_schedule_lives_its_whole_life(host: HostAccount) -> None:
    weekly = [{"days": ["mon", "fri"], "start": "09:00", "end": "24:00"}]
    overrides = [{"date": "2026-12-24", "intervals": [{"start": "09:00", "end": "12:00"}]}]
    schedule = make_schedule(host, weekly=weekly, overrides=overrides)
    path = f"{API}/schedules/{schedule['id']}"

    assert made(host.call("GET", path), 200) == schedule
    assert (schedule["weekly"], schedule["overrides"]) == (weekly, overrides)
    changed = made(host.call("PATCH", path, json={"name": "Summer"}), 200)
    assert changed == {**schedule, "name": "Summer"}
    assert made(host.call("GET", f"{API}/schedules"), 200)["data"] == [changed]
    assert (host.call("DELETE", path).status_code, host.call("GET", path).status_code) == (204, 404)


def test_lists_go_on_where_the_page_before_ended(host: HostAccount) -> None:
    keys = [make_schedule(host, name=name)["id"] for name in "abc"]

    first = made(host.call("GET", f"{API}/schedules?limit=2"), 200)
    cursor = first["next_cursor"]
    rest = made(host.call("GET", f"{API}/schedules?limit=2&cursor={cursor}"), 200)

    assert [view["id"] for view in (*first["data"], *rest["data"])] == keys
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, ["/name", "/time_zone"]),
        ({"name": 5, "time_zone": "Mars"}, ["/name", "/time_zone"]),
        ({"name": "W", "time_zone": "UTC", "weekly": [5]}, ["/weekly/0"]),
        (
            {"name": "W", "time_zone": "UTC", "weekly": [{"days": ["x"], "start": 9, "end": "x"}]},
            ["/weekly/0/days/0", "/weekly/0/start"],
        ),
        (
            {"name": "W", "time_zone": "UTC", "overrides": [{"date": "2026-12-24"}]},
            ["/overrides/0/intervals"],
        ),
        ({"name": "W", "time_zone": "UTC", "id": "0000000000001"}, ["/id"]),
    ],
)
def test_a_faulty_schedule_is_refused_where_it_is_faulty(
    host: HostAccount, fields: dict[str, Any], found: list[str]
) -> None:
    answer = host.call("POST", f"{API}/schedules", json=fields)

    assert sorted(pointers(answer)) == sorted(found)


@pytest.mark.parametrize("body", ["[]", "5", "null", '"text"'])
def test_a_body_that_is_no_object_is_refused(host: HostAccount, body: str) -> None:
    answer = host.call("POST", f"{API}/schedules", data=body, content_type="application/json")

    assert answer.status_code == 422


def test_days_out_of_office_close_the_page(make_host: HostFactory, client: FlaskClient) -> None:
    owner, colleague = make_host(username="owner"), make_host(username="colleague")
    event_type = make_event_type(owner)
    body = {"start_date": "2026-11-24", "end_date": "2026-11-24", "redirect_to": "colleague"}

    absence = made(owner.call("POST", f"{API}/out-of-office", json=body))
    path = f"{API}/out-of-office/{absence['id']}"

    assert absence == {**body, "id": absence["id"], "reason": ""}
    assert slots_of(client, event_type) == {}
    assert colleague.call("DELETE", path).status_code == 404
    assert made(owner.call("GET", f"{API}/out-of-office"), 200)["data"] == [absence]
    assert made(owner.call("GET", path), 200) == absence
    assert owner.call("DELETE", path).status_code == 204
    assert slots_of(client, event_type) != {}


def test_travel_lends_its_zone_to_the_default_schedule(
    host: HostAccount, client: FlaskClient
) -> None:
    schedule = make_schedule(host, time_zone="UTC")
    made(host.call("PATCH", f"{API}/me", json={"default_schedule_id": schedule["id"]}), 200)
    body = {"title": "Talk", "minimum_notice_minutes": 0}
    event_type = made(host.call("POST", f"{API}/event-types", json=body))
    dates = {"start_date": "2026-11-24", "end_date": "2026-11-24", "time_zone": "America/New_York"}

    travel = made(host.call("POST", f"{API}/travel", json=dates))
    path = f"{API}/travel/{travel['id']}"

    assert travel == {**dates, "id": travel["id"]}
    assert slots_of(client, event_type)["2026-11-24"][0]["start"] == "2026-11-24T14:00:00Z"
    assert made(host.call("GET", path), 200) == travel
    assert made(host.call("GET", f"{API}/travel"), 200)["data"] == [travel]
    assert host.call("DELETE", path).status_code == 204
    assert slots_of(client, event_type)["2026-11-24"][0]["start"] == "2026-11-24T09:00:00Z"


@pytest.mark.parametrize(
    ("path", "fields", "pointer"),
    [
        ("out-of-office", {"end_date": "2026-12-01"}, "/end_date"),
        ("out-of-office", {"redirect_to": "nobody"}, "/redirect_to"),
        ("out-of-office", {"start_date": 20261224}, "/start_date"),
        ("travel", {"time_zone": "Berlin"}, "/time_zone"),
        ("travel", {"end_date": "2045-12-01"}, "/end_date"),
    ],
)
def test_faulty_dates_are_refused_where_they_are_faulty(
    host: HostAccount, path: str, fields: dict[str, Any], pointer: str
) -> None:
    zone = {"time_zone": "UTC"} if path == "travel" else {}

    answer = host.call("POST", f"{API}/{path}", json={**CHRISTMAS, **zone, **fields})

    assert pointers(answer) == [pointer]
