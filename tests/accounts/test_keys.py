"""API keys: shown once, stored as hashes, ended at once."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.accounts.keys import MOST_KEYS, ApiKeys
from booking.accounts.models import ApiKey, User
from booking.accounts.values import Scope
from booking.core.clock import FrozenClock
from booking.core.errors import InvalidInput, NotFound, Unauthorized
from booking.db import reading, writing
from tests.conftest import HostAccount, HostFactory


@pytest.fixture
def keys(app: Flask, clock: FrozenClock) -> ApiKeys:
    return ApiKeys(clock)


def test_a_key_tells_whose_it_is_and_what_it_may(keys: ApiKeys, host: HostAccount) -> None:
    made = keys.create(host.id, "script", ("read", "bookings"))

    bearer = keys.verify(made.secret)

    assert (bearer.user_id, bearer.key_id) == (host.id, made.key.id)
    assert bearer.may(Scope.READ)
    assert bearer.may(Scope.BOOKINGS)
    assert not bearer.may(Scope.WRITE)


def test_write_includes_the_others(keys: ApiKeys, host: HostAccount) -> None:
    bearer = keys.verify(keys.create(host.id, "script", ("write",)).secret)

    assert all(bearer.may(scope) for scope in Scope)


def test_the_secret_is_not_stored(keys: ApiKeys, host: HostAccount) -> None:
    made = keys.create(host.id, "script")
    secret = made.secret.split("_", 2)[2]

    with reading() as session:
        rows = session.execute(select(ApiKey.__table__)).all()

    assert secret not in repr(rows)
    assert secret not in repr(made)


@pytest.mark.parametrize(
    "presented",
    ["", "bk", "bk__", "bk_0123456789_wrong", "sk_0123456789_x", "bk_\ud800123456789_x", "bk_é_x"],
)
def test_what_is_no_key_opens_nothing(keys: ApiKeys, host: HostAccount, presented: str) -> None:
    with pytest.raises(Unauthorized):
        keys.verify(presented)


def test_a_right_prefix_with_a_wrong_secret_opens_nothing(keys: ApiKeys, host: HostAccount) -> None:
    made = keys.create(host.id, "script")

    with pytest.raises(Unauthorized):
        keys.verify(made.secret[:-1] + ("A" if made.secret[-1] != "A" else "B"))


def test_a_revoked_key_ends_at_once(keys: ApiKeys, host: HostAccount) -> None:
    made = keys.create(host.id, "script")

    keys.revoke(host.id, made.key.id)

    with pytest.raises(Unauthorized):
        keys.verify(made.secret)
    assert made.key.id not in {key.id for key in keys.list(host.id)}


def test_keys_of_a_disabled_account_end(
    keys: ApiKeys, host: HostAccount, clock: FrozenClock
) -> None:
    with writing() as session:
        session.execute(update(User).values(disabled_at=clock.now()))

    with pytest.raises(Unauthorized):
        keys.verify(host.api_key)


def test_another_hosts_key_is_unknown(keys: ApiKeys, make_host: HostFactory) -> None:
    mine, theirs = make_host(), make_host()
    made = keys.create(theirs.id, "script")

    with pytest.raises(NotFound):
        keys.revoke(mine.id, made.key.id)
    with pytest.raises(NotFound):
        keys.get(mine.id, made.key.id)
    assert keys.verify(made.secret).user_id == theirs.id


@pytest.mark.parametrize("scopes", [(), ("admin",), ("read",) * 4])
def test_unfit_scopes_are_refused(
    keys: ApiKeys, host: HostAccount, scopes: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput):
        keys.create(host.id, "script", scopes)


def test_use_is_noted_at_most_once_a_minute(
    keys: ApiKeys, host: HostAccount, clock: FrozenClock
) -> None:
    made = keys.create(host.id, "script")
    first = clock.now()
    keys.verify(made.secret)
    clock.advance(seconds=59)
    keys.verify(made.secret)
    noted = keys.get(host.id, made.key.id).last_used_at
    clock.advance(seconds=1)
    keys.verify(made.secret)

    assert noted == first
    assert keys.get(host.id, made.key.id).last_used_at == clock.now()


def test_there_is_a_most(keys: ApiKeys, host: HostAccount) -> None:
    for _ in range(MOST_KEYS - len(keys.list(host.id))):
        keys.create(host.id, "script")

    with pytest.raises(InvalidInput):
        keys.create(host.id, "script")
