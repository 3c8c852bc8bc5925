"""Exceptions of a series that was shifted as a whole: the same instances under their new keys.

An exception is named by the start that its instance would have had, so a series that moves from
nine to ten renames all of them. What one side kept under the old names and the other under the new
ones is compared under those of the time that holds.

Leaves to others: which time holds, and what becomes of exceptions that cannot be renamed (`merge`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from booking.core.event_units import exception_key, original_start_of
from booking.sync.ports import JSON

EXCEPTIONS = "exceptions/"
_T = TypeVar("_T")


def shift_between(old: JSON, new: JSON) -> timedelta | None:
    """Return by how much a `when` was moved, where its exceptions can follow; None otherwise.

    They can where both are dates, or wall times of the same zone.
    """
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return None
    if old.get("zone") != new.get("zone"):
        return None
    try:
        before = original_start_of(str(old.get("start")))
        after = original_start_of(str(new.get("start")))
    except ValueError:
        return None
    if isinstance(before, datetime) != isinstance(after, datetime):
        return None
    return after - before


def rekeyed(flat: Mapping[str, _T], shift: timedelta) -> dict[str, _T]:
    """Return leaves, or what hangs on leaves, with exceptions under the keys they have now."""
    if not shift:
        return dict(flat)
    return {moved_leaf(leaf, shift): value for leaf, value in flat.items()}


def moved_leaf(leaf: str, shift: timedelta) -> str:
    """Return the name of a leaf after the shift; only exceptions are renamed."""
    if not leaf.startswith(EXCEPTIONS):
        return leaf
    try:
        return EXCEPTIONS + exception_key(original_start_of(leaf.removeprefix(EXCEPTIONS)) + shift)
    except (ValueError, OverflowError):
        return leaf
