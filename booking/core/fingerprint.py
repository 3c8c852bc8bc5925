"""A stable hash of an event's merge units, to tell "the same content" without keeping it.

Equal units give equal fingerprints on every machine and Python. It hides nothing: a short title
can be guessed from it, so it is content as far as logs are concerned.
"""

from __future__ import annotations

import hashlib
import json

from booking.core.event_parts import Units


def fingerprint(units: Units) -> str:
    """Return the SHA-256 of the units' canonical JSON, as 64 hexadecimal digits."""
    text = json.dumps(units, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
