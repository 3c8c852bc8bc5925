"""A bare Flask route that returns fixed bytes, on the server of `booking serve`.

Usage: python bench/bare.py PORT [FILE]; without a file the bytes look like a month of slots.
"""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask, Response

from booking.cli.http_server import run_server

BODY = b'{"start":"2026-11-23T09:00:00+01:00","end":"2026-11-23T09:30:00+01:00"},' * 180


def make_app(body: bytes) -> Flask:
    """Return an application with one route, `/bare`, that returns `body`."""
    app = Flask("bare")

    @app.get("/bare")
    def bare() -> Response:
        return Response(body, content_type="application/json")

    return app


app = make_app(BODY)

if __name__ == "__main__":
    if len(sys.argv) > 2:
        app = make_app(Path(sys.argv[2]).read_bytes())
    run_server(app, "127.0.0.1", int(sys.argv[1]))
