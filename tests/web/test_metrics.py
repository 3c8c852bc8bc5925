"""`/metrics` tells the operator numbers in Prometheus' text format, and nobody else anything."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.settings import Settings
from tests.conftest import HostAccount
from tests.web.guest import MONDAY_TEN, visit

LINE = re.compile(
    r'(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[a-z]+="[^"\n]*"(?:,[a-z]+="[^"\n]*")*\})? \S+)'
)


def numbers(client: FlaskClient) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    lines = answer.text.splitlines()
    assert [line for line in lines if LINE.fullmatch(line) is None] == []
    parts = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in parts}


def test_numbers_follow_what_happens(app: Flask, host: HostAccount, client: FlaskClient) -> None:
    visit(app, host).book(MONDAY_TEN)

    told = numbers(client)

    assert told['booking_bookings{status="confirmed"}'] == 1
    assert told['booking_jobs{kind="bookings.tell",state="ready"}'] == 1
    assert told["booking_calendars_failing"] == 0
    assert told["booking_jobs_late_seconds"] == 0


def test_latencies_are_a_histogram(app: Flask, client: FlaskClient) -> None:
    name = "booking_http_request_seconds"
    labels = 'method="GET",status="4xx"'
    before = numbers(client).get(f"{name}_count{{{labels}}}", 0)

    client.get("/api/v1/nothing")

    told = numbers(client)
    buckets = [value for key, value in told.items() if key.startswith(f"{name}_bucket{{{labels}")]
    assert told[f"{name}_count{{{labels}}}"] == before + 1 == buckets[-1]
    assert buckets == sorted(buckets)


@pytest.mark.parametrize(
    "asked",
    [
        {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}},
        {"environ_base": {"REMOTE_ADDR": "10.0.0.2"}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
    ],
)
def test_without_a_token_only_this_machine_is_told(
    client: FlaskClient, asked: dict[str, dict[str, str]]
) -> None:
    assert client.get("/metrics", **asked).status_code == 404


class TestWithAToken:
    @pytest.fixture
    def sqlite_settings(self, sqlite_settings: Settings) -> Settings:
        return replace(sqlite_settings, metrics_token="the operator's")

    def test_only_who_sends_it_is_told(self, client: FlaskClient) -> None:
        def ask(bearer: str) -> int:
            headers = {"Authorization": bearer, "X-Forwarded-For": "203.0.113.9"}
            return client.get("/metrics", headers=headers).status_code

        assert ask("Bearer the operator's") == 200
        assert ask("Bearer another") == 404
        assert client.get("/metrics").status_code == 404
