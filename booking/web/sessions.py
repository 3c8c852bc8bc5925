"""The session cookie: who may read it, how long it lives, and when there is none.

A request with `?embed=1` has no session, whatever cookie came along, and its answer sets none:
a page in a foreign frame has no power of a host.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

from booking.settings import Settings

IDLE: Final = timedelta(hours=12)


class _Sessions(SecureCookieSessionInterface):
    def open_session(self, app: Flask, asked: Request) -> SecureCookieSession | None:
        """Read the session, except for frames."""
        return self.session_class() if _is_framed(asked) else super().open_session(app, asked)

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Send the cookie where it changed or is to live on, except to frames."""
        return not _is_framed(request) and super().should_set_cookie(app, session)


def init_sessions(app: Flask, settings: Settings) -> None:
    """Set up the cookie; behind https it is bound to the very host."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-booking" if settings.is_https else "booking",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=IDLE,
        SESSION_REFRESH_EACH_REQUEST=True,
    )
    app.session_interface = _Sessions()


def _is_framed(asked: Request) -> bool:
    return asked.args.get("embed") == "1"
