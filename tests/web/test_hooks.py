"""The doors for pushes: the same answer to everything, and only what is proven has an effect."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from booking.calendars.watch_models import ChannelState, WatchChannel
from booking.core.clock import FrozenClock
from booking.core.ids import encode_id, new_id
from booking.db import reading, writing
from booking.queue.models import Job
from booking.security.tokens import hash_token
from tests.bookings.desk import open_desk

SECRET = "a-secret-that-is-as-long-as-a-channels-really"


@pytest.fixture
def channel(app: Flask, clock: FrozenClock) -> str:
    """The name of a living channel of a calendar."""
    calendar = open_desk(app, clock).put_calendar()
    key = new_id()
    with writing() as session:
        session.query(Job).delete()
        session.add(
            WatchChannel(
                id=key,
                calendar_id=calendar,
                secret_hash=hash_token(SECRET),
                remote_id="r",
                state=ChannelState.LIVE,
                made_at=clock.now(),
                expires_at=clock.now(),
            )
        )
    return encode_id(key)


def google(client: FlaskClient, key: str, token: str, state: str = "exists") -> TestResponse:
    headers = {
        "X-Goog-Channel-ID": key,
        "X-Goog-Channel-Token": token,
        "X-Goog-Resource-State": state,
        "X-Goog-Message-Number": "7",
    }
    return client.post("/hooks/google", headers=headers)


def microsoft(client: FlaskClient, *items: Any) -> TestResponse:
    return client.post("/hooks/microsoft", json={"value": list(items)})


def asked() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Job.kind).order_by(Job.id)))


def test_a_push_of_google_has_the_calendar_read(client: FlaskClient, channel: str) -> None:
    assert google(client, channel, SECRET).status_code == 200

    assert asked() == ["calendars.hint"]


def test_the_first_word_on_a_channel_is_no_change(client: FlaskClient, channel: str) -> None:
    google(client, channel, SECRET, "sync")

    assert asked() == []


@pytest.mark.parametrize(
    ("key", "token"),
    [
        ("right", "wrong"),
        ("right", ""),
        ("right", hash_token(SECRET)),
        ("unknown", SECRET),
        ("", SECRET),
        ("x" * 900, SECRET),
        ("right", "ü\udcff".encode("utf-8", "replace").decode("latin-1")),
    ],
)
def test_a_forged_push_is_answered_alike_and_does_nothing(
    client: FlaskClient, channel: str, key: str, token: str
) -> None:
    right = google(client, channel, SECRET, "sync")
    name = {"right": channel, "unknown": encode_id(new_id())}.get(key, key)

    forged = google(client, name, token)

    assert (forged.status, forged.data, forged.mimetype) == (right.status, b"", right.mimetype)
    assert asked() == []


def test_graphs_word_is_echoed_as_plain_text(client: FlaskClient) -> None:
    word = "Validation: <script>alert(1)</script> & +ü"

    answer = client.post("/hooks/microsoft", query_string={"validationToken": word})

    assert (answer.status_code, answer.text) == (200, word)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert asked() == []


def test_several_notifications_in_one_body_are_each_heard(
    client: FlaskClient, channel: str
) -> None:
    answer = microsoft(
        client,
        {"clientState": "nobody.x", "changeType": "updated"},
        {"clientState": f"{channel}.{SECRET}", "changeType": "updated"},
    )

    assert (answer.status_code, answer.data) == (202, b"")
    assert asked() == ["calendars.hint"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"value": 7}',
        b'{"value": [7, null, [], {}]}',
        b'{"value": [{"clientState": 5}]}',
        b'{"value": [{"clientState": "a.b", "lifecycleEvent": 3}]}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_nonsense_is_answered_like_everything_else(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/hooks/microsoft", data=body, content_type="application/json")

    assert (answer.status_code, answer.data) == (202, b"")
    assert asked() == []


def test_a_body_beyond_the_limit_is_refused(client: FlaskClient) -> None:
    body = json.dumps({"value": ["x" * 300_000]})

    assert client.post("/hooks/microsoft", data=body).status_code == 413


@pytest.mark.parametrize(
    ("event", "kinds"),
    [
        ("reauthorizationRequired", ["calendars.watch"]),
        ("subscriptionRemoved", ["calendars.watch", "calendars.hint"]),
        ("missed", ["calendars.hint"]),
        ("somethingNew", []),
    ],
)
def test_what_graph_says_of_a_subscription_is_followed_up(
    client: FlaskClient, channel: str, event: str, kinds: list[str]
) -> None:
    microsoft(client, {"clientState": f"{channel}.{SECRET}", "lifecycleEvent": event})
    assert asked() == kinds


def test_a_forged_lifecycle_event_does_nothing(client: FlaskClient, channel: str) -> None:
    microsoft(client, {"clientState": f"{channel}.x", "lifecycleEvent": "subscriptionRemoved"})
    assert asked() == []


def test_pushes_are_only_posted(client: FlaskClient) -> None:
    for address in ("/hooks/google", "/hooks/microsoft?validationToken=x"):
        answer = client.get(address)
        assert (answer.status_code, answer.text == "x") == (404, False)
