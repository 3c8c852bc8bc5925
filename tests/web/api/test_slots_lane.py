"""The lane for repeated questions: the same answers as by the view, and never an old one."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from booking.core.clock import FrozenClock
from booking.settings import Settings
from booking.web.api import express
from tests.conftest import HostAccount
from tests.servers.booking_server import BookingServer
from tests.servers.dav import DavAccount
from tests.site import build_site
from tests.web.api.making import API, book, make_event_type

TUESDAY = "start=2026-11-24&end=2026-11-25"
CHANGING = {"X-Request-Id", "Date"}


@pytest.fixture
def question(host: HostAccount) -> str:
    return f"event_type_id={make_event_type(host)['id']}&{TUESDAY}"


def _ask(client: FlaskClient, question: str, **kwargs: object) -> TestResponse:
    return client.get(f"{API}/slots?{question}", **kwargs)


def _event_type(question: str) -> str:
    return question.removeprefix("event_type_id=").partition("&")[0]


def _lasting(answer: TestResponse) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in CHANGING}


def test_both_ways_answer_alike_to_the_letter(client: FlaskClient, question: str) -> None:
    assert express.meaning(question.encode()) is None
    by_view = _ask(client, question)
    assert express.meaning(question.encode()) is not None

    by_lane = _ask(client, question)

    assert by_lane.data == by_view.data
    assert _lasting(by_lane) == _lasting(by_view)
    assert by_lane.headers["X-Request-Id"] != by_view.headers["X-Request-Id"]


@pytest.mark.parametrize("spelling", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_both_ways_say_unchanged_alike(client: FlaskClient, question: str, spelling: str) -> None:
    tag = _ask(client, question).headers["ETag"]
    condition = {"If-None-Match": spelling.format(tag=tag)}
    raw = question.replace("&", "&&")
    assert express.meaning(raw.encode()) is None

    by_view = _ask(client, raw, headers=condition)
    by_lane = _ask(client, question, headers=condition)

    assert by_lane.status_code == by_view.status_code == 304
    assert by_lane.data == by_view.data == b""
    assert by_lane.headers["ETag"] == tag
    assert _lasting(by_lane) == _lasting(by_view)


def test_other_tags_get_the_answer_in_full(client: FlaskClient, question: str) -> None:
    first = _ask(client, question)

    again = _ask(client, question, headers={"If-None-Match": '"other", W/"another"'})

    assert (again.status_code, again.data) == (200, first.data)


def test_a_booking_ends_what_was_remembered(
    host: HostAccount, client: FlaskClient, question: str
) -> None:
    before = _ask(client, question)

    start = next(iter(before.get_json()["slots"].values()))[0]["start"]
    book(client, {"id": _event_type(question)}, start=start)
    after = _ask(client, question, headers={"If-None-Match": before.headers["ETag"]})

    assert after.status_code == 200
    assert start not in after.get_data(as_text=True)


def test_time_alone_ends_what_was_remembered(
    client: FlaskClient, question: str, clock: FrozenClock
) -> None:
    before = _ask(client, question)

    clock.advance(hours=30)

    assert _ask(client, question).data != before.data


def test_an_event_type_that_is_gone_is_not_found(
    host: HostAccount, client: FlaskClient, question: str
) -> None:
    _ask(client, question)

    host.call("DELETE", f"{API}/event-types/{_event_type(question)}")

    assert _ask(client, question).status_code == 404


def test_strangers_are_limited_in_the_lane_too(client: FlaskClient, question: str) -> None:
    _ask(client, question)

    answers = [
        _ask(client, question, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}) for _ in range(70)
    ]

    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert answers[-1].content_type == "application/problem+json"


def test_other_methods_take_the_usual_way(app: Flask, question: str) -> None:
    client = app.test_client()
    _ask(client, question)

    assert client.post(f"{API}/slots?{question}").status_code == 405


def test_an_unchanged_answer_leaves_the_connection_open(
    sqlite_settings: Settings, radicale_account: DavAccount, tmp_path: Path
) -> None:
    server = BookingServer(tmp_path, sqlite_settings, "--no-worker")
    try:
        site = build_site(sqlite_settings, server, radicale_account, waits=False)
        url = f"{site.base_url}{API}/slots?event_type_id={site.event_type_id}&{TUESDAY}"
        with requests.Session() as session:
            tag = session.get(url, timeout=30).headers["ETag"]
            unchanged = session.get(url, headers={"If-None-Match": tag}, timeout=30)
        assert unchanged.status_code == 304
        assert unchanged.headers.get("Connection", "").lower() != "close"
    finally:
        server.stop()
