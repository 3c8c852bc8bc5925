"""Marshmallow fields that every schema shares: opaque ids, texts, pages of lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from booking.core.ids import decode_id, encode_id
from booking.core.text import clean_line

_NOT_AN_ID = "Must be an id."


class OpaqueId(fields.Field[int]):
    """A 63-bit key inside, a short string outside."""

    def _serialize(
        self, value: int | None, _attr: str | None, _obj: Any, **_kwargs: Any
    ) -> str | None:
        return None if value is None else encode_id(value)

    def _deserialize(
        self, value: Any, _attr: str | None, _data: Mapping[str, Any] | None, **_kwargs: Any
    ) -> int:
        key = decode_id(value) if isinstance(value, str) else None
        if key is None:
            raise ValidationError(_NOT_AN_ID)
        return key


class Line(fields.String):
    """One line of text, cleaned."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        return clean_line(text)


def page_of(item: type[Schema]) -> type[Schema]:
    """Return the schema of one page of a list: `data` and `next_cursor`."""
    name = item.__name__.removesuffix("Schema") + "PageSchema"
    page: type[Schema] = Schema.from_dict(
        {
            "data": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(required=True, allow_none=True),
        },
        name=name,
    )
    return page
