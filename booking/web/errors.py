"""One place where errors become answers: problem documents for programs, pages for people.

Every answer carries the request's number, none carries internals. A database that is busy, full
or away answers 503 with Retry-After.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, make_response, render_template
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from booking.core.errors import BookingError, FieldError, InvalidInput
from booking.web.current import request_id
from booking.web.negotiation import wants_json
from booking.web.problems import (
    code_of,
    extras_of,
    headers_of,
    problem,
    status_of,
)

_log = logging.getLogger(__name__)
_SAY: Final[Mapping[int, str]] = {
    400: "The request could not be understood.",
    401: "Sign in to see this page.",
    403: "You may not do this.",
    404: "There is nothing here.",
    405: "This address does not take that kind of request.",
    413: "The request is larger than 256 KiB.",
    414: "The address is too long.",
    415: "Send the body as application/json.",
    500: "That didn't work, and nothing was changed. Try again.",
    503: "Booking is busy right now. Try again in a moment.",
}
_KEPT_HEADERS = ("Allow", "Retry-After")
_BUSY_SECONDS = "2"


def init_errors(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(BookingError, _on_booking_error)
    app.register_error_handler(HTTPException, _on_http_error)
    for busy in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(busy, _on_busy)
    app.register_error_handler(DataError, _on_data_error)
    app.register_error_handler(Exception, _on_unexpected)


def invalid_input(messages: Mapping[str, Any]) -> InvalidInput:
    """Return marshmallow's nested messages, by location, as one InvalidInput."""
    faults: list[FieldError] = []
    for inside in messages.values():
        faults.extend(_faults(inside, ""))
    return InvalidInput(tuple(faults))


def _faults(messages: Any, pointer: str) -> list[FieldError]:
    if isinstance(messages, Mapping):
        found: list[FieldError] = []
        for name, inside in messages.items():
            below = pointer if name == "_schema" else f"{pointer}/{_escaped(name)}"
            found.extend(_faults(inside, below))
        return found
    lines = messages if isinstance(messages, list) else [messages]
    return [FieldError(pointer, str(line)) for line in lines]


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _on_booking_error(error: BookingError) -> Response:
    status = status_of(error)
    headers = headers_of(error)
    if wants_json():
        return problem(status, error.code, error.message, extras_of(error), headers)
    return _page(status, error.message, headers)


def _on_http_error(error: HTTPException) -> Response:
    data = getattr(error, "data", None)
    if error.code == HTTPStatus.UNPROCESSABLE_ENTITY and data and "messages" in data:
        return _on_booking_error(invalid_input(data["messages"]))
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())
    # Werkzeug's own words would quote what was sent; ours do not.
    own_words = error.description if type(error).description != error.description else None
    detail = own_words or _SAY.get(error.code, HTTPStatus(error.code).phrase)
    kept = {name: value for name, value in error.get_headers() if name in _KEPT_HEADERS}
    return _answer(error.code, detail, kept)


def _on_busy(error: Exception) -> Response:
    _log.warning("database_unavailable request=%s kind=%s", request_id(), type(error).__name__)
    return _answer(503, _SAY[503], {"Retry-After": _BUSY_SECONDS})


def _on_data_error(error: DataError) -> Response:
    _log.warning("value_refused_by_database request=%s kind=%s", request_id(), type(error.orig))
    return _on_booking_error(InvalidInput((), "A value is outside of what can be stored."))


def _on_unexpected(error: Exception) -> Response:
    _log.error("unexpected_error request=%s", request_id(), exc_info=error)
    return _answer(500, _SAY[500], {})


def _answer(status: int, detail: str, headers: Mapping[str, str]) -> Response:
    if wants_json():
        return problem(status, code_of(status), detail, headers=headers)
    return _page(status, detail, headers)


def _page(status: int, detail: str, headers: Mapping[str, str]) -> Response:
    title = HTTPStatus(status).phrase
    page = render_template(
        "errors/error.html",
        status=status,
        title=title,
        detail=detail,
        retry_after=headers.get("Retry-After"),
        request_id=request_id(),
    )
    return Response(page, status=status, content_type="text/html; charset=utf-8", headers=headers)
