"""Random tokens, their hashes, and the tokens that are derived instead of stored.

A stored token is kept as its hash only. Links of guests are derived: an HMAC of what they are for
and of the one thing they open, so none opens anything else. Whoever holds `SECRET_KEY` can make
them again for a mail, and no table gives them away. When they end is decided where they are used.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from booking.core.ids import decode_id, encode_id

_TOKEN_BYTES = 32
_MANAGE = "manage"
_CALENDAR_FILE = "calendar-file"
_PRIVATE_LINK = "private-link"
_WISH = "wish"
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


def calendar_file_token(secret_key: str, uid: str) -> str:
    """Return the token that opens the calendar file of booking `uid`, and nothing else."""
    return derived(secret_key, _CALENDAR_FILE, uid)


def is_calendar_file_token(secret_key: str, uid: str, token: str) -> bool:
    """Tell whether `token` opens the calendar file of booking `uid`."""
    return same(calendar_file_token(secret_key, uid), token)


def private_link_token(secret_key: str, link_id: int) -> str:
    """Return the token of a private link: its id, and the proof of it."""
    name = encode_id(link_id)
    return f"{name}.{derived(secret_key, _PRIVATE_LINK, name)}"


def private_link_of(secret_key: str, token: str) -> int | None:
    """Return the id of the private link that `token` opens, None where it is none."""
    return _named(secret_key, _PRIVATE_LINK, token)


def wish_token(secret_key: str, wish_id: int) -> str:
    """Return the token by which a guest confirms the address of a wish."""
    name = encode_id(wish_id)
    return f"{name}.{derived(secret_key, _WISH, name)}"


def wish_of(secret_key: str, token: str) -> int | None:
    """Return the id of the wish that `token` confirms, None where it is none."""
    return _named(secret_key, _WISH, token)


def _named(secret_key: str, purpose: str, token: str) -> int | None:
    """Return the id in a token that names what it opens, None where its proof is another's."""
    name, _, mark = token.partition(".")
    is_right = same(derived(secret_key, purpose, name), mark)
    return decode_id(name) if is_right else None


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
