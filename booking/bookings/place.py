"""A booking's place in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TEXTS = {
    "link": ("url",),
    "phone": ("phone",),
    "in_person": ("address",),
    "google_meet": (),
    "teams": (),
}


def place_text(location: Mapping[str, Any] | None) -> str:
    """Return what stands in a calendar's location field for a place."""
    if location is None:
        return ""
    for name in _TEXTS.get(str(location["type"]), ()):
        if location.get(name):
            return str(location[name])
    return str(location.get("label") or "")
