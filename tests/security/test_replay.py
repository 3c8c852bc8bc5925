"""The first answer to an idempotency key is the answer to all repeats."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.core.clock import FrozenClock
from booking.core.errors import IdempotencyConflict
from booking.db import reading, writing
from booking.security.cipher import Cipher
from booking.security.models import Replay
from booking.security.replay import (
    Replays,
    StoredAnswer,
    Ticket,
    purge_replays,
    same_body,
)

ANSWER = StoredAnswer(status=201, headers=(("Location", "/x"),), body='{"ü":1}'.encode())


@pytest.fixture
def replays(either_app: Flask, clock: FrozenClock) -> Replays:
    return Replays(clock, Cipher((bytes(32),)))


def begin(replays: Replays, key: str = "k", actor: str = "public", body: bytes = b"{}") -> Ticket:
    ticket = replays.begin(key, actor, "POST /bookings", body)
    assert isinstance(ticket, Ticket)
    return ticket


def test_a_repeat_gets_the_stored_answer(replays: Replays) -> None:
    replays.store(begin(replays), ANSWER)

    assert replays.begin("k", "public", "POST /bookings", b"{}") == ANSWER


@pytest.mark.parametrize(
    ("request_line", "body"), [("POST /bookings", b"[]"), ("POST /holds", b"{}")]
)
def test_the_key_belongs_to_one_request(replays: Replays, request_line: str, body: bytes) -> None:
    replays.store(begin(replays), ANSWER)

    with pytest.raises(IdempotencyConflict) as caught:
        replays.begin("k", "public", request_line, body)

    assert caught.value.retry_after is None


def test_actors_do_not_share_keys(replays: Replays) -> None:
    replays.store(begin(replays, actor="user:1"), ANSWER)

    begin(replays, actor="user:2")


def test_a_repeat_of_a_running_request_is_told_to_wait(replays: Replays) -> None:
    begin(replays)

    with pytest.raises(IdempotencyConflict) as caught:
        begin(replays)

    assert caught.value.retry_after


def test_a_crashed_request_frees_its_key(replays: Replays, clock: FrozenClock) -> None:
    begin(replays)
    clock.advance(seconds=16)

    replays.store(begin(replays), ANSWER)

    assert replays.begin("k", "public", "POST /bookings", b"{}") == ANSWER


def test_who_was_taken_over_cannot_commit(replays: Replays, clock: FrozenClock) -> None:
    slow = begin(replays)
    clock.advance(seconds=16)
    begin(replays)

    with pytest.raises(IdempotencyConflict), writing() as session:
        replays.finish(session, slow, ANSWER)


def test_the_answer_is_stored_with_the_callers_unit_or_not_at_all(
    replays: Replays, clock: FrozenClock
) -> None:
    ticket = begin(replays)

    def fail_after_finishing() -> None:
        with writing() as session:
            replays.finish(session, ticket, ANSWER)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_finishing()

    replays.store(ticket, ANSWER)


def test_an_abandoned_key_is_free(replays: Replays) -> None:
    replays.abandon(begin(replays))

    begin(replays, body=b"another")


def test_a_stored_answer_is_not_abandoned(replays: Replays) -> None:
    ticket = begin(replays)
    replays.store(ticket, ANSWER)

    replays.abandon(ticket)

    assert replays.begin("k", "public", "POST /bookings", b"{}") == ANSWER


def test_answers_are_kept_for_48_hours(replays: Replays, clock: FrozenClock) -> None:
    replays.store(begin(replays), ANSWER)
    clock.advance(hours=48)

    begin(replays, body=b"another")


def test_old_answers_are_purged(replays: Replays, clock: FrozenClock) -> None:
    replays.store(begin(replays, key="old"), ANSWER)
    clock.moment += timedelta(hours=48)
    replays.store(begin(replays, key="new"), ANSWER)

    with writing() as session:
        assert purge_replays(session, clock.now()) == 1


def test_stored_bodies_are_sealed(replays: Replays) -> None:
    replays.store(begin(replays), ANSWER)

    with reading() as session:
        row = session.scalars(select(Replay)).one()

    assert row.body is not None
    assert ANSWER.body not in row.body


def test_of_many_at_once_one_runs(either_app: Flask, replays: Replays) -> None:
    outcomes: list[str] = []

    def attempt() -> None:
        with either_app.app_context():
            try:
                begin(replays)
            except IdempotencyConflict:
                outcomes.append("wait")
            else:
                outcomes.append("run")

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["run", *["wait"] * 7]


def test_the_order_of_names_does_not_matter() -> None:
    assert same_body({"a": 1, "b": [2]}) == same_body({"b": [2], "a": 1})
    assert same_body({"a": 1}) != same_body({"a": "1"})
