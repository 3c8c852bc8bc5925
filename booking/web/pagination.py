"""Lists by pages: `?limit=&cursor=` in, `{"data": […], "next_cursor": …}` out.

A cursor is opaque. Rooms that page in the database hand their own cursor through; short lists
that are read whole are cut here, after the id that the cursor names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from flask import request
from marshmallow import Schema, fields

from booking.core.errors import InvalidInput
from booking.core.ids import decode_id, encode_id

DEFAULT_LIMIT: Final = 50
LARGEST_LIMIT: Final = 100
_LONGEST_CURSOR = 200

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """How much of a list, and from where."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    @property
    def key(self) -> int | None:
        """Return the id that the cursor names, None without one. Errors: InvalidInput."""
        if self.cursor is None:
            return None
        found = decode_id(self.cursor)
        if found is None:
            raise bad_cursor()
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[_Item]):
    """One page, in the form that `page_of` dumps."""

    data: tuple[_Item, ...]
    next_cursor: str | None


def bad_cursor() -> InvalidInput:
    """Return the refusal of a cursor that is none of ours."""
    return InvalidInput.at("/cursor", "Must be a cursor from an earlier page.")


def page_of(item: type[Schema]) -> type[Schema]:
    """Return the schema of one page of a list of `item`."""
    page: type[Schema] = Schema.from_dict(
        {
            "data": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(required=True, allow_none=True),
        },
        name=item.__name__.removesuffix("Schema") + "PageSchema",
    )
    return page


def page_request() -> PageRequest:
    """Read `limit` (1 to 100) and `cursor` from the address. Errors: InvalidInput."""
    raw = request.args.get("limit", str(DEFAULT_LIMIT))
    is_number = raw.isascii() and raw.isdigit() and len(raw) <= 3
    if not is_number or not 1 <= int(raw) <= LARGEST_LIMIT:
        raise InvalidInput.at("/limit", f"Must be a whole number from 1 to {LARGEST_LIMIT}.")
    cursor = request.args.get("cursor") or None
    if cursor is not None and (len(cursor) > _LONGEST_CURSOR or not cursor.isascii()):
        raise bad_cursor()
    return PageRequest(limit=int(raw), cursor=cursor)


def page_by_id(items: Sequence[_Item], id_of: Callable[[_Item], int]) -> Page[_Item]:
    """Return the page of a list that was read whole; it is put in the order of ids.

    Errors: InvalidInput for a bad limit or cursor.
    """
    wanted = page_request()
    after = wanted.key or 0
    rest = sorted((item for item in items if id_of(item) > after), key=id_of)
    return page_cut(rest, wanted, id_of)


def page_cut(
    found: Sequence[_Item], wanted: PageRequest, id_of: Callable[[_Item], int]
) -> Page[_Item]:
    """Return a page of what was read: more than is wanted where the list goes on."""
    data = tuple(found[: wanted.limit])
    more = len(found) > wanted.limit
    return Page(data=data, next_cursor=encode_id(id_of(data[-1])) if more else None)
