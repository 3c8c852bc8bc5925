"""Reading JSON values from outside: each reader checks one value and names the faulty place.

A reader takes a value and its JSON pointer (RFC 6901) and returns the checked value; it raises
InvalidInput with every fault it found. Readers nest, so a whole object is read with one table.
What the values mean together is left to the room that reads them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from booking.core.errors import FieldError, InvalidInput
from booking.core.text import clean_line, clean_text
from booking.core.zones import is_zone

Reader = Callable[[object, str], Any]

_ADDRESS_LENGTH = 2000
_DATE_LENGTH = 10
_YEARS = (1970, 2999)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One member of an object: how it is read, whether it must be there, whether null clears."""

    read: Reader
    required: bool = False
    nullable: bool = False


def child(pointer: str, name: str | int) -> str:
    """Return the pointer of `name` below `pointer`, escaped (RFC 6901, 3)."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def gathered(reads: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run every read; return what they read, or raise one InvalidInput with all their faults."""
    values: list[Any] = []
    faults: list[FieldError] = []
    for read in reads:
        try:
            values.append(read())
        except InvalidInput as error:
            faults.extend(error.fields)
    if faults:
        raise InvalidInput(tuple(faults))
    return values


def read_object(
    fields: Mapping[str, Field], value: object, pointer: str = "", *, change: bool = False
) -> dict[str, Any]:
    """Return the members of `value` that were given, each checked by its row of `fields`.

    `change` forgives missing members. Errors: InvalidInput for unknown, missing, faulty ones.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput.at(pointer, "Must be an object.")
    names = [str(name) for name in value]
    reads = [_member(fields, name, value[name], child(pointer, name)) for name in names]
    if not change:
        missing = [name for name, field in fields.items() if field.required and name not in value]
        reads.extend(_missing(child(pointer, name)) for name in missing)
    return dict(gathered(reads))


def _member(
    fields: Mapping[str, Field], name: str, value: object, pointer: str
) -> Callable[[], tuple[str, Any]]:
    def read() -> tuple[str, Any]:
        field = fields.get(name)
        if field is None:
            raise InvalidInput.at(pointer, "Unknown field.")
        if value is None and field.nullable:
            return name, None
        return name, field.read(value, pointer)

    return read


def _missing(pointer: str) -> Callable[[], tuple[str, Any]]:
    def read() -> tuple[str, Any]:
        raise InvalidInput.at(pointer, "This field is required.")

    return read


def record(fields: Mapping[str, Field]) -> Reader:
    """Read an object with exactly these members."""
    return lambda value, pointer: read_object(fields, value, pointer)


def items(read: Reader, *, most: int, least: int = 0) -> Reader:
    """Read a list of `least` to `most` values."""

    def reader(value: object, pointer: str) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise InvalidInput.at(pointer, "Must be a list.")
        if not least <= len(value) <= most:
            raise InvalidInput.at(pointer, f"Must have {least} to {most} entries.")
        return gathered(
            partial(read, item, child(pointer, place)) for place, item in enumerate(value)
        )

    return reader


def line(most: int, *, least: int = 0) -> Reader:
    """Read one line of text of `least` to `most` characters, cleaned."""
    return _text(clean_line, least, most)


def paragraphs(most: int, *, least: int = 0) -> Reader:
    """Read text that may have several lines, cleaned."""
    return _text(clean_text, least, most)


def _text(clean: Callable[[str], str], least: int, most: int) -> Reader:
    def reader(value: object, pointer: str) -> str:
        if not isinstance(value, str):
            raise InvalidInput.at(pointer, "Must be text.")
        text = clean(value)
        if len(text) > most:
            raise InvalidInput.at(pointer, f"Must have at most {most} characters.")
        if len(text) < least:
            raise InvalidInput.at(pointer, "Must not be empty.")
        return text

    return reader


def whole(least: int, most: int) -> Reader:
    """Read a whole number; `true`, `1.5` and `"1"` are not one."""

    def reader(value: object, pointer: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidInput.at(pointer, "Must be a whole number.")
        if not least <= value <= most:
            raise InvalidInput.at(pointer, f"Must be from {least} to {most}.")
        return value

    return reader


def number(value: object, pointer: str) -> float:
    """Read a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidInput.at(pointer, "Must be a number.")
    return value


def flag(value: object, pointer: str) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise InvalidInput.at(pointer, "Must be true or false.")
    return value


def choice(*allowed: str) -> Reader:
    """Read one of a few words."""

    def reader(value: object, pointer: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise InvalidInput.at(pointer, f"Must be one of: {', '.join(allowed)}.")
        return str(value)

    return reader


def day(value: object, pointer: str) -> date:
    """Read a date, YYYY-MM-DD."""
    if isinstance(value, date) and type(value) is date:
        return value
    if isinstance(value, str) and len(value) == _DATE_LENGTH:
        try:
            found = date.fromisoformat(value)
        except ValueError:
            found = date.min
        if _YEARS[0] <= found.year <= _YEARS[1]:
            return found
    raise InvalidInput.at(pointer, "Must be a date like 2026-11-23.")


def zone_name(value: object, pointer: str) -> str:
    """Read the IANA name of a time zone."""
    if not isinstance(value, str) or not is_zone(value):
        raise InvalidInput.at(pointer, "Must be a time zone like Europe/Berlin.")
    return value


def web_address(value: object, pointer: str) -> str:
    """Read an address of the web: http or https, with a host, nothing that scripts or hides."""
    if isinstance(value, str) and is_web_address(value):
        return value.strip()
    raise InvalidInput.at(pointer, "Must be an address that starts with https:// or http://.")


def is_web_address(text: str) -> bool:
    """Tell whether `text` is an absolute http(s) address without credentials or white space."""
    trimmed = text.strip()
    if not trimmed.isprintable() or " " in trimmed or len(trimmed) > _ADDRESS_LENGTH:
        return False
    try:
        parts = urlsplit(trimmed)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host) and "@" not in parts.netloc
