"""Secrets and signatures as Standard Webhooks have them. Pure but for the randomness of a secret.

Source: the Standard Webhooks specification, "Webhook scheme": HMAC-SHA256 of id.timestamp.body,
base64, each signature with its version, several parted by spaces.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

_MARK = "whsec_"
_KEY_BYTES = 32


def new_secret() -> str:
    """Return a fresh secret: `whsec_` and 32 random bytes in base64."""
    return _MARK + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return one signature, `v1,…`; `timestamp` in UTC epoch seconds.

    Errors: ValueError for a secret that is not ours.
    """
    key = base64.b64decode(secret.removeprefix(_MARK), validate=True)
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def signed_headers(
    secrets_now: Sequence[str], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the three headers; every secret that is valid now signs, the newest first."""
    signatures = [sign(secret, message_id, timestamp, body) for secret in secrets_now]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
