"""How a cursor names the calendar that it belongs to."""

from __future__ import annotations

import hashlib


def digest_of(calendar: str) -> str:
    """Return 16 hexadecimal digits: a cursor that came to another calendar is known by them."""
    return hashlib.sha256(calendar.encode()).hexdigest()[:16]
