"""How a task is dressed as an event, and undressed again: the stroke and the link. Pure.

A completed task's title is struck through: each letter is followed by U+0336, which Google, Apple,
Thunderbird and Nextcloud draw through it. Outlook draws it beside the letters and cuts subjects at
255, so there a tick stands before the title. Either is taken off on reading: it is no edit.

The description ends with the address of the task. It is taken off on reading wherever it stands,
as people write above and below it and servers wrap it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from booking.core.ids import encode_id
from booking.core.text import clean_line, clean_text
from booking.sync.ports import JSON

STRUCK, LINK = "struck", "link"
LONGEST_TITLE = 500
_STROKE = "\u0336"
_TICK = "✓ "
# Strokes after these would tear emoji and accents apart.
_UNSTRUCK = frozenset({"So", "Sk", "Mn", "Mc", "Me", "Cf"})
_ADDRESS = re.compile(r"<?https?://[^\s<>]+/tasks/[0-9a-hjkmnp-tv-z]{13}(?![0-9a-z])>?")
_MANY_LINES = re.compile(r"\n{3,}")


class Stroke(StrEnum):
    """How a provider shows best that a task is done."""

    LINE = "line"
    TICK = "tick"


def stroke_for(provider: str) -> Stroke:
    """Return how a provider's calendars show that a task is done."""
    return Stroke.TICK if provider == "microsoft" else Stroke.LINE


def link_of(base_url: str, task_id: int) -> str:
    """Return the address of a task's page."""
    return f"{base_url.rstrip('/')}/tasks/{encode_id(task_id)}"


def struck(title: str, stroke: Stroke) -> str:
    """Return a title with its stroke."""
    lined = "".join(
        letter if unicodedata.category(letter) in _UNSTRUCK else letter + _STROKE
        for letter in title
    )
    if stroke is Stroke.TICK or lined == title:
        return f"{_TICK}{title}"
    return clean_line(lined)


def unstruck(title: str) -> tuple[str, bool]:
    """Return a title without its stroke, and whether all of it was struck."""
    if title.startswith(_TICK):
        return clean_line(title.removeprefix(_TICK)), True
    plain = clean_line(title.replace(_STROKE, ""))
    return plain, plain != title and struck(plain, Stroke.LINE) == title


def with_link(text: str, link: str) -> str:
    """Return a description that ends with the task's address."""
    return f"{text}\n\n{link}".strip() if link else text


def without_link(text: str) -> tuple[str, str]:
    """Return a description without the address of a task, and that address, "" where none is."""
    found = _ADDRESS.search(text)
    if found is None:
        return clean_text(text), ""
    rest = clean_text(_ADDRESS.sub("", text))
    return _MANY_LINES.sub("\n\n", rest), found.group().strip("<>")


def dressed(units: Mapping[str, JSON], stroke: Stroke) -> dict[str, JSON]:
    """Return a task's units as those of an event."""
    title, text = str(units.get("title") or ""), str(units.get("description") or "")
    event = {name: value for name, value in units.items() if name not in {STRUCK, LINK}}
    event["title"] = struck(title, stroke) if units.get(STRUCK) else title
    event["description"] = with_link(text, str(units.get(LINK) or ""))
    return event


def undressed(units: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return an event's units as those of a task."""
    title, is_struck = unstruck(str(units.get("title") or ""))
    text, link = without_link(str(units.get("description") or ""))
    return {**units, "title": title, STRUCK: is_struck, "description": text, LINK: link}
