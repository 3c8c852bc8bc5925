"""Random tokens, their hashes, and the tokens that are derived instead of stored.

A stored token is kept as its hash only. A booking's manage token is an HMAC of the booking's
uid: whoever holds `SECRET_KEY` can make it again for a mail, and no table gives it away.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

_TOKEN_BYTES = 32
_MANAGE = "manage"
_INVITATION = "invitation"


def new_token() -> str:
    """Return 32 random bytes, url-safe (43 characters)."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Return the SHA-256 of `token` in hex: enough for random tokens, never for passwords."""
    return hashlib.sha256(_bytes(token)).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare in a time that does not tell where they differ."""
    return hmac.compare_digest(_bytes(left), _bytes(right))


def is_token_of(token: str, token_hash: str) -> bool:
    """Tell whether `token` is the one that was stored as `token_hash`."""
    return same(hash_token(token), token_hash)


def manage_token(secret_key: str, uid: str) -> str:
    """Return the manage token of booking `uid`: HMAC-SHA256, url-safe, 43 characters."""
    return derived(secret_key, _MANAGE, uid)


def is_manage_token(secret_key: str, uid: str, token: str) -> bool:
    """Tell whether `token` manages booking `uid`, in constant time."""
    return same(manage_token(secret_key, uid), token)


def new_invitation(secret_key: str, email: str, ends_at: datetime) -> str:
    """Return a token that lets `email` sign up until `ends_at`; it is not stored.

    As an address has at most one account, it is used up by its use.
    """
    deadline = str(int(ends_at.timestamp()))
    return f"{deadline}.{derived(secret_key, _INVITATION, f'{deadline}|{email}')}"


def is_invitation(secret_key: str, email: str, token: str, now: datetime) -> bool:
    """Tell whether `token` lets `email` sign up at this moment."""
    deadline, _, mark = token.partition(".")
    if not same(mark, derived(secret_key, _INVITATION, f"{deadline}|{email}")):
        return False
    return now.timestamp() < int(deadline)


def derived(secret_key: str, purpose: str, subject: str) -> str:
    """Return the token for `subject` and `purpose`; purposes never share tokens."""
    mark = hmac.new(_bytes(secret_key), _bytes(f"{purpose}|{subject}"), hashlib.sha256)
    return base64.urlsafe_b64encode(mark.digest()).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    # Hostile input may hold lone surrogates; they must compare as unequal, not raise.
    return text.encode("utf-8", "surrogatepass")
