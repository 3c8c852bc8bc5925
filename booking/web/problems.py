"""Errors as `application/problem+json` (RFC 9457), and the table from error class to status."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Response

from booking.core import errors
from booking.core.instants import Instant, from_instant
from booking.web.current import request_id
from booking.web.json_provider import dump_bytes

MIME_TYPE: Final = "application/problem+json"

# A provider's failure is told as 424: the request depended on somebody else, and this server is
# well. No input, not even the address of a broken server, answers 5xx.
STATUS: Final[Mapping[type[errors.BookingError], int]] = {
    errors.BookingError: 400,
    errors.InvalidInput: 422,
    errors.NotFound: 404,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.RateLimited: 429,
    errors.Conflict: 409,
    errors.ProviderError: 424,
    errors.ReconnectRequired: 409,
    errors.Unsupported: 422,
    errors.PermissionDenied: 403,
    errors.ItemGone: 409,
    errors.VersionConflict: 409,
}

_CODES: Final[Mapping[int, str]] = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    414: "too_large",
    415: "unsupported_media_type",
    422: "validation",
    429: "rate_limited",
    503: "unavailable",
}


def status_of(error: errors.BookingError) -> int:
    """Return the HTTP status of the error's class, or of the nearest class above it."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def code_of(status: int) -> str:
    """Return the code of an error that only has a status."""
    return _CODES.get(status, "error")


def headers_of(error: errors.BookingError) -> dict[str, str]:
    """Return the headers that belong to the error."""
    if isinstance(error, errors.Unauthorized):
        return {"WWW-Authenticate": 'Bearer realm="Booking"'}
    retry_after = getattr(error, "retry_after", None)
    return {} if retry_after is None else {"Retry-After": str(retry_after)}


def extras_of(error: errors.BookingError) -> dict[str, Any]:
    """Return the members that the error adds to its problem document."""
    if isinstance(error, errors.InvalidInput):
        return {"errors": [{"pointer": f.pointer, "detail": f.detail} for f in error.fields]}
    if isinstance(error, errors.SlotUnavailable):
        return _free_and_taken(error)
    if isinstance(error, errors.ProviderError) and error.step:
        return {"step": error.step}
    return {}


def problem(
    status: int,
    code: str,
    detail: str,
    extras: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the problem document as an answer."""
    document = {
        "type": f"/api/docs#error-{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id(),
        **(extras or {}),
    }
    return Response(
        dump_bytes(document), status=status, content_type=MIME_TYPE, headers=dict(headers or {})
    )


def _free_and_taken(error: errors.SlotUnavailable) -> dict[str, Any]:
    told: dict[str, Any] = {
        "alternatives": [_span(start, end) for start, end in error.alternatives]
    }
    if error.conflicts:
        told["conflicts"] = [
            {"start": from_instant(Instant(start)), "reasons": [{"code": code} for code in codes]}
            for start, codes in error.conflicts
        ]
    return told


def _span(start: int, end: int) -> dict[str, Any]:
    return {"start": from_instant(Instant(start)), "end": from_instant(Instant(end))}
