"""Seals credentials at rest: AES-256-GCM under a ring of keys, bound to their place.

The associated data names table, row and column, so a sealed value moved to another row does not
open there. Which rows hold sealed values, and when they are rotated, is left to their rooms.
Source: NIST SP 800-38D (96-bit random nonces; far below 2^32 seals a key).
"""

from __future__ import annotations

import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from booking.core.errors import ReconnectRequired

_VERSION = b"\x01"
_KEY_ID_BYTES = 8
_NONCE_BYTES = 12
_HEAD_BYTES = len(_VERSION) + _KEY_ID_BYTES
_OVERHEAD = _HEAD_BYTES + _NONCE_BYTES + 16


class SealBroken(ReconnectRequired):
    """The value does not open: its key is gone, or it was changed or moved."""

    default_message = (
        "The stored credentials cannot be read with the present keys. Reconnect the account."
    )


def place(table: str, row: int, column: str) -> str:
    """Name where a sealed value lives, as the cipher's `context`."""
    return f"{table}|{row}|{column}"


class Cipher:
    """Seals under the newest key of the ring and opens under any of them.

    `keys`: 32 bytes each, newest first.
    """

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        if not keys:
            raise ValueError("the ring needs a key")
        self._keys = {_key_id(key): AESGCM(key) for key in reversed(keys)}
        self._newest = _key_id(keys[0])

    def __repr__(self) -> str:
        return f"Cipher({len(self._keys)} keys)"

    def seal(self, plain: str, context: str) -> bytes:
        """Return `plain` encrypted: version, key id, nonce, ciphertext with tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _VERSION + self._newest
        body = self._keys[self._newest].encrypt(nonce, plain.encode(), _bound(head, context))
        return head + nonce + body

    def open(self, sealed: bytes, context: str) -> str:
        """Return the plain text.

        Errors: SealBroken where the key is unknown or anything was changed or moved.
        """
        head, nonce, body = _split(sealed)
        key = self._keys.get(head[len(_VERSION) :])
        if key is None or not head.startswith(_VERSION):
            raise SealBroken
        try:
            return key.decrypt(nonce, body, _bound(head, context)).decode()
        except InvalidTag:
            raise SealBroken from None

    def needs_rotation(self, sealed: bytes) -> bool:
        """Tell whether `sealed` is not under the newest key."""
        return sealed[:_HEAD_BYTES] != _VERSION + self._newest

    def rotate(self, sealed: bytes, context: str) -> bytes:
        """Return the same value under the newest key."""
        return self.seal(self.open(sealed, context), context)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"booking credential key|" + key).digest()[:_KEY_ID_BYTES]


def _bound(head: bytes, context: str) -> bytes:
    return head + context.encode()


def _split(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    if len(sealed) < _OVERHEAD:
        raise SealBroken
    nonce_end = _HEAD_BYTES + _NONCE_BYTES
    return sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES:nonce_end], sealed[nonce_end:]
