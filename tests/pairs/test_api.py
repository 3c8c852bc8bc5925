"""`/api/v1/pairs` as a program uses it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.core.ids import encode_id
from booking.wiring import Services
from tests.conftest import HostAccount, HostFactory
from tests.pairs.place import Hands, Place, hands_on, hour
from tests.servers.dav import DavAccount

PAIRS = "/api/v1/pairs"


@pytest.fixture
def owner(make_host: HostFactory) -> HostAccount:
    return make_host()


@pytest.fixture
def place(
    app: Flask,
    clock: FrozenClock,
    owner: HostAccount,
    radicale_account: DavAccount,
    xandikos_account: DavAccount,
) -> Place:
    services: Services = app.extensions["booking"]
    return Place(
        services=services,
        clock=clock,
        user=owner.id,
        left=hands_on(services, owner.id, radicale_account),
        right=hands_on(services, owner.id, xandikos_account),
    )


def call(host: HostAccount, method: str, path: str, **sent: Any) -> Any:
    """Call the API; what it answers is looked into without ceremony."""
    return host.call(method, path, **sent)


def body(place: Place, **more: Any) -> dict[str, Any]:
    ends = {"left": place.left, "right": place.right}
    return {
        **{side: {"calendar_id": encode_id(hands.calendar)} for side, hands in ends.items()},
        "direction": "both",
        **more,
    }


def made(owner: HostAccount, place: Place, **more: Any) -> str:
    answer = call(owner, "POST", PAIRS, json=body(place, **more))
    assert answer.status_code == 201, answer.text
    pair: str = answer.json["id"]
    return f"{PAIRS}/{pair}"


def synced(owner: HostAccount, place: Place, url: str) -> dict[str, Any]:
    place.clock.advance(minutes=1)
    answer = call(owner, "POST", f"{url}/sync")
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json
    return report


def test_a_pair_is_made_previewed_synced_and_told(owner: HostAccount, place: Place) -> None:
    place.left.put("one", *hour("20261124T100000", "One"))
    place.right.put("two", *hour("20261125T100000", "Two"))
    url = made(owner, place, paused=True)
    preview = call(owner, "POST", f"{url}/preview").json
    assert (preview["create"], preview["delete"], len(preview["items"])) == (2, 0, 2)
    assert place.right.titles() == ["Two"]
    assert call(owner, "PATCH", url, json={"paused": False}).json["status"] == "active"

    report = synced(owner, place, url)

    assert report["finished"] is True
    assert report["written"]["left"]["create"] == report["written"]["right"]["create"] == 1
    assert place.same()
    status = call(owner, "GET", f"{url}/status").json
    assert (status["status"], status["counts"]["linked"], status["waiting"]) == ("active", 2, [])
    assert status["left"]["calendar_id"] == encode_id(place.left.calendar)
    assert [one["id"] for one in call(owner, "GET", PAIRS).json["data"]] == [status["id"]]
    entries = call(owner, "GET", f"{url}/history").json["data"]
    assert sorted((one["kind"], one["title"]) for one in entries) == [
        ("created", "One"),
        ("created", "Two"),
    ]


def test_the_history_is_read_by_pages_and_tells_values(owner: HostAccount, place: Place) -> None:
    place.left.put("one", *hour("20261124T100000", "One"))
    url = made(owner, place)
    synced(owner, place, url)
    place.left.rewrite("SUMMARY:One", "SUMMARY:Uno")
    synced(owner, place, url)

    first = call(owner, "GET", f"{url}/history?limit=1").json
    second = call(owner, "GET", f"{url}/history?limit=1&cursor={first['next_cursor']}").json

    (changed,) = first["data"]
    assert changed["changes"] == [{"field": "title", "old": "One", "new": "Uno"}]
    assert [one["kind"] for one in second["data"]] == ["created"]
    assert second["next_cursor"] is None


def test_a_halted_pair_is_confirmed_and_its_trash_restored(
    owner: HostAccount, place: Place
) -> None:
    for number in range(8):
        place.left.put(f"e{number}", *hour(f"202612{10 + number}T100000", f"Event {number}"))
    url = made(owner, place)
    synced(owner, place, url)
    for number in range(6):
        place.left.delete(f"SUMMARY:Event {number}")

    assert synced(owner, place, url)["status"] == "halted"
    shown = call(owner, "GET", url).json
    assert (shown["status"], shown["code"]) == ("halted", "mass_deletion")
    assert shown["counts"]["held"] == 6
    assert call(owner, "POST", f"{url}/confirm").json["status"] == "active"
    assert place.right.titles() == ["Event 6", "Event 7"]

    items = call(owner, "GET", f"{url}/trash").json["data"]
    wanted = next(item for item in items if item["title"] == "Event 3")
    restored = call(owner, "POST", f"{url}/trash/{wanted['id']}/restore")
    assert restored.status_code == 200
    again = call(owner, "POST", f"{url}/trash/{wanted['id']}/restore")
    assert (again.status_code, again.json["code"]) == (409, "conflict")
    synced(owner, place, url)
    assert place.left.titles() == place.right.titles() == ["Event 3", "Event 6", "Event 7"]


def test_a_halted_pair_is_rejected_and_a_copy_left_alone_is_made_again(
    owner: HostAccount, place: Place
) -> None:
    for number in range(6):
        place.left.put(f"e{number}", *hour(f"202612{10 + number}T100000", f"Event {number}"))
    url = made(owner, place, direction="left_to_right")
    synced(owner, place, url)
    for _ in range(2):
        place.right.delete("SUMMARY:Event 5")
        synced(owner, place, url)
    (waiting,) = call(owner, "GET", f"{url}/status").json["waiting"]
    assert (waiting["title"], waiting["state"]) == ("Event 5", "muted")
    retry = f"{url}/waiting/{waiting['id']}/retry"
    assert call(owner, "POST", retry).json["title"] == "Event 5"
    assert call(owner, "POST", retry).status_code == 404
    synced(owner, place, url)
    assert len(place.right.titles()) == 6

    for number in range(5):
        place.left.delete(f"SUMMARY:Event {number}")
    assert synced(owner, place, url)["held"] == 5
    once = {"Idempotency-Key": "reject"}
    assert call(owner, "POST", f"{url}/reject", headers=once).json["status"] == "active"
    assert (len(place.left.titles()), len(place.right.titles())) == (1, 6)


def test_a_lost_value_is_restored(owner: HostAccount, place: Place) -> None:
    place.left.put("one", *hour("20261124T100000", "One"))
    url = made(owner, place)
    synced(owner, place, url)
    place.left.rewrite("SUMMARY:One", "SUMMARY:Left")
    place.right.rewrite("SUMMARY:One", "SUMMARY:Right")
    assert synced(owner, place, url)["conflicts"] == 1
    entries = call(owner, "GET", f"{url}/history").json["data"]
    conflict = next(entry for entry in entries if entry["kind"] == "conflict")
    (change,) = conflict["changes"]
    assert place.left.titles() == [change["new"]]

    answer = call(owner, "POST", f"{url}/history/{conflict['id']}/restore")
    synced(owner, place, url)

    assert answer.status_code == 200, answer.text
    assert place.left.titles() == place.right.titles() == [change["old"]]


@pytest.mark.parametrize("copies", ["keep", "remove"])
def test_a_deleted_pair_keeps_or_removes_its_copies(
    owner: HostAccount, place: Place, copies: str
) -> None:
    place.left.put("one", *hour("20261124T100000", "One"))
    url = made(owner, place)
    synced(owner, place, url)

    assert call(owner, "DELETE", f"{url}?copies={copies}").status_code == 204

    assert call(owner, "GET", url).status_code == 404
    assert place.left.titles() == ["One"]
    assert place.right.titles() == (["One"] if copies == "keep" else [])


def test_a_calendar_is_made_for_a_pair(owner: HostAccount, place: Place) -> None:
    place.left.put("one", *hour("20261124T100000", "One"))
    made_there = {
        "connection_id": encode_id(place.left.connection),
        "create": {"name": "Copies", "color": "#3366cc"},
    }

    answer = call(owner, "POST", PAIRS, json=body(place, right=made_there))

    assert answer.status_code == 201, answer.text
    assert answer.json["right"]["name"] == "Copies"
    assert synced(owner, place, f"{PAIRS}/{answer.json['id']}")["written"]["right"]["create"] == 1


def test_a_server_that_makes_no_calendars_is_told(
    owner: HostAccount, place: Place, app: Flask, radicale_account: DavAccount
) -> None:
    connections = app.extensions["booking"].connections
    generic = connections.connect_caldav(
        owner.id,
        "generic",
        place.right.account.base_url,
        place.right.account.user,
        place.right.account.password,
    )
    made_there = {"connection_id": encode_id(generic.id), "create": {"name": "x", "color": None}}

    answer = call(owner, "POST", PAIRS, json=body(place, right=made_there))

    assert answer.json["code"] == "unsupported"
    assert "Create it there" in answer.json["detail"]


BAD = [
    ({"direction": "sideways"}, "/direction"),
    ({"left": {}}, "/left/calendar_id"),
    ({"left": {"connection_id": "0000000000001"}}, "/left/calendar_id"),
    ({"title_mask": "Busy"}, "/title_mask"),
]


@pytest.mark.parametrize(("more", "pointer"), BAD, ids=str)
def test_a_faulty_pair_is_refused_where_it_is_wrong(
    owner: HostAccount, place: Place, more: dict[str, Any], pointer: str
) -> None:
    answer = call(owner, "POST", PAIRS, json=body(place, **more))

    assert (answer.status_code, answer.json["code"]) == (422, "validation")
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_what_belongs_to_somebody_else_is_unknown(
    owner: HostAccount, place: Place, make_host: HostFactory
) -> None:
    url = made(owner, place)
    stranger = make_host()

    assert call(stranger, "GET", PAIRS).json["data"] == []
    for method, path in (
        ("GET", url),
        ("PATCH", url),
        ("DELETE", url),
        ("POST", f"{url}/sync"),
        ("POST", f"{url}/preview"),
        ("POST", f"{url}/confirm"),
        ("POST", f"{url}/reject"),
        ("POST", f"{url}/waiting/0000000000001/retry"),
        ("GET", f"{url}/status"),
        ("GET", f"{url}/history"),
        ("GET", f"{url}/trash"),
        ("POST", f"{url}/trash/0000000000001/restore"),
        ("POST", f"{url}/history/0000000000001/restore"),
    ):
        sent: dict[str, Any] = {} if method == "GET" else {"json": {}}
        assert call(stranger, method, path, **sent).status_code == 404, path
    assert call(stranger, "POST", PAIRS, json=body(place)).status_code == 404


def test_a_pair_that_exists_is_no_second_one(owner: HostAccount, place: Place) -> None:
    made(owner, place)

    answer = call(owner, "POST", PAIRS, json=body(place))

    assert (answer.status_code, answer.json["code"]) == (409, "conflict")


def test_the_operator_s_cap_counts_each_connection(
    owner: HostAccount, place: Place, app: Flask
) -> None:
    made(owner, place)
    service = app.extensions["booking"].pairs
    service._most = 1
    other: Hands = hands_on(place.services, owner.id, place.left.account)

    answer = call(
        owner, "POST", PAIRS, json=body(place, left={"calendar_id": encode_id(other.calendar)})
    )

    assert answer.status_code == 409
    assert "allows for one account: 1" in answer.json["detail"]
