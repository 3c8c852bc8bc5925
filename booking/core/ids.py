"""Identifiers: 63-bit integers inside, short opaque strings outside."""

from __future__ import annotations

import os
import re
import secrets
import threading
import time
import unicodedata
from collections.abc import Container

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_TAIL_BITS = 22
_EPOCH_MS = 1_577_836_800_000  # 2020-01-01; 41 bits of milliseconds last until 2089
_LENGTH = 13
_LONGEST_STEM = 56
_NOT_IN_SLUGS = re.compile(r"[^a-z0-9]+")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


class _Keys:
    """Keys of this process, each above the one before, so that none comes twice.

    A millisecond begins at a random place, which keeps processes apart, and is counted on from
    there; so does a clock that is set back.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget what was given out: a forked process must not count on from its parent's."""
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> int:
        elapsed = time.time_ns() // 1_000_000 - _EPOCH_MS
        with self._lock:
            is_later = elapsed > self._last >> _TAIL_BITS
            fresh = (elapsed << _TAIL_BITS) | secrets.randbits(_TAIL_BITS)
            self._last = fresh if is_later else self._last + 1
            return self._last


_KEYS = _Keys()
os.register_at_fork(after_in_child=_KEYS.begin)


def new_id() -> int:
    """Return a fresh key, creation time in ms above 22 bits: keys of a process sort by age."""
    return _KEYS.next()


def encode_id(key: int) -> str:
    """Return the opaque string for `key` (Crockford's base 32, lower case, 13 letters)."""
    letters = [_ALPHABET[(key >> shift) & 31] for shift in range(5 * (_LENGTH - 1), -1, -5)]
    return "".join(letters)


def decode_id(text: str) -> int | None:
    """Return the key behind `text`, None where it is not one of ours."""
    if len(text) != _LENGTH or not all(letter in _VALUES for letter in text):
        return None
    key = 0
    for letter in text:
        key = (key << 5) | _VALUES[letter]
    return key if key < 1 << 63 else None


def new_secret_id() -> int:
    """Return a key that nobody can guess: 62 random bits, for what its bearer alone may use."""
    return secrets.randbits(62) | 1


def new_uid() -> str:
    """Return a booking's public name: 26 random letters, constant for its life."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(26))


def is_slug(text: str) -> bool:
    """Tell whether `text` may stand in an address: a-z, 0-9 and inner hyphens, up to 64."""
    return _SLUG.fullmatch(text) is not None


def slug_stem(title: str, otherwise: str) -> str:
    """Return a name for an address made from `title`, at most 56 letters; maybe `otherwise`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_SLUGS.sub("-", plain).strip("-")[:_LONGEST_STEM].strip("-") or otherwise


def free_slug(stem: str, taken: Container[str]) -> str:
    """Return `stem`, with the lowest number from 2 behind it where it is `taken`."""
    number, slug = 1, stem
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug
