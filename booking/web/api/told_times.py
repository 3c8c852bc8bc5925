"""Instants as the API tells them: in UTC with `Z`, or with the offset of the zone asked for."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

UTC_NAME = "UTC"


def told(instant: int, zone: ZoneInfo) -> str:
    """Return `instant` (UTC epoch seconds) as RFC 3339: first the local date."""
    text = datetime.fromtimestamp(instant, zone).isoformat()
    return text.replace("+00:00", "Z") if zone.key == UTC_NAME else text
