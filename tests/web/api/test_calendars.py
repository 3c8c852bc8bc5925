"""Connections and calendars over HTTP, without a server behind them and with a real one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import HostAccount, HostFactory
from tests.servers.dav import DavAccount
from tests.web.api.making import API, made, pointers, put_calendar


def test_a_calendar_is_selected_changed_and_let_go(host: HostAccount) -> None:
    calendar = put_calendar(host)
    body = {"calendar_id": calendar, "event_type_id": None, "tentative_blocks": False}

    selected = made(host.call("POST", f"{API}/selected-calendars", json={"calendar_id": calendar}))
    path = f"{API}/selected-calendars/{selected['id']}"

    assert selected == {**body, "id": selected["id"]}
    changed = made(host.call("PATCH", path, json={"tentative_blocks": True}), 200)
    assert changed == {**selected, "tentative_blocks": True}
    assert made(host.call("GET", path), 200) == changed
    assert made(host.call("GET", f"{API}/selected-calendars"), 200)["data"] == [changed]
    assert host.call("DELETE", path).status_code == 204
    assert host.call("GET", path).status_code == 404


def test_the_destination_is_set_shown_and_cleared(host: HostAccount) -> None:
    calendar = put_calendar(host)
    path = f"{API}/destination-calendar"

    assert made(host.call("GET", path), 200) == {"calendar_id": None}
    put = host.call("PUT", path, json={"calendar_id": calendar})
    assert made(put, 200) == {"calendar_id": calendar}
    assert made(host.call("GET", path), 200) == {"calendar_id": calendar}
    assert host.call("DELETE", path).status_code == 204
    assert made(host.call("GET", path), 200) == {"calendar_id": None}


def test_a_read_only_calendar_cannot_receive(host: HostAccount) -> None:
    calendar = put_calendar(host, read_only=True)

    answer = host.call("PUT", f"{API}/destination-calendar", json={"calendar_id": calendar})

    assert pointers(answer) == ["/calendar_id"]


def test_the_status_of_a_calendar_that_was_never_read(host: HostAccount) -> None:
    calendar = put_calendar(host)

    status = made(host.call("GET", f"{API}/calendars/{calendar}/status"), 200)

    assert (status["synced_at"], status["sync_token_present"]) == (None, False)
    assert (status["error_count"], status["cached_events"]) == (0, 0)
    assert status["watch"]["mode"] == "polling"


def test_a_refresh_is_taken_on(host: HostAccount) -> None:
    path = f"{API}/calendars/{put_calendar(host)}/refresh"

    assert host.call("POST", path).status_code == 202
    assert host.call("POST", path, json={"full": True}).status_code == 202
    assert pointers(host.call("POST", path, json={"full": "yes"})) == ["/full"]


def test_a_stranger_finds_no_calendar(make_host: HostFactory) -> None:
    owner, colleague = make_host(username="owner"), make_host(username="colleague")
    calendar = put_calendar(owner)
    connection = made(owner.call("GET", f"{API}/connections"), 200)["data"][0]["id"]
    body = {"calendar_id": calendar}

    answers = [
        colleague.call("GET", f"{API}/connections/{connection}"),
        colleague.call("DELETE", f"{API}/connections/{connection}"),
        colleague.call("GET", f"{API}/connections/{connection}/calendars"),
        colleague.call("POST", f"{API}/connections/{connection}/calendars", json={"name": "Mine"}),
        colleague.call("GET", f"{API}/calendars/{calendar}/status"),
        colleague.call("POST", f"{API}/calendars/{calendar}/refresh"),
        colleague.call("POST", f"{API}/selected-calendars", json=body),
        colleague.call("PUT", f"{API}/destination-calendar", json=body),
    ]

    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"provider": "exchange"}, "/provider"),
        ({"url": ""}, "/url"),
        ({"username": ""}, "/username"),
        ({"password": ""}, "/password"),
        ({"password": 5}, "/password"),
        ({"preset": "nosuch"}, "/preset"),
        ({"token": "x"}, "/token"),
    ],
)
def test_a_faulty_connection_is_refused_where_it_is_faulty(
    host: HostAccount, fields: dict[str, Any], pointer: str
) -> None:
    body = {
        "provider": "caldav",
        "preset": "radicale",
        "url": "http://127.0.0.1:9/",
        "username": "owner",
        "password": "secret",
    }

    assert pointers(host.call("POST", f"{API}/connections", json={**body, **fields})) == [pointer]


def test_a_real_server_is_connected_listed_used_and_left(
    host: HostAccount, radicale_account: DavAccount
) -> None:
    body = {
        "provider": "caldav",
        "preset": "radicale",
        "url": radicale_account.base_url,
        "username": radicale_account.user,
        "password": radicale_account.password,
    }

    connection = made(host.call("POST", f"{API}/connections", json=body))
    path = f"{API}/connections/{connection['id']}"
    created = made(host.call("POST", f"{path}/calendars", json={"name": "New", "color": "#3366cc"}))

    assert (connection["status"], connection["error"]) == ("connected", None)
    assert radicale_account.password not in str(connection)
    listed = made(host.call("GET", f"{path}/calendars"), 200)["data"]
    assert created["id"] in {calendar["id"] for calendar in listed}
    assert made(host.call("GET", f"{API}/connections"), 200)["data"] == [connection]
    assert made(host.call("GET", path), 200) == connection
    assert host.call("DELETE", path).status_code == 204
    assert host.call("GET", path).status_code == 404
