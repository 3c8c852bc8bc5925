"""A write that is repeated with its key happens once and is answered alike."""

import threading
from dataclasses import dataclass

import pytest
from flask import Flask, Response, jsonify
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from booking.core.clock import FrozenClock
from booking.core.errors import RateLimited, SlotUnavailable
from booking.db import commit_kept, db, reading, writing
from booking.queue.models import Worker
from booking.web import current
from booking.web.idempotency import Answer
from booking.web.policy import api_key, public
from tests.conftest import HostAccount

PATH = "/api/v1/make"
KEY = {"Idempotency-Key": "a-key"}


@dataclass
class Maker:
    """A view that counts its runs and fails as often as it is told to."""

    runs: int = 0
    failure: Exception | None = None

    def __call__(self) -> Response:
        self.runs += 1
        if self.failure is not None:
            raise self.failure
        return jsonify({"run": self.runs})


@pytest.fixture
def maker(app: Flask) -> Maker:
    made = Maker()
    app.add_url_rule(PATH, "make", public(made), methods=["GET", "POST"])
    return made


def test_a_repeat_gets_the_first_answer_and_does_nothing(app: Flask, maker: Maker) -> None:
    client = app.test_client()

    first = client.post(PATH, json={"a": 1, "b": 2}, headers=KEY)
    again = client.post(PATH, json={"b": 2, "a": 1}, headers=KEY)

    assert (first.data, first.status_code) == (again.data, again.status_code)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert maker.runs == 1


def test_without_a_key_every_request_runs(app: Flask, maker: Maker) -> None:
    client = app.test_client()

    client.post(PATH, json={})
    client.post(PATH, json={})

    assert maker.runs == 2


def test_reading_takes_no_key(app: Flask, maker: Maker) -> None:
    client = app.test_client()

    client.get(PATH, headers=KEY)
    client.get(PATH, headers=KEY)

    assert maker.runs == 2


def test_another_body_or_address_is_a_conflict(app: Flask, maker: Maker) -> None:
    client = app.test_client()
    client.post(PATH, json={"a": 1}, headers=KEY)

    other_body = client.post(PATH, json={"a": 2}, headers=KEY)
    other_address = client.post(f"{PATH}?x=1", json={"a": 1}, headers=KEY)

    for answer in (other_body, other_address):
        assert answer.status_code == 409
        assert answer.get_json(force=True)["code"] == "idempotency_conflict"
    assert maker.runs == 1


def test_the_result_that_a_slot_is_gone_is_kept(app: Flask, maker: Maker) -> None:
    client = app.test_client()
    maker.failure = SlotUnavailable()
    first = client.post(PATH, json={}, headers=KEY)

    maker.failure = None
    again = client.post(PATH, json={}, headers=KEY)

    assert first.status_code == again.status_code == 409
    assert again.get_json(force=True)["code"] == "slot_unavailable"
    assert again.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "failure", [RuntimeError(), OperationalError("", {}, Exception("locked")), RateLimited(1)]
)
def test_a_failure_that_passes_frees_the_key(app: Flask, maker: Maker, failure: Exception) -> None:
    client = app.test_client()
    maker.failure = failure
    failed = client.post(PATH, json={}, headers=KEY)

    maker.failure = None
    again = client.post(PATH, json={}, headers=KEY)

    assert failed.status_code in {429, 500, 503}
    assert again.status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "ü", "a\tb"])
def test_a_key_is_short_and_printable(app: Flask, maker: Maker, key: str) -> None:
    answer = app.test_client().post(PATH, json={}, headers={"Idempotency-Key": key})

    assert answer.status_code == 422
    assert maker.runs == 0


def test_users_do_not_share_keys(app: Flask, host: HostAccount) -> None:
    app.add_url_rule(
        PATH, "whose", api_key("write")(lambda: str(current.user_id())), methods=["POST"]
    )
    services = app.extensions["booking"]
    other = services.accounts.create_user(
        email="o@example.test", username="other", name="O", time_zone="UTC"
    )
    other_key = services.api_keys.create(other.id, "x", ("write",)).secret

    mine = host.call("POST", PATH, headers=KEY)
    theirs = host.client.post(PATH, headers={**KEY, "Authorization": f"Bearer {other_key}"})

    assert (mine.text, theirs.text) == (str(host.id), str(other.id))


def test_a_refused_request_does_not_use_its_key_up(app: Flask, host: HostAccount) -> None:
    refused = host.client.patch("/api/v1/me", json={"name": "New"}, headers=KEY)
    allowed = host.call("PATCH", "/api/v1/me", json={"name": "New"}, headers=KEY)

    assert (refused.status_code, allowed.status_code) == (401, 200)


def test_another_key_of_the_same_user_gets_the_kept_answer(app: Flask, host: HostAccount) -> None:
    wanted = {"name": "Mine", "time_zone": "UTC", "weekly": []}
    first = host.call("POST", "/api/v1/schedules", json=wanted, headers=KEY)
    newer = app.extensions["booking"].api_keys.create(host.id, "newer", ("write",)).secret

    again = host.client.post(
        "/api/v1/schedules",
        json=wanted,
        headers={**KEY, "Authorization": f"Bearer {newer}"},
    )

    assert first.status_code == again.status_code == 201
    assert first.get_json() == again.get_json()
    assert len(host.call("GET", "/api/v1/schedules").get_json()["data"]) == 1


def names_committed() -> list[str]:
    """Return what stands in the table for everybody else, this moment."""
    with db.engine.connect() as connection:
        return sorted(connection.scalars(select(Worker.name)))


def note(name: str) -> None:
    with writing() as session:
        session.add(Worker(name=name, seen_at=current.now()))


def test_what_any_view_writes_is_committed_with_its_answer(app: Flask) -> None:
    seen: list[list[str]] = []

    def work() -> Response:
        note("made")
        seen.append(names_committed())
        with reading() as session:
            return jsonify({"found": session.get(Worker, "made") is not None})

    app.add_url_rule(PATH, "work", public(work), methods=["POST"])
    client = app.test_client()

    first = client.post(PATH, json={}, headers=KEY)
    again = client.post(PATH, json={}, headers=KEY)

    assert first.get_json() == again.get_json() == {"found": True}
    assert seen == [[]]
    assert names_committed() == ["made"]


def test_of_several_units_the_earlier_ones_are_committed_as_the_next_begins(app: Flask) -> None:
    seen: list[list[str]] = []

    def work() -> str:
        note("first")
        note("second")
        seen.append(names_committed())
        commit_kept()
        seen.append(names_committed())
        return "done"

    app.add_url_rule(PATH, "work", public(work), methods=["POST"])
    app.test_client().post(PATH, json={}, headers=KEY)

    assert seen == [["first"], ["first", "second"]]


def test_an_answer_that_cannot_be_written_leaves_nothing_behind(app: Flask) -> None:
    faults = [RuntimeError()]

    def work() -> str:
        note("made")
        if faults:
            raise faults.pop()
        return "done"

    app.add_url_rule(PATH, "work", public(work), methods=["POST"])
    client = app.test_client()

    assert client.post(PATH, json={}, headers=KEY).status_code == 500
    assert names_committed() == []
    assert client.post(PATH, json={}, headers=KEY).status_code == 200
    assert names_committed() == ["made"]


def test_a_request_whose_key_was_taken_over_changes_nothing(app: Flask, clock: FrozenClock) -> None:
    repeats: list[int] = []

    def repeat() -> None:
        repeats.append(app.test_client().post(PATH, json={}, headers=KEY).status_code)

    def work() -> str:
        if repeats:
            note("repeat")
            return "done"
        repeats.append(0)
        clock.advance(seconds=16)  # the lease is over: a repeat takes this one for crashed
        other = threading.Thread(target=repeat)
        other.start()
        other.join()
        note("late")
        return "done"

    app.add_url_rule(PATH, "work", public(work), methods=["POST"])
    late = app.test_client().post(PATH, json={}, headers=KEY)

    assert repeats == [0, 200]
    assert late.status_code == 409
    assert late.get_json(force=True)["code"] == "idempotency_conflict"
    assert names_committed() == ["repeat"]


def atomic(app: Flask, *, fails: bool) -> None:
    """Add an endpoint that writes a row and its answer in one unit, and may fail at the end."""

    def work() -> Response:
        answer: Answer[str] = Answer(
            lambda name: {"name": name}, status=201, location=lambda name: f"/{name}"
        )
        with writing() as session:
            session.add(Worker(name="made", seen_at=current.now()))
            session.flush()
            answer.store(session, "made")
            if fails:
                raise RuntimeError
        return answer.response("made")

    app.add_url_rule(PATH, "atomic", public(work), methods=["POST"])


def test_what_is_stored_inside_the_unit_is_what_is_answered(app: Flask) -> None:
    atomic(app, fails=False)
    client = app.test_client()

    first = client.post(PATH, json={}, headers=KEY)
    again = client.post(PATH, json={}, headers=KEY)

    assert first.status_code == again.status_code == 201
    assert first.data == again.data == b'{"name":"made"}'
    assert first.headers["Location"] == again.headers["Location"]


def test_a_unit_that_fails_leaves_neither_row_nor_answer(app: Flask) -> None:
    atomic(app, fails=True)
    client = app.test_client()

    first = client.post(PATH, json={}, headers=KEY)
    again = client.post(PATH, json={}, headers=KEY)

    assert first.status_code == again.status_code == 500
    with writing() as session:
        assert session.get(Worker, "made") is None


def test_without_a_key_an_answer_needs_no_store(app: Flask) -> None:
    atomic(app, fails=False)

    assert app.test_client().post(PATH, json={}).status_code == 201
