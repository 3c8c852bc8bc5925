"""How each field of a task is read from its API form; pages, commands and API refuse alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from booking.core import intake
from booking.core.errors import InvalidInput
from booking.core.instants import EARLIEST, LATEST, to_instant
from booking.core.intake import Field
from booking.tasks.dress import LONGEST_TITLE, unstruck
from booking.tasks.times import LONGEST_MINUTES
from booking.tasks.values import Priority

LONGEST_TEXT: Final = 20_000
NO_DUE_DATE: Final = "Give the task a due date first: its event needs a time."


def _title(value: object, pointer: str) -> str:
    """Read a title. A stroke in it would read as completed, so it is taken off."""
    plain, _ = unstruck(intake.line(LONGEST_TITLE, least=1)(value, pointer))
    if not plain:
        raise InvalidInput.at(pointer, "Must not be empty.")
    return plain


def _moment(value: object, pointer: str) -> datetime:
    """Read an aware moment; fractions of a second are dropped."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidInput.at(
            pointer, "Must be a moment with its offset, like 2026-11-23T09:00:00Z."
        )
    if not EARLIEST <= to_instant(value) < LATEST:
        raise InvalidInput.at(pointer, "Must lie between the years 1900 and 2200.")
    return value.astimezone(UTC).replace(microsecond=0)


FIELDS: Final[Mapping[str, Field]] = {
    "title": Field(read=_title, required=True),
    "description": Field(read=intake.paragraphs(LONGEST_TEXT)),
    "due_at": Field(read=_moment, nullable=True),
    "duration_minutes": Field(read=intake.whole(1, LONGEST_MINUTES)),
    "priority": Field(read=intake.choice(*Priority)),
    "completed": Field(read=intake.flag),
    "sync_enabled": Field(read=intake.flag),
}


def read_new(fields: Mapping[str, object]) -> dict[str, Any]:
    """Return the fields of a new task. Errors: InvalidInput with every fault."""
    return intake.read_object(FIELDS, fields)


def read_change(fields: Mapping[str, object]) -> dict[str, Any]:
    """Return the fields to be changed. Errors: InvalidInput with every fault."""
    return intake.read_object(FIELDS, fields, change=True)
