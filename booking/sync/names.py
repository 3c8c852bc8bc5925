"""Names, uids and marks of the copies we make: fixed before anything is sent.

A name depends on pair, link and generation alone, so a repeated request meets its own result.
Names are lower-case hexadecimal, which every provider takes: CalDAV file names, and Google's event
ids (a-v, 0-9; https://developers.google.com/workspace/calendar/api/v3/reference/events/insert).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from booking.core.ids import decode_id, encode_id

_LENGTH = 32
_ALIKE = ("title", "when", "recurrence")
_ROOT_LENGTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a mark says: which link of which pair made the copy, and of which root it is one."""

    pair_id: int
    link_id: int
    root: str


def name_of(pair_id: int, link_id: int, generation: int) -> str:
    """Return the name of a copy, 32 letters out of 0-9 and a-f."""
    return _digest("name", pair_id, link_id, generation)[:_LENGTH]


def uid_of(pair_id: int, link_id: int, generation: int) -> str:
    """Return the uid of a copy; another one than the original's, as some servers insist."""
    return _digest("uid", pair_id, link_id, generation)[:_LENGTH]


def root_of(place: str, key: str) -> str:
    """Return the root of an item that a person made; `place` names its calendar."""
    return _digest("root", place, key)[:_ROOT_LENGTH]


def likeness_of(units: Mapping[str, object]) -> str:
    """Return the same text for items of the same title, time and rule; "" where no title is kept.

    Two calendars that were filled by hand, or by an import, are matched by it at their first
    meeting; it never links anything afterwards.
    """
    if "title" not in units:
        return ""
    alike = json.dumps([units.get(name) for name in _ALIKE], sort_keys=True)
    return _digest("alike", alike)[:_ROOT_LENGTH]


def mark_text(mark: Mark) -> str:
    """Return the mark as one word without commas (Radicale cuts values at commas)."""
    return f"{encode_id(mark.pair_id)}-{encode_id(mark.link_id)}-{mark.root}"


def read_mark(text: str) -> Mark | None:
    """Return what a mark says, None for anything that `mark_text` did not write."""
    parts = text.split("-")
    if len(parts) != 3:
        return None
    pair_id, link_id = decode_id(parts[0]), decode_id(parts[1])
    if pair_id is None or link_id is None or not parts[2]:
        return None
    return Mark(pair_id=pair_id, link_id=link_id, root=parts[2])


def _digest(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()
