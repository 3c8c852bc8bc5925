"""`/hooks/google` and `/hooks/microsoft`: where providers push that a calendar changed.

Whatever is sent, the answer is the same and comes at once: a push is checked, noted and followed
up by the worker. It carries no data that is used, so a forged one could only cause a reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from flask import Blueprint, Response, request

from booking.web.current import services
from booking.web.policy import proven_inside

MOST_NOTIFICATIONS: Final = 1000
_LONGEST_WORD: Final = 2048

hooks = Blueprint("hooks", __name__, url_prefix="/hooks")


@hooks.post("/google")
@proven_inside
def google() -> Response:
    """Hear one push of Google's; its body is empty, all is said in headers.

    Source: https://developers.google.com/workspace/calendar/api/guides/push
    """
    headers = request.headers
    if headers.get("X-Goog-Resource-State") != "sync":
        services().push.desk.heard(
            headers.get("X-Goog-Channel-ID", ""), headers.get("X-Goog-Channel-Token", "")
        )
    return Response(status=200)


@hooks.post("/microsoft")
@proven_inside
def microsoft() -> Response:
    """Hear Graph's notifications, or echo the word by which it makes sure of us.

    Source: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
    """
    word = request.args.get("validationToken")
    if word is not None:
        return Response(word[:_LONGEST_WORD], status=200, content_type="text/plain; charset=utf-8")
    for notification in _notifications(request.get_data(cache=False)):
        _hear(notification)
    return Response(status=202)


def _notifications(body: bytes) -> list[Mapping[str, Any]]:
    """Return what a body holds that looks like notifications; nothing for anything else."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    listed = found.get("value") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        return []
    return [each for each in listed[:MOST_NOTIFICATIONS] if isinstance(each, dict)]


def _hear(notification: Mapping[str, Any]) -> None:
    state, event = notification.get("clientState"), notification.get("lifecycleEvent")
    key, _, secret = state.partition(".") if isinstance(state, str) else ("", "", "")
    if isinstance(event, str):
        services().push.desk.heard_lifecycle(key, secret, event)
    else:
        services().push.desk.heard(key, secret)
