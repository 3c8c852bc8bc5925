"""Reads the JSON body of an API request once, refusing what breaks others further in.

Refused: not UTF-8, not JSON, NaN and infinity, lone surrogates, nesting deeper than 32 levels,
NUL in any text. Which fields there must be is left to the schemas.
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from flask import Flask, g, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from booking.core.errors import InvalidInput
from booking.web.negotiation import is_api_request

DEEPEST: Final = 32
NOTHING: Final = object()
"""What `json_body` returns where the request has no body."""

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def init_json_guard(app: Flask) -> None:
    """Check the body of every request to the API."""
    app.before_request(_check_json_body)


def _check_json_body() -> None:
    """Read the body of an unsafe request and keep it for `json_body`.

    Errors: BadRequest, UnsupportedMediaType, InvalidInput; never anything else.
    """
    if request.method not in _UNSAFE or not is_api_request():
        return
    raw = request.get_data(cache=True)
    if not raw:
        return
    if not request.is_json:
        raise UnsupportedMediaType("Send the body as application/json.")
    g.json_body = _parsed(raw)


def json_body() -> Any:
    """Return the checked body, or `NOTHING`."""
    return g.get("json_body", NOTHING)


def _parsed(raw: bytes) -> Any:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BadRequest("The body is not valid JSON.") from None
    _check(value)
    return value


def _check(value: Any) -> None:
    """Walk without recursion: (value, pointer, depth)."""
    waiting: list[tuple[Any, str, int]] = [(value, "", 1)]
    while waiting:
        item, pointer, depth = waiting.pop()
        if isinstance(item, str):
            _refuse_nul(item, pointer)
        elif isinstance(item, dict | list):
            if depth > DEEPEST:
                raise InvalidInput.at("", f"Must not be nested deeper than {DEEPEST} levels.")
            waiting.extend(_inside(item, pointer, depth + 1))


def _inside(item: dict[str, Any] | list[Any], pointer: str, depth: int) -> Any:
    if isinstance(item, list):
        return [(child, f"{pointer}/{place}", depth) for place, child in enumerate(item)]
    for name in item:
        _refuse_nul(name, pointer)
    return [(child, f"{pointer}/{name}", depth) for name, child in item.items()]


def _refuse_nul(text: str, pointer: str) -> None:
    if "\0" in text:
        raise InvalidInput.at(pointer, "Must not contain NUL characters.")
