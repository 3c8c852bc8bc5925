"""Rooms and equipment over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import HostAccount, HostFactory
from tests.web.api.making import (
    API,
    made,
    make_event_type,
    make_resource,
    make_team,
    pointers,
    put_calendar,
)


def test_a_resource_is_made_shown_changed_and_deleted(host: HostAccount) -> None:
    calendar = put_calendar(host)
    fields = {"name": "Beamer", "kind": "equipment", "capacity": 3, "calendar_id": calendar}

    created = make_resource(host, **fields)

    path = f"{API}/resources/{created['id']}"
    assert {name: created[name] for name in fields} == fields
    assert (created["team_id"], created["may_change"]) == (None, True)
    assert made(host.call("GET", path), 200) == created
    cleared = {"capacity": None, "calendar_id": None}
    assert made(host.call("PATCH", path, json=cleared), 200) == {**created, **cleared}
    assert len(made(host.call("GET", f"{API}/resources"), 200)["data"]) == 1
    assert host.call("DELETE", path).status_code == 204
    assert host.call("GET", path).status_code == 404


def test_what_is_shown_can_be_sent_back(host: HostAccount) -> None:
    team = make_team(host)
    created = make_resource(host, team_id=team["id"], calendar_id=put_calendar(host))
    shown_only = {"id", "created_at", "may_change"}
    body = {name: value for name, value in created.items() if name not in shown_only}

    path = f"{API}/resources/{created['id']}"
    assert made(host.call("PATCH", path, json=body), 200) == created


def test_a_teams_resource_is_for_its_members(make_host: HostFactory) -> None:
    owner, member, stranger = make_host(), make_host(), make_host()
    room = make_resource(owner, team_id=make_team(owner, member)["id"])
    path = f"{API}/resources/{room['id']}"

    assert made(member.call("GET", path), 200) == {**room, "may_change": False}
    assert member.call("PATCH", path, json={"name": "Mine"}).status_code == 403
    assert member.call("DELETE", path).status_code == 403
    assert made(stranger.call("GET", f"{API}/resources"), 200)["data"] == []
    for method in ("GET", "PATCH", "DELETE"):
        assert stranger.call(method, path, json={}).status_code == 404
    assert make_event_type(member, resources=[room["id"]])["resources"] == [room["id"]]
    refused = stranger.call(
        "POST", f"{API}/event-types", json={"title": "Talk", "resources": [room["id"]]}
    )
    assert pointers(refused) == ["/resources/0"]


def test_what_an_event_type_needs_is_not_deleted(host: HostAccount) -> None:
    room = make_resource(host)
    make_event_type(host, title="Deep talk", resources=[room["id"]])

    answer = host.call("DELETE", f"{API}/resources/{room['id']}")

    assert (answer.status_code, answer.get_json()["code"]) == (409, "conflict")
    assert "Deep talk" in answer.get_json()["detail"]


def test_its_calendar_is_not_among_the_selected_ones(host: HostAccount) -> None:
    calendar = put_calendar(host)

    make_resource(host, calendar_id=calendar)

    assert made(host.call("GET", f"{API}/selected-calendars"), 200)["data"] == []
    chosen = host.call("POST", f"{API}/selected-calendars", json={"calendar_id": calendar})
    assert made(chosen)["calendar_id"] == calendar
    assert len(made(host.call("GET", f"{API}/selected-calendars"), 200)["data"]) == 1


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"kind": None}, "/kind"),
        ({"capacity": "many"}, "/capacity"),
        ({"capacity": 10_001}, "/capacity"),
        ({"calendar_id": "mine"}, "/calendar_id"),
        ({"calendar_id": "0000000000001"}, "/calendar_id"),
        ({"team_id": "0000000000001"}, "/team_id"),
        ({"may_change": True}, "/may_change"),
    ],
)
def test_a_faulty_resource_is_refused_where_it_is_faulty(
    host: HostAccount, fields: dict[str, Any], pointer: str
) -> None:
    created = host.call("POST", f"{API}/resources", json={"name": "Room", **fields})
    changed = host.call("PATCH", f"{API}/resources/{make_resource(host)['id']}", json=fields)

    assert pointers(created) == [pointer]
    assert pointers(changed) == [pointer]
