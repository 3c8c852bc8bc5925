"""A bare Flask route that returns the bytes of a file, on the server of `booking serve`.

Usage: python bench/bare.py PORT FILE
"""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask, Response

from booking.cli.serve import run_server


def main() -> None:
    """Serve the file's bytes at `/bare`."""
    app = Flask("bare")
    body = Path(sys.argv[2]).read_bytes()

    @app.get("/bare")
    def bare() -> Response:
        return Response(body, content_type="application/json")

    run_server(app, "127.0.0.1", int(sys.argv[1]))


if __name__ == "__main__":
    main()
