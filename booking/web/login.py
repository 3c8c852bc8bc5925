"""Who is signed in, by Flask-Login; the only file that imports it.

The cookie holds a random stamp. Identity, role and "disabled" come from the database on every
request, so one changed column ends every login. A login lasts 12 hours without use and 30 days
in all; Flask-Login's remember cookie is not used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, g, session
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf

from booking.accounts.values import UserView
from booking.core.instants import to_instant
from booking.web.current import now, services
from booking.web.sessions import IDLE

IN_ALL: Final = timedelta(days=30)
HOME: Final = "/bookings"
_SINCE = "since"
_SEEN = "seen"
_LONGEST_NEXT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginUser:
    """An account in the form that Flask-Login and templates (`current_user`) know."""

    account: UserView
    is_authenticated: bool = field(default=True, init=False)
    is_active: bool = field(default=True, init=False)
    is_anonymous: bool = field(default=False, init=False)

    def get_id(self) -> str:
        """Return what the cookie holds."""
        return self.account.login_stamp

    @property
    def name(self) -> str:
        """Return the host's name."""
        return self.account.name

    @property
    def username(self) -> str:
        """Return the host's address."""
        return self.account.username

    @property
    def is_admin(self) -> bool:
        """Tell whether the account runs the site."""
        return self.account.is_admin


def init_login(app: Flask) -> None:
    """Set up the loader."""
    manager = LoginManager(app, add_context_processor=False)
    # Handed over unasked: who does not use it does not open the session.
    app.context_processor(lambda: {"current_user": current_user})
    # Addresses and browsers change under a login; the stamp and the lifetimes protect it.
    manager.session_protection = None
    manager.user_loader(_load)
    # There is no remember cookie to keep, and looking for it would open every guest's session.
    app.after_request_funcs[None].remove(manager._update_remember_cookie)  # noqa: SLF001


def sign_in(account: UserView) -> None:
    """Start a login in a fresh session, whatever the old one held."""
    session.clear()
    login_user(LoginUser(account=account), remember=False)
    session.permanent = True
    moment = to_instant(now())
    session[_SINCE] = moment
    session[_SEEN] = moment
    # The token is in the session from the start: two pages that load side by side would otherwise
    # each put their own there, and the slower answer would void the other page's forms.
    g.pop("csrf_token", None)
    generate_csrf()


def renew(account: UserView) -> None:
    """Carry this login over to the account's new stamp; its age stays."""
    since = session.get(_SINCE)
    sign_in(account)
    session[_SINCE] = since


def sign_out() -> None:
    """End this login and forget the session."""
    logout_user()
    session.clear()


def signed_in() -> UserView | None:
    """Return who is signed in, by the database; note that the login was used."""
    if not current_user.is_authenticated:
        return None
    session[_SEEN] = to_instant(now())
    account: UserView = current_user.account
    return account


def local_path(wanted: str | None) -> str:
    """Return `wanted` where it is a path of this site, else the host's first page.

    Browsers read a backslash as a slash and skip control characters, so neither may appear.
    """
    if not wanted or len(wanted) > _LONGEST_NEXT or not wanted.isprintable():
        return HOME
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted:
        return HOME
    parts = urlsplit(wanted)
    return HOME if parts.scheme or parts.netloc else wanted


def _load(stamp: str) -> LoginUser | None:
    if not _is_live():
        return None
    account = services().accounts.find_by_stamp(stamp)
    return LoginUser(account=account) if account else None


def _is_live() -> bool:
    moment = to_instant(now())
    since, seen = session.get(_SINCE), session.get(_SEEN)
    if not isinstance(since, int) or not isinstance(seen, int):
        return False
    return moment - since < IN_ALL.total_seconds() and moment - seen < IDLE.total_seconds()
