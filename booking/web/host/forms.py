"""Reading a host's forms, and naming the field that a fault belongs to.

Values are handed to the services in the API's form; what they mean is checked there alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from booking.core.errors import BookingError, InvalidInput
from booking.core.ids import decode_id
from booking.core.text import clean_text

_LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class SentForm:
    """The fields of a form, each under its name; a name may come several times."""

    fields: Mapping[str, list[str]]

    def text(self, name: str) -> str:
        """Return the first value, "" where there is none."""
        return next(iter(self.fields.get(name, [])), "")

    def first(self) -> dict[str, str]:
        """Return the first value of every name."""
        return {name: self.text(name) for name in self.fields}

    def many(self, name: str) -> list[str]:
        """Return all values of a name."""
        return list(self.fields.get(name, []))

    def is_set(self, name: str) -> bool:
        """Tell whether a checkbox is ticked or a button was pressed."""
        return name in self.fields

    def whole(self, name: str) -> int | str | None:
        """Return a whole number, None for an empty field, and as it is what is no number.

        The service then names the fault, as it does for a program's input.
        """
        raw = self.text(name).strip()
        if not raw:
            return None
        return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else raw

    def wholes(self, name: str) -> list[int | str]:
        """Return the whole numbers of a field that takes several, parted by commas."""
        parts = self.text(name).replace(",", " ").split()
        return [
            int(part) if part.isascii() and part.isdigit() and len(part) < 10 else part
            for part in parts
        ]

    def key(self, name: str) -> int | None:
        """Return the id behind a chosen option, None for the empty one.

        What is not one of our ids becomes one that nobody has.
        """
        raw = self.text(name)
        return (decode_id(raw) or 1) if raw else None

    def keys(self, name: str) -> set[int]:
        """Return the ids behind ticked boxes; strangers' and broken ones are left to the caller."""
        return {key for raw in self.many(name) if (key := decode_id(raw)) is not None}


def sent() -> SentForm:
    """Return the form of this request."""
    return SentForm(request.form.to_dict(flat=False))


def reason() -> str | None:
    """Return why, in the host's words and cut to what is kept; None where nothing is said."""
    return clean_text(sent().text("reason"))[:_LONGEST_REASON] or None


def faults(error: BookingError) -> dict[str, str]:
    """Return messages by field: `/window/days` belongs to the field `window_days`.

    What belongs to no field stands under "".
    """
    if not isinstance(error, InvalidInput) or not error.fields:
        return {"": error.message}
    named: dict[str, str] = {}
    for fault in error.fields:
        named.setdefault(fault.pointer.strip("/").replace("/", "_"), fault.detail)
    return named
