"""`/webhooks`: made with a secret told once, tested, looked into, replayed, rotated, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from booking.jobs.build import build_runner
from tests.conftest import HostAccount
from tests.servers.scripted import Reply
from tests.webhooks.receiver import check, receiving

WEBHOOKS = "/api/v1/webhooks"


def _make(host: HostAccount, url: str, **fields: Any) -> Any:
    answer = host.call("POST", WEBHOOKS, json={"url": url, **fields})
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def _work(app: Flask) -> None:
    runner = build_runner(app)
    for job_id in runner.due():
        runner.run(job_id)


def _deliveries(host: HostAccount, key: str, query: str = "") -> Any:
    return host.call("GET", f"{WEBHOOKS}/{key}/deliveries{query}").get_json()


def test_a_webhook_tells_its_secret_once(host: HostAccount) -> None:
    made = _make(host, "https://hooks.example/in", description="Mine", events=["pair.halted"])

    assert made["secret"].startswith("whsec_")
    shown = host.call("GET", f"{WEBHOOKS}/{made['id']}").get_json()
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert (shown["url"], shown["events"], shown["status"]) == (
        "https://hooks.example/in",
        ["pair.halted"],
        "active",
    )
    assert host.call("GET", WEBHOOKS).get_json()["data"] == [shown]


def test_without_events_it_hears_of_all(host: HostAccount) -> None:
    assert len(_make(host, "https://hooks.example/")["events"]) == 10


def test_a_test_is_sent_logged_and_replayed_under_one_id(app: Flask, host: HostAccount) -> None:
    with receiving(Reply(201, b"got it")) as receiver:
        made = _make(host, receiver.url)
        asked = host.call("POST", f"{WEBHOOKS}/{made['id']}/test")
        assert (asked.status_code, asked.get_json()["state"]) == (202, "waiting")
        _work(app)

        (delivery,) = _deliveries(host, made["id"])["data"]
        assert (delivery["state"], delivery["status"], delivery["response"]) == (
            "sent",
            201,
            "got it",
        )
        assert delivery["request"] == receiver.messages[0].request.body.decode()
        again = f"{WEBHOOKS}/{made['id']}/deliveries/{delivery['id']}/replay"
        assert host.call("POST", again).status_code == 202
        _work(app)

        assert receiver.ids == [delivery["message_id"]] * 2
        check(made["secret"], receiver.messages[1].request)


def test_deliveries_come_by_pages_the_newest_first(host: HostAccount) -> None:
    key = _make(host, "https://hooks.example/")["id"]
    for _ in range(3):
        host.call("POST", f"{WEBHOOKS}/{key}/test")

    first = _deliveries(host, key, "?limit=2")
    rest = _deliveries(host, key, f"?limit=2&cursor={first['next_cursor']}")

    assert [len(first["data"]), len(rest["data"]), rest["next_cursor"]] == [2, 1, None]
    assert len({each["id"] for each in first["data"] + rest["data"]}) == 3


def test_a_rotation_tells_the_new_secret_and_until_when_the_old_one_signs(
    host: HostAccount,
) -> None:
    made = _make(host, "https://hooks.example/")

    again = host.call("POST", f"{WEBHOOKS}/{made['id']}/rotate").get_json()

    assert again["secret"] != made["secret"]
    assert again["old_secret_until"] == "2026-11-24T07:00:00Z"


def test_a_webhook_is_changed_switched_off_and_deleted(host: HostAccount) -> None:
    path = f"{WEBHOOKS}/{_make(host, 'https://hooks.example/')['id']}"

    changed = host.call("PATCH", path, json={"events": ["pair.halted"], "enabled": False})
    assert changed.get_json()["events"] == ["pair.halted"]
    assert changed.get_json()["status"] == "disabled"
    refused = host.call("POST", f"{path}/test")
    assert (refused.status_code, refused.get_json(force=True)["code"]) == (409, "conflict")
    assert host.call("DELETE", path).status_code == 204
    assert host.call("GET", path).status_code == 404


def test_sixty_messages_by_hand_in_ten_minutes_are_the_most(host: HostAccount) -> None:
    path = f"{WEBHOOKS}/{_make(host, 'https://hooks.example/')['id']}/test"

    statuses = [host.call("POST", path).status_code for _ in range(61)]

    assert statuses == [202] * 60 + [429]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/url"),
        ({"url": "http://hooks.example/"}, "/url"),
        ({"url": "https://hooks.example/", "events": ["nothing"]}, "/events/0"),
        ({"url": "https://hooks.example/", "secret": "whsec_mine"}, "/secret"),
    ],
)
def test_a_fault_points_at_its_field(
    host: HostAccount, body: dict[str, object], pointer: str
) -> None:
    answer = host.call("POST", WEBHOOKS, json=body)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.get_json(force=True)["errors"]] == [pointer]
