"""Teams over HTTP: made, joined, changed, left; refused by status and pointer."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from booking.core.ids import encode_id
from tests.conftest import HostAccount, HostFactory
from tests.web.api.making import (
    API,
    join,
    made,
    make_event_type,
    make_schedule,
    make_team,
    pointers,
)

TUESDAY = {"start": "2026-11-24", "end": "2026-11-25"}


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def members(asker: HostAccount, team: dict[str, Any]) -> dict[str, str]:
    """Return the roles by username."""
    page = made(asker.call("GET", f"{API}/teams/{team['id']}/members"), 200)
    return {each["username"]: each["role"] for each in page["data"]}


def test_a_team_is_made_shown_changed_and_deleted(host: HostAccount) -> None:
    limits = {"bookings": {"day": 3}, "minutes": {"week": 600}}

    team = make_team(host, name="Sales team", limits=limits)

    path = f"{API}/teams/{team['id']}"
    assert {**team, "id": "", "created_at": ""} == {
        "id": "",
        "name": "Sales team",
        "slug": "sales-team",
        "limits": limits,
        "role": "owner",
        "created_at": "",
    }
    assert made(host.call("GET", path), 200) == team
    changed = made(host.call("PATCH", path, json={"slug": "sales"}), 200)
    assert changed == {**team, "slug": "sales"}
    assert made(host.call("GET", f"{API}/teams"), 200)["data"] == [changed]
    assert host.call("DELETE", path).status_code == 204
    assert host.call("GET", path).status_code == 404


def test_members_join_get_roles_and_leave(make_host: HostFactory) -> None:
    owner, second, third = make_host(), make_host(), make_host()
    team = make_team(owner, second)
    path = f"{API}/teams/{team['id']}/members"

    by_email = owner.call("POST", path, json={"email": third.email, "role": "admin"})
    assert made(by_email)["username"] == third.username
    one = made(third.call("PATCH", f"{path}/{encode_id(second.id)}", json={"role": "admin"}), 200)
    assert one == made(second.call("GET", f"{path}/{encode_id(second.id)}"), 200)
    assert members(second, team) == {
        owner.username: "owner",
        second.username: "admin",
        third.username: "admin",
    }
    assert third.call("DELETE", f"{path}/{encode_id(second.id)}").status_code == 204
    assert second.call("GET", path).status_code == 404
    assert third.call("DELETE", f"{path}/{encode_id(third.id)}").status_code == 204


def test_members_are_also_named_on_the_list_itself(make_host: HostFactory) -> None:
    owner, second, third = make_host(), make_host(), make_host()
    team = make_team(owner, second)
    path = f"{API}/teams/{team['id']}/members"

    body = {"username": second.username, "role": "admin"}
    assert made(owner.call("PATCH", path, json=body), 200)["role"] == "admin"
    assert owner.call("DELETE", f"{path}?user_id={encode_id(second.id)}").status_code == 204

    assert members(owner, team) == {owner.username: "owner"}
    for named in (f"?username={third.username}", "?email=nobody@example.test"):
        assert owner.call("DELETE", path + named).status_code == 404
    assert pointers(owner.call("DELETE", path)) == ["/user_id"]
    assert pointers(owner.call("PATCH", path, json={"user_id": "me"})) == ["/role", "/user_id"]


def test_refusals_have_their_status(make_host: HostFactory) -> None:
    owner, member, stranger = make_host(), make_host(), make_host()
    team = make_team(owner, member)
    path = f"{API}/teams/{team['id']}"
    own = f"{path}/members/{encode_id(owner.id)}"
    again = {"username": member.username}

    assert code_of(member.call("PATCH", path, json={"name": "M"})) == (403, "forbidden")
    assert code_of(member.call("DELETE", path)) == (403, "forbidden")
    assert code_of(stranger.call("GET", path)) == (404, "not_found")
    assert code_of(stranger.call("GET", f"{path}/members")) == (404, "not_found")
    assert code_of(owner.call("DELETE", own)) == (409, "conflict")
    assert code_of(owner.call("PATCH", own, json={"role": "admin"})) == (409, "conflict")
    assert code_of(owner.call("POST", f"{path}/members", json=again)) == (409, "conflict")
    taken = stranger.call("POST", f"{API}/teams", json={"name": "S", "slug": team["slug"]})
    assert code_of(taken) == (409, "slug_taken")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": 5}, "/name"),
        ({"slug": "No way"}, "/slug"),
        ({"limits": {"bookings": {"day": 0}}}, "/limits/bookings/day"),
        ({"limits": {"bookings": {"week": 9, "month": 5}}}, "/limits/bookings/month"),
        ({"limits": 5}, "/limits"),
        ({"role": "admin"}, "/role"),
        ({"colour": "blue"}, "/colour"),
    ],
)
def test_a_faulty_team_is_refused_where_it_is_faulty(
    host: HostAccount, fields: dict[str, Any], pointer: str
) -> None:
    created = host.call("POST", f"{API}/teams", json={"name": "Sales", **fields})
    changed = host.call("PATCH", f"{API}/teams/{make_team(host)['id']}", json=fields)

    assert pointers(created) == [pointer]
    assert pointers(changed) == [pointer]


def test_an_unknown_user_cannot_join(host: HostAccount) -> None:
    path = f"{API}/teams/{make_team(host)['id']}/members"

    assert pointers(host.call("POST", path, json={"username": "nobody"})) == ["/username"]
    assert pointers(host.call("POST", path, json={"user_id": "0000000000001"})) == ["/user_id"]
    assert pointers(host.call("POST", path, json={"role": "owner"})) == ["/user_id"]


def test_a_teams_event_type_has_members_as_hosts(make_host: HostFactory) -> None:
    owner, member, stranger = make_host(), make_host(), make_host()
    team = make_team(owner, member)
    hours = make_schedule(member)["id"]
    entries = [
        {"user_id": encode_id(member.id), "weight": 50, "schedule_id": hours},
        {"user_id": encode_id(owner.id), "fixed": True, "group": 1, "priority": 4},
    ]
    fields = {"team_id": team["id"], "scheduling": "round_robin", "hosts": entries}

    created = make_event_type(owner, **fields)

    shown = made(member.call("GET", f"{API}/event-types/{created['id']}"), 200)
    assert shown == created
    assert shown["team_id"] == team["id"]
    assert [
        {name: host[name] for name in entry}
        for host, entry in zip(shown["hosts"], entries, strict=True)
    ] == entries
    patch = {"hosts": [*entries, {"user_id": encode_id(stranger.id)}]}
    path = f"{API}/event-types/{created['id']}"
    assert pointers(owner.call("PATCH", path, json=patch)) == ["/hosts/2/user_id"]
    assert code_of(member.call("PATCH", path, json={"title": "Mine"})) == (403, "forbidden")
    assert code_of(stranger.call("GET", path)) == (404, "not_found")


def test_a_teams_slots_are_found_by_its_address(
    make_host: HostFactory, client: FlaskClient
) -> None:
    owner, member = make_host(), make_host()
    team = make_team(owner, slug="sales")
    join(owner, team, member)
    talk = make_event_type(owner, team_id=team["id"], slug="talk")
    by_id = {"event_type_id": talk["id"], **TUESDAY}
    by_name = {"team": "sales", "slug": "talk", **TUESDAY}

    found = made(client.get(f"{API}/slots", query_string=by_name), 200)

    assert found["slots"]
    assert found == made(client.get(f"{API}/slots", query_string=by_id), 200)
    explained = f"{API}/slots/explain"
    assert made(member.call("GET", explained, query_string=by_name), 200)["days"]
    on_own_page = {"username": owner.username, "slug": "talk", **TUESDAY}
    assert client.get(f"{API}/slots", query_string=on_own_page).status_code == 404
    for wrong in ({"slug": "chat"}, {"team": "buying"}):
        assert client.get(f"{API}/slots", query_string={**by_name, **wrong}).status_code == 404
    both = {**by_name, "username": owner.username}
    assert pointers(client.get(f"{API}/slots", query_string=both)) == ["/team"]
    assert pointers(client.get(f"{API}/slots", query_string={"team": "sales", **TUESDAY})) == [
        "/event_type_id"
    ]


def test_a_teams_slot_is_booked_by_its_address(make_host: HostFactory, client: FlaskClient) -> None:
    owner = make_host()
    team = make_team(owner, slug="sales")
    make_event_type(owner, team_id=team["id"], slug="talk")
    body = {
        "team": "sales",
        "slug": "talk",
        "start": "2026-11-24T09:00:00Z",
        "time_zone": "UTC",
        "guest": {"name": "Guest", "email": "guest@example.test"},
    }

    booked = made(client.post(f"{API}/bookings", json=body))

    assert [host["username"] for host in booked["hosts"]] == [owner.username]
