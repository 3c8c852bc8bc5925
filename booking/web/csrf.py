"""Proof that an unsafe request comes from our own page: where it started, and a token.

Both are asked for on pages with a login. Guests' forms are exempt (a frame on another site has
no cookie to bind a token to) and limited instead; the API never looks at cookies.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import BadRequest

from booking.core.errors import Forbidden
from booking.web.current import services

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_csrf = CSRFProtect()


def init_csrf(app: Flask) -> None:
    """Make `csrf_token()` known to templates; checking is left to the policies."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_SSL_STRICT"] = False
    _csrf.init_app(app)


def check_own_form() -> None:
    """Refuse an unsafe request that did not start on one of our pages.

    Errors: Forbidden for a foreign origin, BadRequest for a missing or old token.
    """
    if request.method in _SAFE:
        return
    if not _is_same_origin():
        raise Forbidden("This form was sent from another site.")
    try:
        _csrf.protect()
    except CSRFError:
        raise BadRequest("This form has expired. Load the page again and repeat it.") from None


def _is_same_origin() -> bool:
    """Judge by Sec-Fetch-Site, else by Origin; a client that sends neither has the token to show.

    Source: https://www.w3.org/TR/fetch-metadata/; a page that sends no referrer has the origin
    `null`, so the first speaks before the second.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    ours = {services().settings.base_url, request.host_url.rstrip("/")}
    return origin in ours and urlsplit(origin).scheme in {"http", "https"}
