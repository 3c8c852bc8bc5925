"""Connecting Google: off to its consent page, and back.

Both are visits of a signed-in host by GET, as browsers come back from another site that way. What
comes back counts once, for the login that it was begun with.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from booking.calendars.oauth import Visitor
from booking.core.errors import BookingError, NotFound
from booking.core.ids import decode_id
from booking.web import current
from booking.web.policy import host_only

pages = Blueprint("host_oauth", __name__, url_prefix="/connections")


@pages.get("/<any(google, microsoft):provider>/start")
@host_only
def start(provider: str) -> Response:
    """Send the host to the provider; `?connection=` renews one, `&create=1` asks for more there."""
    if request.method == "HEAD":
        return Response()
    wanted = request.args.get("connection")
    connection_id = None if wanted is None else decode_id(wanted)
    if wanted is not None and connection_id is None:
        raise NotFound
    try:
        address = current.services().oauth.start(
            _visitor(),
            provider,
            connection_id=connection_id,
            may_create=request.args.get("create") == "1",
        )
    except NotFound:
        raise
    except BookingError as error:
        return _back(error.message, "bad")
    answer = redirect(address, 303)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@pages.get("/<any(google, microsoft):provider>/callback")
@host_only
def callback(provider: str) -> Response:
    """Take the host back and keep the connection, or say why there is none."""
    if request.method == "HEAD":
        return Response()
    try:
        view = current.services().oauth.finish(_visitor(), provider, request.args.to_dict())
    except NotFound:
        raise
    except BookingError as error:
        return _back(error.message, "bad")
    return _back(f"Connected “{view.account}”. Choose below which calendars block.", "good")


def _visitor() -> Visitor:
    account = current.host()
    return Visitor(user_id=account.id, login=account.login_stamp)


def _back(message: str, kind: str) -> Response:
    flash(message, kind)
    return redirect(url_for("host_calendars.show"), 303)
