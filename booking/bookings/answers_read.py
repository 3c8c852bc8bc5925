"""A guest's answers as people read them: each with its question's label, in no language."""

from __future__ import annotations

from typing import Any

from booking.bookings.models import Booking
from booking.eventtypes.models import EventType


def labelled_answers(booking: Booking, event_type: EventType | None) -> tuple[tuple[str, str], ...]:
    """Return (label, answer) pairs; a question that is asked no more is named by its key."""
    asked = event_type.questions if event_type is not None and event_type.questions else []
    labels = {question["key"]: question["label"] for question in asked}
    return tuple((labels.get(key, key), _text(value)) for key, value in booking.answers.items())


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    if isinstance(value, bool):
        return "\N{CHECK MARK}" if value else "\N{EM DASH}"
    return str(value)
