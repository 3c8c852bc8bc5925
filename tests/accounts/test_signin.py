"""Signing in tells nothing about accounts and cannot be tried for ever."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.accounts.models import User
from booking.accounts.signin import SignIn
from booking.core.clock import FrozenClock
from booking.core.errors import BookingError, RateLimited, Unauthorized
from booking.db import reading, writing
from booking.security.models import AuditEntry
from booking.wiring import Services
from tests.conftest import HostAccount

HOME = "198.51.100.7"
ELSEWHERE = "203.0.113.9"


@pytest.fixture
def door(app: Flask) -> SignIn:
    services: Services = app.extensions["booking"]
    return services.sign_in


def refusal(door: SignIn, email: str, password: str, address: str = HOME) -> BookingError:
    with pytest.raises(BookingError) as caught:
        door.authenticate(email, password, address)
    return caught.value


def test_the_right_password_opens(door: SignIn, host: HostAccount) -> None:
    user = door.authenticate(f"  {host.email.upper()} ", host.password, HOME)

    assert user.id == host.id


def test_every_refusal_reads_the_same(door: SignIn, host: HostAccount, clock: FrozenClock) -> None:
    wrong = refusal(door, host.email, "wrong")
    unknown = refusal(door, "nobody@example.test", "wrong")
    with writing() as session:
        session.execute(update(User).values(disabled_at=clock.now()))
    disabled = refusal(door, host.email, host.password)

    assert {type(error) for error in (wrong, unknown, disabled)} == {Unauthorized}
    assert len({error.message for error in (wrong, unknown, disabled)}) == 1


def test_an_account_without_a_password_opens_for_nobody(door: SignIn, host: HostAccount) -> None:
    with writing() as session:
        session.execute(update(User).values(password_hash=None))

    assert isinstance(refusal(door, host.email, ""), Unauthorized)


@pytest.mark.parametrize("address", [HOME, "127.0.0.1"])
def test_ten_failures_in_a_quarter_of_an_hour_are_the_most(
    door: SignIn, host: HostAccount, clock: FrozenClock, address: str
) -> None:
    for _ in range(10):
        assert isinstance(refusal(door, host.email, "wrong", address), Unauthorized)

    assert isinstance(refusal(door, host.email, host.password, address), RateLimited)
    clock.advance(minutes=15)
    assert door.authenticate(host.email, host.password, address).id == host.id


def test_unknown_accounts_are_limited_alike(door: SignIn, host: HostAccount) -> None:
    for _ in range(10):
        refusal(door, "nobody@example.test", "wrong", "127.0.0.1")

    assert isinstance(refusal(door, "nobody@example.test", "wrong", "127.0.0.1"), RateLimited)


def test_one_address_cannot_try_many_accounts(door: SignIn, host: HostAccount) -> None:
    for number in range(10):
        refusal(door, f"nobody{number}@example.test", "wrong")

    assert isinstance(refusal(door, host.email, host.password), RateLimited)


def test_a_stranger_cannot_lock_a_host_out(door: SignIn, host: HostAccount) -> None:
    for _ in range(12):
        refusal(door, host.email, "wrong", ELSEWHERE)

    assert door.authenticate(host.email, host.password, HOME).id == host.id


def test_an_own_account_does_not_buy_more_tries(door: SignIn, host: HostAccount) -> None:
    for number in range(9):
        refusal(door, f"nobody{number}@example.test", "wrong")

    door.authenticate(host.email, host.password, HOME)
    refusal(door, "another@example.test", "wrong")

    assert isinstance(refusal(door, "third@example.test", "wrong"), RateLimited)


def test_many_successes_are_never_limited(door: SignIn, host: HostAccount) -> None:
    for _ in range(12):
        assert door.authenticate(host.email, host.password, HOME).id == host.id


def test_logins_are_audited_without_addresses(door: SignIn, host: HostAccount) -> None:
    door.authenticate(host.email, host.password, HOME)
    refusal(door, "nobody@example.test", "wrong")

    with reading() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    told = [(row.action, row.subject) for row in rows if row.action.startswith("login.")]

    assert told == [("login.succeeded", f"user:{host.id}"), ("login.failed", "user:unknown")]


@pytest.mark.parametrize("hostile", ["\0", "\ud800@x.y", "a" * 100_000, "'; --", "%", "\n"])
def test_hostile_input_is_just_wrong(door: SignIn, host: HostAccount, hostile: str) -> None:
    assert isinstance(refusal(door, hostile, hostile), Unauthorized)
