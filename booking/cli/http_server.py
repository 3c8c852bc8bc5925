"""The HTTP server of `booking serve`: waitress, tuned, and polite to those who ask again."""

from __future__ import annotations

from typing import Any

import click
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import WSGITask

_THREADS = 8


class KeptTask(WSGITask):  # type: ignore[misc]
    """Keeps the connection open after an answer that has no body by its nature.

    waitress closes whatever has no length. A 304 or 204 ends with its headers (RFC 9112, 6.3), and
    an open page that asks every few seconds should not have to connect each time.
    """

    def set_close_on_finish(self) -> None:
        """Close after this answer, unless its end is known or the client wants more."""
        wants_close = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or wants_close or self.version != "1.1":
            super().set_close_on_finish()


class KeptChannel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests are served by `KeptTask`."""

    task_class = KeptTask


def run_server(app: Flask, host: str, port: int) -> None:
    """Serve until interrupted.

    The numbers hold 300 slow connections while others are answered (bench/slow_clients.py).
    """
    sockets: dict[int, Any] = {}
    server: Any = create_server(
        app,
        map=sockets,
        host=host,
        port=port,
        threads=_THREADS,
        connection_limit=1000,
        channel_timeout=20,
        max_request_body_size=1 << 20,
        ident=None,
        clear_untrusted_proxy_headers=False,
    )
    for listener in sockets.values():  # one, or one for each address that a name has
        if hasattr(listener, "channel_class"):
            listener.channel_class = KeptChannel
    click.echo(f"Serving on http://{host}:{port}", err=True)
    server.run()
