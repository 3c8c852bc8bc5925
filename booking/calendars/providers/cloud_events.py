"""What the rows of every cloud need on their way to a calendar event.

Leaves to others: the fields, which are each cloud's own (`*.event_in`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from booking.core.event import AllDay, Attendee, CalendarEvent, exception_key, to_units


def telling(event: CalendarEvent) -> CalendarEvent:
    """Leave out exceptions that differ in nothing: a reminder makes one, and so does an undo."""
    units = to_units(event)["exceptions"]
    assert isinstance(units, Mapping)  # noqa: S101  (by `to_units`)
    kept = [one for one in event.exceptions if units[exception_key(one.original_start)] != {}]
    return replace(event, exceptions=tuple(kept))


def joined(kept: tuple[Attendee, ...], people: tuple[Attendee, ...]) -> tuple[Attendee, ...]:
    """Return everybody once, by address, as the cloud knows them where it does (`people`)."""
    found = {one.address: one for one in (*kept, *people)}
    return tuple(found[address] for address in sorted(found))


def without_zone(event: CalendarEvent) -> CalendarEvent:
    """Return an event that was written as floating, which clouds keep in a zone, floating again."""
    if isinstance(event.when, AllDay) or event.when.end_zone is not None:
        return event
    return replace(event, when=replace(event.when, zone=None))
