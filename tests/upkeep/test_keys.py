"""Rotation of keys: every secret under the newest one, however often it is begun."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.calendars.models import Connection
from booking.db import writing
from booking.security.cipher import Cipher, SealBroken
from booking.upkeep.keys import rotate_credentials
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
