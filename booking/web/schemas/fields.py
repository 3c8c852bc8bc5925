"""Kinds of fields that all schemas share.

Most only describe: a value goes to its room as it was sent and is checked there, so that pages
and API refuse the same things in the same words. Ids and moments have another form outside than
inside and are changed here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields

from booking.core.ids import decode_id, encode_id
from booking.core.instants import EARLIEST, LATEST, Instant, from_instant, to_instant

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_NO_MOMENT = "Must be a moment with its offset, like 2026-11-23T09:00:00Z."


class _Described(fields.Field[Any]):
    """A field that hands over what was sent."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return value


class Text(_Described, fields.String):
    """Text."""


class Whole(_Described, fields.Integer):
    """A whole number; give its bounds as `metadata`."""


class Flag(_Described, fields.Boolean):
    """True or false."""


class Day(_Described, fields.Date):
    """A date, YYYY-MM-DD."""


def choice(*allowed: str, **kwargs: Any) -> Text:
    """Return a field for one of a few words."""
    return Text(metadata={"enum": list(allowed)}, **kwargs)


def minutes(least: int, most: int, **kwargs: Any) -> Whole:
    """Return a field for a length in whole minutes."""
    return Whole(metadata={"minimum": least, "maximum": most}, **kwargs)


def true_or_false(**kwargs: Any) -> fields.Boolean:
    """Return a field that takes true and false alone, checked by the schema itself."""
    return fields.Boolean(truthy={True}, falsy={False}, **kwargs)


def change_of(schema: type[Schema]) -> type[Schema]:
    """Return the schema of a change: every field may be left out, and keeps its value then."""

    def start(self: Schema, **kwargs: Any) -> None:
        schema.__init__(self, **{**kwargs, "partial": True})

    name = schema.__name__.removesuffix("Schema") + "ChangeSchema"
    return type(name, (schema,), {"__init__": start, "__doc__": schema.__doc__})


class Id(fields.String):
    """An opaque id outside, an integer inside."""

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return None if value is None else encode_id(value)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        key = decode_id(value) if isinstance(value, str) else None
        if not key:
            raise ValidationError("There is nothing with this id.")
        return key


class Moment(fields.AwareDateTime):
    """An aware datetime, written in UTC with Z (RFC 3339)."""

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return None if value is None else rfc3339(value.astimezone(UTC))

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return from_instant(parse_moment(value))


class At(fields.AwareDateTime):
    """An instant inside (UTC epoch seconds), a moment outside (RFC 3339)."""

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return None if value is None else rfc3339(from_instant(Instant(value)))

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return parse_moment(value)


def parse_moment(value: object) -> Instant:
    """Return the instant that an RFC 3339 moment names; fractions of a second are dropped.

    Errors: ValidationError for anything else, a moment without offset among it.
    """
    if not isinstance(value, str) or _MOMENT.fullmatch(value) is None:
        raise ValidationError(_NO_MOMENT)
    try:
        instant = to_instant(datetime.fromisoformat(value.upper()))
    except (ValueError, OverflowError):
        raise ValidationError(_NO_MOMENT) from None
    if not EARLIEST <= instant < LATEST:
        raise ValidationError("Must lie between the years 1900 and 2200.")
    return instant


def rfc3339(moment: datetime) -> str:
    """Return `moment` with the offset it has; UTC as Z."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
