"""The colour of a task's event, which follows the priority. Pure.

Google has eleven colours with numbers of their own, CalDAV the names of CSS (RFC 7986, 5.9).
Outlook has no colours but categories, of which every mailbox begins with six; servers that know
no COLOR show CATEGORIES (RFC 5545, 3.8.1.2), so both are written.
Source: https://developers.google.com/workspace/calendar/api/v3/reference/colors
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from booking.sync.ports import JSON
from booking.tasks.values import Priority

_GOOGLE: Final = {
    Priority.URGENT: "#d50000",
    Priority.HIGH: "#f4511e",
    Priority.NORMAL: "#039be5",
    Priority.LOW: "#616161",
}
_NAMES: Final = {
    Priority.URGENT: "crimson",
    Priority.HIGH: "darkorange",
    Priority.NORMAL: "royalblue",
    Priority.LOW: "slategray",
}
_OUTLOOK: Final = {
    "crimson": "Red category",
    "darkorange": "Orange category",
    "royalblue": "Blue category",
    "slategray": "Green category",
}
_WORDS: Final = {
    "crimson": "Urgent",
    "darkorange": "High priority",
    "royalblue": "Normal priority",
    "slategray": "Low priority",
}


def color_for(provider: str, priority: str) -> str:
    """Return the colour of an event at a provider, as its unit `color` says it."""
    palette = _GOOGLE if provider == "google" else _NAMES
    return palette[Priority(priority)]


def labels_for(provider: str, units: Mapping[str, JSON]) -> tuple[str, ...]:
    """Return the category that says the same where colours do not show, then those it replaces."""
    words = {"microsoft": _OUTLOOK, "caldav": _WORDS}.get(provider, {})
    found = words.get(str(units.get("color") or ""))
    return (found, *(each for each in words.values() if each != found)) if found else ()
