"""Passwords cost the same whether the account exists or not."""

import threading

import pytest

from booking.core.errors import InvalidInput
from booking.security.passwords import Passwords, check_new_password


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords()


def test_a_password_is_recognised(passwords: Passwords) -> None:
    stored = passwords.hash("correct horse")

    assert passwords.verify(stored, "correct horse")
    assert not passwords.verify(stored, "correct hors")
    assert not passwords.needs_rehash(stored)


def test_hashes_are_argon2id_at_19_mib(passwords: Passwords) -> None:
    assert passwords.hash("x" * 8).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_no_password_fits_an_account_that_does_not_exist(passwords: Passwords) -> None:
    assert not passwords.verify(None, "")
    assert not passwords.verify(None, "anything")


@pytest.mark.parametrize("stored", ["", "x", "$argon2id$broken"])
def test_a_broken_hash_fits_nothing(passwords: Passwords, stored: str) -> None:
    assert not passwords.verify(stored, "anything")


def test_many_at_once_all_get_their_turn(passwords: Passwords) -> None:
    stored = passwords.hash("correct horse")
    answers: list[bool] = []
    threads = [
        threading.Thread(target=lambda: answers.append(passwords.verify(stored, "correct horse")))
        for _ in range(6)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [True] * 6


@pytest.mark.parametrize("password", ["short12", "x" * 257])
def test_new_passwords_have_a_length(password: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_new_password(password)

    assert caught.value.fields[0].pointer == "/password"


def test_a_long_phrase_with_spaces_is_welcome() -> None:
    check_new_password("a phrase of several words ü")
