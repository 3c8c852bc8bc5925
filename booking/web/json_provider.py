"""JSON by orjson: datetimes as RFC 3339 with `Z`, never as HTTP dates."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Flask
from flask.json.provider import JSONProvider

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class OrjsonProvider(JSONProvider):
    """Flask's JSON, written and read by orjson."""

    def dumps(self, obj: Any, **_kwargs: Any) -> str:
        """Return `obj` as JSON text."""
        return orjson.dumps(obj, option=_OPTIONS).decode()

    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        """Read JSON; NaN, infinity, lone surrogates and bad UTF-8 are ValueErrors."""
        return orjson.loads(s)


def init_json(app: Flask) -> None:
    """Let `app` speak JSON through orjson."""
    app.json = OrjsonProvider(app)


def dump_bytes(value: object) -> bytes:
    """Return `value` as the bytes of an answer."""
    return orjson.dumps(value, option=_OPTIONS)
