"""Rotation of keys: every secret under the newest one, however often it is begun."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.bookings.models import Wish
from booking.bookings.wishes import sealed_place
from booking.calendars.models import Connection
from booking.core.clock import FrozenClock
from booking.db import reading, writing
from booking.security.cipher import Cipher, SealBroken
from booking.security.replay import Replays, StoredAnswer, Ticket
from booking.upkeep.keys import rotate_credentials
from tests.bookings.desk import open_desk
from tests.calendars.accounts import make_user
from tests.upkeep.sealed import open_secrets, seal_connections

OLD, NEW, LOST = bytes(32), bytes([1]) * 32, bytes([2]) * 32


@pytest.fixture
def user(either_app: Flask) -> int:
    return make_user()


def test_after_a_rotation_the_old_key_is_not_needed(user: int) -> None:
    seal_connections(user, OLD, 3)

    report = rotate_credentials(Cipher((NEW, OLD)))

    assert (report.rotated, report.current, report.unreadable) == (3, 0, 0)
    assert open_secrets(NEW) == ["secret 0", "secret 1", "secret 2"]
    with pytest.raises(SealBroken):
        open_secrets(OLD)


def test_what_guests_sent_and_were_answered_is_rotated_too(
    either_app: Flask, clock: FrozenClock
) -> None:
    old, new = Cipher((OLD,)), Cipher((NEW,))
    event_type, now = open_desk(either_app, clock).offer(), clock.now()
    sealed = old.seal("a form", sealed_place(7))
    with writing() as session:
        session.add(
            Wish(id=7, event_type_id=event_type, sealed=sealed, expires_at=now, created_at=now)
        )
    ticket = Replays(clock, old).begin("key", "public", "POST /x", b"")
    assert isinstance(ticket, Ticket)
    answer = StoredAnswer(status=201, headers=(), body=b"an answer")
    Replays(clock, old).store(ticket, answer)

    report = rotate_credentials(Cipher((NEW, OLD)))

    assert (report.rotated, report.unreadable) == (2, 0)
    with reading() as session:
        sealed = session.get_one(Wish, 7).sealed
    assert new.open(sealed, sealed_place(7)) == "a form"
    assert Replays(clock, new).begin("key", "public", "POST /x", b"") == answer


def test_a_second_rotation_has_nothing_to_do(user: int) -> None:
    seal_connections(user, OLD, 2)
    rotate_credentials(Cipher((NEW, OLD)))

    report = rotate_credentials(Cipher((NEW, OLD)))

    assert (report.rotated, report.current, report.unreadable) == (0, 2, 0)


def test_an_interrupted_rotation_is_gone_on_with(user: int) -> None:
    seal_connections(user, NEW, 1)
    seal_connections(user, OLD, 2)

    report = rotate_credentials(Cipher((NEW, OLD)))

    assert (report.rotated, report.current) == (2, 1)
    assert open_secrets(NEW) == ["secret 0", "secret 0", "secret 1"]


def test_a_secret_whose_key_is_lost_is_counted_and_left(user: int) -> None:
    seal_connections(user, LOST)
    seal_connections(user, OLD)

    report = rotate_credentials(Cipher((NEW, OLD)))

    assert (report.rotated, report.unreadable) == (1, 1)
    assert open_secrets(NEW, LOST) == ["secret 0", "secret 0"]


def test_feeds_and_connections_without_a_secret_are_passed_over(user: int) -> None:
    (connection,) = seal_connections(user, OLD)
    with writing() as session:
        session.get_one(Connection, connection).secret = None

    report = rotate_credentials(Cipher((NEW, OLD)))

    assert (report.rotated, report.current, report.unreadable) == (0, 0, 0)
