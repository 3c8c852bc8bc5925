"""Hashes passwords with argon2id, two at a time, and gives nothing away about unknown accounts.

Source: OWASP Password Storage Cheat Sheet (argon2id, 19 MiB, t=2, p=1).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from booking.core.errors import InvalidInput, RateLimited

SHORTEST = 8
LONGEST = 256
_MEMORY_KIB = 19 * 1024
_AT_ONCE = 2
_PATIENCE_SECONDS = 5.0
# The hash of 32 random bytes that nobody kept: what unknown accounts are checked against.
_NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$gafunf6TLXdXc3J1GvZoFw"
    "$shsOceTK+I1w59yJO+sh/M+2ERucI05bbW2owN/sHR8"
)

# Hashing is memory and CPU on purpose: more than two at once would starve the guests' pages.
_turns = threading.BoundedSemaphore(_AT_ONCE)


class Passwords:
    """Makes and checks password hashes (PHC strings) that take `memory_kib` of memory."""

    def __init__(self, memory_kib: int = _MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=memory_kib, parallelism=1)

    def hash(self, password: str) -> str:
        """Return a fresh salted hash."""
        with _turn():
            return self._hasher.hash(_bytes(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether `password` belongs to `stored`; `None` costs the same and is never true."""
        with _turn():
            try:
                self._hasher.verify(stored or _NOBODYS, _bytes(password))
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def needs_rehash(self, stored: str) -> bool:
        """Tell whether `stored` was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


def check_new_password(password: str, pointer: str = "/password") -> None:
    """Refuse a new password of the wrong length; its characters are free.

    Errors: InvalidInput. Source: OWASP ASVS 5.0, 6.2.1 and 6.2.9.
    """
    if len(password) < SHORTEST:
        raise InvalidInput.at(pointer, f"Use at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise InvalidInput.at(pointer, f"Use at most {LONGEST} characters.")


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=_PATIENCE_SECONDS):
        raise RateLimited(1)
    try:
        yield
    finally:
        _turns.release()


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
