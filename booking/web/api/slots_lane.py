"""A lane of its own for repeated questions for slots, in front of Flask.

A page that is open asks the same question every few seconds. Where the finder still remembers an
exactly right answer, its bytes go out at once: the same limits, headers and log line as by the
view, without routing, hooks and sessions. Everything else takes the usual way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import parse_etags

from booking.bookings.values import SlotAnswer
from booking.core.clock import monotonic
from booking.core.errors import NotFound, RateLimited
from booking.settings import Settings
from booking.web.api import express
from booking.web.api.slots import cache_headers, slots, written
from booking.web.current import services
from booking.web.headers import data_headers
from booking.web.limits import limit_slots_of
from booking.web.logs import new_request_number, note_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATH = slots.url_prefix or ""


class SlotsLane:
    """Answers what it can and hands on the rest."""

    def __init__(self, app: Flask, onward: WSGIApplication, settings: Settings) -> None:
        self._app = app
        self._onward = onward
        self._fixed = data_headers(settings)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        if environ["PATH_INFO"] != _PATH or environ["REQUEST_METHOD"] != "GET":
            return self._onward(environ, start)
        begun = monotonic()
        answer = self._recall(environ)
        if answer is None:
            return self._onward(environ, start)
        return self._send(answer, environ, start, begun)

    def _recall(self, environ: WSGIEnvironment) -> SlotAnswer | None:
        query = express.meaning(environ.get("QUERY_STRING", "").encode("latin-1"))
        if query is None:
            return None
        with self._app.app_context():
            try:
                answer = services().slots.recall(query)
                if answer is not None:
                    limit_slots_of(environ.get("REMOTE_ADDR") or "unknown")
            except (NotFound, RateLimited, SQLAlchemyError):
                return None  # the view says so in full
        return answer

    def _send(
        self, answer: SlotAnswer, environ: WSGIEnvironment, start: StartResponse, begun: float
    ) -> Iterable[bytes]:
        number = new_request_number()
        headers = [*self._fixed, *cache_headers(answer), ("X-Request-Id", number)]
        is_known = _is_known(environ.get("HTTP_IF_NONE_MATCH"), answer)
        body = b"" if is_known else written.body(answer)
        if not is_known:
            headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start("304 Not Modified" if is_known else "200 OK", headers)
        note_request(
            "GET",
            _PATH,
            304 if is_known else 200,
            taken=monotonic() - begun,
            length=str(len(body)),
            user="-",
            number=number,
        )
        return [body]


def _is_known(tags: str | None, answer: SlotAnswer) -> bool:
    """Tell whether `If-None-Match` names the answer (RFC 9110, 13.1.2: weak tags do, too)."""
    if tags is None or tags == f'"{answer.etag}"':
        return tags is not None
    return parse_etags(tags).contains_weak(answer.etag)


def init_slots_lane(app: Flask, settings: Settings) -> None:
    """Put the lane in front of the application; proxies are believed before it."""
    app.wsgi_app = SlotsLane(app, app.wsgi_app, settings)  # type: ignore[assignment,method-assign]
