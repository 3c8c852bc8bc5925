"""Sealed values open only where they belong, and under any key of the ring."""

import secrets

import pytest

from booking.core.errors import ReconnectRequired
from booking.security.cipher import Cipher, SealBroken, place

OLD = secrets.token_bytes(32)
NEW = secrets.token_bytes(32)
HERE = place("connections", 7, "secret")


def test_a_sealed_value_opens_in_its_place() -> None:
    cipher = Cipher((NEW,))

    sealed = cipher.seal("hunter2 ü", HERE)

    assert cipher.open(sealed, HERE) == "hunter2 ü"
    assert b"hunter2" not in sealed


def test_the_same_value_is_sealed_differently_each_time() -> None:
    cipher = Cipher((NEW,))

    assert cipher.seal("x", HERE) != cipher.seal("x", HERE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        place("connections", 8, "secret"),
        place("webhooks", 7, "secret"),
        place("connections", 7, "token"),
    ],
)
def test_a_value_moved_to_another_row_table_or_column_does_not_open(elsewhere: str) -> None:
    cipher = Cipher((NEW,))
    sealed = cipher.seal("x", HERE)

    with pytest.raises(SealBroken):
        cipher.open(sealed, elsewhere)


def test_any_changed_byte_is_noticed() -> None:
    cipher = Cipher((NEW,))
    sealed = cipher.seal("x", HERE)

    for place_in_value in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place_in_value] ^= 1
        with pytest.raises(SealBroken):
            cipher.open(bytes(changed), HERE)


@pytest.mark.parametrize("length", [0, 1, 9, 36])
def test_a_cut_value_does_not_open(length: int) -> None:
    cipher = Cipher((NEW,))

    with pytest.raises(SealBroken):
        cipher.open(cipher.seal("x", HERE)[:length], HERE)


def test_an_old_key_still_opens_and_asks_for_rotation() -> None:
    sealed = Cipher((OLD,)).seal("x", HERE)
    ring = Cipher((NEW, OLD))

    assert ring.open(sealed, HERE) == "x"
    assert ring.needs_rotation(sealed)


def test_rotation_ends_on_the_newest_key_alone() -> None:
    sealed = Cipher((OLD,)).seal("x", HERE)

    rotated = Cipher((NEW, OLD)).rotate(sealed, HERE)

    assert not Cipher((NEW, OLD)).needs_rotation(rotated)
    assert Cipher((NEW,)).open(rotated, HERE) == "x"


def test_a_lost_key_means_reconnecting() -> None:
    sealed = Cipher((OLD,)).seal("x", HERE)

    with pytest.raises(ReconnectRequired):
        Cipher((NEW,)).open(sealed, HERE)


def test_a_ring_without_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        Cipher(())


def test_keys_do_not_show() -> None:
    assert NEW.hex() not in repr(Cipher((NEW,)))
    assert repr(NEW) not in repr(Cipher((NEW,)))
