"""Guests of a copy, named at the end of its description: data for people, not invitations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from booking.core.event import Attendee

_HEAD: Final = "-- \nAttendees: "
_HEAD_AS_READ: Final = "--\nAttendees: "


def with_guests(text: str, guests: Iterable[Attendee]) -> str:
    """Return a description with those who attend named at its end."""
    names = ", ".join(f"{one.name} <{one.address}>" if one.name else one.address for one in guests)
    if not names:
        return text
    return f"{text}\n\n{_HEAD}{names}" if text else f"{_HEAD}{names}"


def without_guests(text: str) -> str:
    """Return a cleaned description without that block."""
    for mark in (_HEAD, _HEAD_AS_READ):
        if text.startswith(mark):
            return ""
        head, found, _ = text.rpartition(f"\n\n{mark}")
        if found:
            return head.rstrip()
    return text
