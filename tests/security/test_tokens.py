"""Tokens are long, stored as hashes, and compared without telling."""

import pytest

from booking.security.tokens import (
    derived,
    hash_token,
    is_manage_token,
    is_token_of,
    manage_token,
    new_token,
    same,
)

SECRET = "k" * 40


def test_tokens_hold_32_random_bytes() -> None:
    tokens = {new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert all(len(token) == 43 for token in tokens)


def test_a_token_matches_its_own_hash_only() -> None:
    token = new_token()

    assert is_token_of(token, hash_token(token))
    assert not is_token_of(new_token(), hash_token(token))


def test_a_manage_token_belongs_to_one_booking_and_one_secret() -> None:
    token = manage_token(SECRET, "abc")

    assert is_manage_token(SECRET, "abc", token)
    assert not is_manage_token(SECRET, "abd", token)
    assert not is_manage_token("j" * 40, "abc", token)


def test_a_manage_token_stands_in_an_address_as_it_is() -> None:
    assert set(manage_token(SECRET, "abc")) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    )


def test_purposes_do_not_share_tokens() -> None:
    assert derived(SECRET, "manage", "x") != derived(SECRET, "feed", "x")


@pytest.mark.parametrize("hostile", ["", "\ud800", "é", "\0", "a" * 10_000])
def test_hostile_tokens_are_wrong_not_an_error(hostile: str) -> None:
    assert not is_manage_token(SECRET, "abc", hostile)
    assert not is_token_of(hostile, hash_token("x"))
    assert same(hostile, hostile)
