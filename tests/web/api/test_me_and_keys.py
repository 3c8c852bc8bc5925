"""`/me` and `/api-keys`."""

import pytest

from tests.conftest import HostAccount, HostFactory

ME = "/api/v1/me"
KEYS = "/api/v1/api-keys"


def test_me_is_who_owns_the_key(host: HostAccount) -> None:
    me = host.call("GET", ME).get_json()

    assert me["username"] == host.username
    assert me["email"] == host.email
    assert (me["time_zone"], me["buffer_minutes"], me["on_calendar_change"]) == (
        "Europe/Berlin",
        0,
        "ask",
    )


def test_only_what_is_sent_changes(host: HostAccount) -> None:
    before = host.call("GET", ME).get_json()

    changed = host.call("PATCH", ME, json={"buffer_minutes": 20}).get_json()

    assert changed == {**before, "buffer_minutes": 20}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("buffer_minutes", -1),
        ("buffer_minutes", "10"),
        ("buffer_minutes", None),
        ("time_zone", "Mars/Base"),
        ("username", "api"),
        ("name", 7),
        ("default_schedule_id", "0000000000001"),
        ("default_schedule_id", 1),
        ("email", "eve@example.test"),
        ("is_admin", True),
    ],
)
def test_a_fault_points_at_its_field(host: HostAccount, field: str, value: object) -> None:
    answer = host.call("PATCH", ME, json={field: value})

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.get_json(force=True)["errors"]] == [f"/{field}"]


def test_anothers_username_is_taken(host: HostAccount, make_host: HostFactory) -> None:
    make_host(username="some")

    answer = host.call("PATCH", ME, json={"username": "some"})

    assert (answer.status_code, answer.get_json(force=True)["code"]) == (409, "slug_taken")


def test_anothers_schedule_is_unknown(host: HostAccount, make_host: HostFactory) -> None:
    other = make_host()
    fields = {"name": "Hours", "time_zone": "Europe/Berlin", "weekly": []}
    theirs = other.call("POST", "/api/v1/schedules", json=fields).get_json()["id"]
    mine = host.call("POST", "/api/v1/schedules", json=fields).get_json()["id"]

    refused = host.call("PATCH", ME, json={"default_schedule_id": theirs})
    taken = host.call("PATCH", ME, json={"default_schedule_id": mine})

    assert (refused.status_code, taken.get_json()["default_schedule_id"]) == (422, mine)


def test_a_key_is_shown_once(host: HostAccount) -> None:
    made = host.call("POST", KEYS, json={"name": "Script", "scopes": ["read"]})
    key = made.get_json()["key"]
    listed = host.call("GET", KEYS)

    assert made.status_code == 201
    assert host.client.get(ME, headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert key not in listed.text
    assert made.get_json()["prefix"] in key


def test_a_key_reads_only_unless_told_otherwise(host: HostAccount) -> None:
    made = host.call("POST", KEYS, json={"name": "Script"}).get_json()
    headers = {"Authorization": f"Bearer {made['key']}"}

    assert made["scopes"] == ["read"]
    assert host.client.patch(ME, json={}, headers=headers).status_code == 403
    assert host.client.post(KEYS, json={"name": "x"}, headers=headers).status_code == 403


def test_a_revoked_key_is_gone(host: HostAccount) -> None:
    made = host.call("POST", KEYS, json={"name": "Script"}).get_json()

    revoked = host.call("DELETE", f"{KEYS}/{made['id']}")

    assert (revoked.status_code, revoked.data) == (204, b"")
    assert host.call("GET", f"{KEYS}/{made['id']}").status_code == 404
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert host.client.get(ME, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": ""},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["admin"]},
        {"name": "x", "scopes": "read"},
        {"name": "x", "scopes": [1]},
        {"name": "x", "scope": "read"},
        {"name": "x" * 201},
    ],
)
def test_an_unfit_wish_makes_no_key(host: HostAccount, fields: dict[str, object]) -> None:
    answer = host.call("POST", KEYS, json=fields)

    assert answer.status_code == 422
    assert answer.get_json(force=True)["errors"]


def test_keys_come_by_pages(host: HostAccount) -> None:
    for number in range(3):
        host.call("POST", KEYS, json={"name": f"Key {number}"})

    first = host.call("GET", f"{KEYS}?limit=2").get_json()
    second = host.call("GET", f"{KEYS}?limit=2&cursor={first['next_cursor']}").get_json()

    names = [key["name"] for key in first["data"] + second["data"]]
    assert names == ["tests", "Key 0", "Key 1", "Key 2"]
    assert second["next_cursor"] is None
