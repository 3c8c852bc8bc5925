"""How the API's description tells of lists by pages."""

from __future__ import annotations

from typing import Any, Final

from booking.web.pagination import DEFAULT_LIMIT, LARGEST_LIMIT

PAGED: Final[dict[str, Any]] = {
    "parameters": [
        {
            "in": "query",
            "name": "limit",
            "schema": {
                "type": "integer",
                "minimum": 1,
                "maximum": LARGEST_LIMIT,
                "default": DEFAULT_LIMIT,
            },
        },
        {
            "in": "query",
            "name": "cursor",
            "schema": {"type": "string"},
            "description": "The `next_cursor` of the page before.",
        },
    ]
}
