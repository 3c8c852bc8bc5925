"""Every error is told in one shape, and tells nothing of the inside."""

import json
from typing import Any

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import DataError, OperationalError

from booking.core import errors
from booking.core.instants import Instant
from booking.web.errors import invalid_input
from booking.web.negotiation import API_PREFIX
from booking.web.policy import public
from booking.web.problems import STATUS, status_of

SECRET = "the inside"


def raising(app: Flask, error: BaseException, path: str = "/api/v1/fails") -> FlaskClient:
    """Return a client of an application with an endpoint that raises `error`."""

    @public
    def view() -> str:
        raise error

    app.add_url_rule(path, "fails", view)
    return app.test_client()


def problem(app: Flask, error: BaseException) -> dict[str, Any]:
    """Return the problem document for `error`."""
    answer = raising(app, error).get("/api/v1/fails")
    assert answer.content_type == "application/problem+json"
    document: dict[str, Any] = json.loads(answer.data)
    assert document["status"] == answer.status_code
    assert document["request_id"] == answer.headers["X-Request-Id"]
    return document


def every_class(root: type[errors.BookingError]) -> list[type[errors.BookingError]]:
    return [root, *(found for kind in root.__subclasses__() for found in every_class(kind))]


@pytest.mark.parametrize("kind", every_class(errors.BookingError), ids=lambda kind: kind.__name__)
def test_every_error_of_ours_is_the_callers_to_mend(kind: type[errors.BookingError]) -> None:
    assert 400 <= status_of(kind.__new__(kind)) < 500


def test_the_table_names_only_what_exists() -> None:
    assert set(STATUS) <= set(every_class(errors.BookingError))


def test_faults_point_at_their_fields(app: Flask) -> None:
    document = problem(app, errors.InvalidInput.at("/name", "Must not be empty."))

    assert (document["status"], document["code"]) == (422, "validation")
    assert document["errors"] == [{"pointer": "/name", "detail": "Must not be empty."}]


def test_a_taken_slot_names_others(app: Flask) -> None:
    span = (Instant(1_796_000_400), Instant(1_796_002_200))

    document = problem(app, errors.SlotUnavailable(alternatives=(span,)))

    assert (document["status"], document["code"]) == (409, "slot_unavailable")
    assert document["alternatives"] == [
        {"start": "2026-11-30T01:00:00Z", "end": "2026-11-30T01:30:00Z"}
    ]


def test_a_limit_says_how_long_to_wait(app: Flask) -> None:
    answer = raising(app, errors.RateLimited(17)).get("/api/v1/fails")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")


def test_a_running_request_says_how_long_to_wait(app: Flask) -> None:
    answer = raising(app, errors.IdempotencyConflict(retry_after=2)).get("/api/v1/fails")

    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "2")


def test_a_providers_failure_names_the_step(app: Flask) -> None:
    document = problem(app, errors.Unreachable("No answer.", provider="caldav", step="connect"))

    assert (document["code"], document["step"]) == ("provider_unavailable", "connect")


@pytest.mark.parametrize("path", ["/api/v1/fails", "/fails"])
def test_the_unexpected_tells_only_its_number(
    app: Flask, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = raising(app, RuntimeError(SECRET), path).get(path)

    assert answer.status_code == 500
    assert SECRET not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert answer.headers["X-Request-Id"] in caplog.text


@pytest.mark.parametrize("path", ["/api/v1/fails", "/fails"])
def test_a_busy_database_asks_for_patience(app: Flask, path: str) -> None:
    error = OperationalError(SECRET, {}, Exception("database is locked"))

    answer = raising(app, error, path).get(path)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert SECRET not in answer.text


def test_a_value_the_database_refuses_is_the_callers(app: Flask) -> None:
    document = problem(app, DataError(SECRET, {}, Exception("out of range")))

    assert (document["status"], document["code"]) == (422, "validation")


def test_unknown_addresses_are_pages_for_people_and_problems_for_programs(
    client: FlaskClient,
) -> None:
    page = client.get("/no/such/page", headers={"Accept": "text/html,*/*;q=0.8"})
    in_api = client.get("/api/v1/no-such-thing", headers={"Accept": "text/html"})
    asked = client.get("/no/such/page", headers={"Accept": "application/json"})

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert (in_api.status_code, in_api.mimetype) == (404, "application/problem+json")
    assert (asked.status_code, asked.mimetype) == (404, "application/problem+json")
    assert in_api.get_json(force=True)["code"] == "not_found"


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/me"])
def test_a_wrong_method_names_the_right_ones(client: FlaskClient, path: str) -> None:
    answer = client.delete(path)

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_what_was_sent_is_never_quoted(client: FlaskClient) -> None:
    answer = client.get("/api/v1/<script>alert(1)</script>")

    assert "alert" not in answer.text


def test_our_own_words_are_told(app: Flask) -> None:
    @public
    def view() -> str:
        abort(400, "Say it differently.")

    app.add_url_rule(f"{API_PREFIX}says", "says", view)

    assert "Say it differently." in app.test_client().get(f"{API_PREFIX}says").text


def test_nested_messages_become_pointers() -> None:
    messages = {
        "json": {"weekly": {0: {"start": ["Bad."]}}, "a/b": ["Unknown."], "_schema": ["All bad."]}
    }

    found = {(fault.pointer, fault.detail) for fault in invalid_input(messages).fields}

    assert found == {("/weekly/0/start", "Bad."), ("/a~1b", "Unknown."), ("", "All bad.")}
