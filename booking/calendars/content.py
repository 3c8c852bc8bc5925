"""What a replica keeps of an item: its merge units, and the owner's answers to it.

Where only busy times are wanted, nothing that says what an event is about is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from booking.core.event import CalendarEvent, exception_key, from_record, from_units, to_units

ANSWERS = "answers"
_TIMES = ("when", "recurrence", "status", "transparency", "exceptions")
_EXCEPTION_TIMES = ("when", "status", "transparency", "cancelled", "and_future")
_BODY = {"status": "confirmed", "transparency": "opaque"}
_NO_RECORD = {"organizer": None, "sequence": 0, "created_at": None, "updated_at": None, "mark": ""}


def content_of(event: CalendarEvent, *, times_only: bool) -> dict[str, Any]:
    """Return an event as JSON: its units, and under `answers` what the owner answered."""
    units = to_units(event)
    answers = {
        exception_key(exception.original_start): exception.replacement.my_answer.value
        for exception in event.exceptions
        if exception.replacement and exception.replacement.my_answer
    }
    if event.my_answer is not None:
        answers[""] = event.my_answer.value
    return {**(_times(units) if times_only else units), ANSWERS: answers}


def _times(units: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: units[name] for name in _TIMES}
    kept["exceptions"] = {
        start: {name: value for name, value in unit.items() if name in _EXCEPTION_TIMES}
        for start, unit in units["exceptions"].items()
    }
    return kept


def times_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored content without anything that says what the event is about."""
    if not content:
        return {}
    return {**_times(content), ANSWERS: content.get(ANSWERS, {})}


def writable(units: Mapping[str, Any]) -> dict[str, Any]:
    """Return what can be written of merged units: no answers, and no exception of another kind.

    Where one side made the series all-day and the other kept exceptions at wall times, these name
    instances that no longer exist.
    """
    is_timed = "T" in units["when"]["start"]
    exceptions = {
        start: unit
        for start, unit in (units.get("exceptions") or {}).items()
        if ("T" in start) == is_timed
    }
    kept = {name: value for name, value in units.items() if name != ANSWERS}
    return {**kept, "exceptions": exceptions}


def event_of(content: Mapping[str, Any], uid: str) -> CalendarEvent:
    """Return the event that `content_of` was given, as far as it was kept."""
    units = {name: value for name, value in content.items() if name != ANSWERS}
    answers = dict(content.get(ANSWERS, {}))
    if not answers:
        return from_units(units, uid=uid)
    record = {
        **_NO_RECORD,
        "units": units,
        "uid": uid,
        "my_answer": answers.pop("", None),
        "my_answers": answers,
    }
    return from_record(record)


def masked(units: Mapping[str, Any], title: str) -> dict[str, Any]:
    """Return units that show when the owner is busy, and `title` instead of what the event is."""
    return {**_times({"recurrence": None, "exceptions": {}, **_BODY, **units}), "title": title}
