"""Settings, Privacy: a host's own data as a file, and the end of the account."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.core.errors import Conflict, Unauthorized
from booking.security.throttle import Limit
from booking.web import current
from booking.web.host.forms import sent
from booking.web.login import sign_out
from booking.web.policy import host_only

pages = Blueprint("host_privacy", __name__, url_prefix="/settings/privacy")
_CONFIRMATIONS: Final = Limit(hits=10, seconds=15 * 60)


@pages.get("")
@host_only
def show() -> str:
    """Say what is kept and for how long."""
    return _page({})


@pages.get("/export.zip")
@host_only
def export() -> Response:
    """Return everything that is kept about the host."""
    made = current.services().exporter.of_user(current.user_id(), f"user:{current.user_id()}")
    name = f"booking-{current.host().username}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made.as_zip(), content_type="application/zip", headers=headers)


@pages.get("/erase")
@host_only
def ask_erase() -> str:
    """Say what erasing does, and ask for the password."""
    return _ask({})


@pages.post("/erase")
@host_only
def erase() -> ResponseReturnValue:
    """Erase the account; the login ends with it."""
    form, services, user_id = sent(), current.services(), current.user_id()
    services.throttle.hit(f"confirm|{user_id}", _CONFIRMATIONS.hits, _CONFIRMATIONS.seconds)
    try:
        services.accounts.confirm_password(user_id, form.text("password"))
    except Unauthorized as error:
        return _ask({"password": error.message}, form.first()), 422
    if form.text("username").strip().lower() != current.host().username:
        return _ask({"username": "This is not your username."}, form.first()), 422
    try:
        services.eraser.erase_user(
            user_id,
            remove_copies=form.text("calendar_copies") == "remove",
            cancel_upcoming=form.is_set("cancel_upcoming"),
            actor=f"user:{user_id}",
        )
    except Conflict as error:
        return _ask({"cancel_upcoming": error.message}, form.first()), 409
    sign_out()
    flash("Your account is erased.", "good")
    return redirect(url_for("auth.login"), 303)


def _page(errors: dict[str, str]) -> str:
    days = current.services().settings.guest_data_days
    return render_template("host/settings_privacy.html", errors=errors, days=days)


def _ask(errors: dict[str, str], values: dict[str, str] | None = None) -> str:
    return render_template("host/settings_erase.html", errors=errors, values=values or {})
