"""What is written about each request, and in which form all log lines go out.

A line is an event and `key=value` words; JSON where `LOG_FORMAT` says so. Requests are logged
by path alone: query strings may hold manage tokens and guests' data. Line breaks are escaped, so
no input can forge a line.
"""

from __future__ import annotations

import logging
import secrets
import sys
from datetime import UTC, datetime
from typing import Final

import orjson
from flask import Flask, Response, g, request

from booking.core.clock import monotonic
from booking.settings import Settings
from booking.web.latency import latencies

_REQUEST_ID_BYTES = 8
_LONGEST_PATH = 300
_access = logging.getLogger("booking.access")
_QUIET: Final = ("werkzeug", "waitress.queue", "alembic", "rq.worker")


class TextFormatter(logging.Formatter):
    """One line of text; tracebacks follow indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        head = f"{_moment(record)} {record.levelname} {record.name} {_one_line(record)}"
        if record.exc_info:
            return head + "\n  " + self.formatException(record.exc_info).replace("\n", "\n  ")
        return head


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _one_line(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


def configure_logging(settings: Settings) -> None:
    """Send every log line of this process to standard error in the chosen form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def init_access_log(app: Flask) -> None:
    """Give each request of `app` a number and write a line about each."""

    @app.before_request
    def _number() -> None:
        g.request_id = new_request_number()
        g.started_at = monotonic()

    @app.after_request
    def _note(response: Response) -> Response:
        number = g.get("request_id", "")
        response.headers["X-Request-Id"] = number
        note_request(
            request.method,
            request.path,
            response.status_code,
            taken=monotonic() - g.get("started_at", monotonic()),
            length=response.headers.get("Content-Length", "-"),
            user=_user(),
            number=number,
        )
        return response


def new_request_number() -> str:
    """Return a number that names one request in answers and logs."""
    return secrets.token_hex(_REQUEST_ID_BYTES)


def note_request(
    method: str, path: str, status: int, *, taken: float, length: str, user: str, number: str
) -> None:
    """Count one request and write the line about it; `taken` in seconds."""
    latencies.note(method, status, taken)
    _access.info(
        "request method=%s path=%s status=%d ms=%.1f bytes=%s user=%s request=%s",
        method,
        path[:_LONGEST_PATH].replace(" ", "%20"),
        status,
        taken * 1000,
        length,
        user,
        number,
    )


def _user() -> str:
    bearer, account = g.get("bearer"), g.get("account")
    if bearer is not None:
        return str(bearer.user_id)
    return str(account.id) if account is not None else "-"


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _one_line(record: logging.LogRecord) -> str:
    message = record.getMessage()
    if message.isprintable():
        return message
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in message
    )
