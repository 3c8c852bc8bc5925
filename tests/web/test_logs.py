"""Log lines tell what happened, never secrets, and cannot be forged."""

import json
import logging

import pytest
from flask.testing import FlaskClient

from booking.web.logs import JsonFormatter, TextFormatter
from tests.conftest import HostAccount


def record(message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("booking.test", logging.INFO, "file", 1, message, args, None)


def access_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line.getMessage() for line in caplog.records if line.name == "booking.access"]


def test_a_request_is_one_line_without_its_query(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    answer = client.get("/healthz?token=canary")

    (line,) = access_lines(caplog)
    assert "method=GET path=/healthz status=200" in line
    assert answer.headers["X-Request-Id"] in line
    assert "canary" not in caplog.text


def test_a_key_never_reaches_the_log(host: HostAccount, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    host.call("GET", "/api/v1/me")

    assert host.api_key.split("_", 2)[2] not in caplog.text
    assert f"user={host.id}" in caplog.text


def test_a_path_cannot_forge_a_line(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client.get("/api/v1/x%0Arequest%20method=GET%20path=/forged")

    for formatter in (TextFormatter(), JsonFormatter()):
        for found in caplog.records:
            assert "\n" not in formatter.format(found)


def test_json_lines_are_json() -> None:
    line = json.loads(JsonFormatter().format(record("thing_done count=%d", 3)))

    assert line["event"] == "thing_done count=3"
    assert (line["level"], line["logger"]) == ("info", "booking.test")


def test_text_lines_begin_with_time_level_and_logger() -> None:
    line = TextFormatter().format(record("thing_done\nforged"))

    assert line.endswith("INFO booking.test thing_done\\nforged")
