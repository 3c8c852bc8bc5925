"""Settings, Security: password, e-mail address, other logins, and invitations by admins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.names import normal_email
from booking.accounts.values import UserView
from booking.core.errors import InvalidInput, SlugTaken, Unauthorized
from booking.security.throttle import Limit
from booking.security.tokens import new_invitation
from booking.web import current
from booking.web.host.forms import SentForm, faults, sent
from booking.web.login import renew
from booking.web.policy import admin_only, host_only
from booking.web.problems import status_of

pages = Blueprint("host_security", __name__, url_prefix="/settings/security")
_INVITED_FOR: Final = timedelta(days=7)
_CONFIRMATIONS: Final = Limit(hits=10, seconds=15 * 60)


@pages.get("")
@host_only
def show() -> str:
    """Show what can be changed."""
    return _page({})


@pages.post("/password")
@host_only
def change_password() -> ResponseReturnValue:
    """Set another password; every other login ends, this one goes on."""
    form = sent()
    if form.text("new_password") != form.text("repeated"):
        return _page({"repeated": "The two new passwords differ."}), 422
    return _changed(
        lambda: current.services().accounts.change_password(
            current.user_id(), form.text("current_password"), form.text("new_password")
        ),
        wrong="current_password",
        said="Your password was changed. All other logins have ended.",
    )


@pages.post("/email")
@host_only
def change_email() -> ResponseReturnValue:
    """Set another address to sign in with."""
    form = sent()
    return _changed(
        lambda: current.services().accounts.change_email(
            current.user_id(), form.text("email_password"), form.text("email")
        ),
        wrong="email_password",
        said="Your e-mail address was changed.",
        form=form,
    )


@pages.post("/logins")
@host_only
def end_other_logins() -> ResponseReturnValue:
    """End every login but this one."""
    renew(current.services().accounts.end_logins(current.user_id()))
    flash("All other logins have ended.", "good")
    return redirect(url_for(".show"), 303)


@pages.post("/invitations")
@admin_only
def invite() -> ResponseReturnValue:
    """Make an invitation: an address that lets one person sign up within a week."""
    try:
        email = normal_email(sent().text("invited"), "/invited")
    except InvalidInput as error:
        return _page(faults(error)), status_of(error)
    secret_key, ends_at = current.services().settings.secret_key, current.now() + _INVITED_FOR
    token = new_invitation(secret_key, email, ends_at)
    address = current.external(url_for("auth.signup", invite=token, email=email))
    return _page({}, invitation=address)


def _changed(
    change: Callable[[], UserView], *, wrong: str, said: str, form: SentForm | None = None
) -> ResponseReturnValue:
    """Make the change that a password confirms; a stolen login may not guess at it."""
    throttle, bucket = current.services().throttle, f"confirm|{current.user_id()}"
    throttle.hit(bucket, _CONFIRMATIONS.hits, _CONFIRMATIONS.seconds)
    try:
        account = change()
    except Unauthorized as error:
        return _page({wrong: error.message}, form), 422
    except SlugTaken as error:
        return _page({"email": error.message}, form), status_of(error)
    except InvalidInput as error:
        return _page(faults(error), form), status_of(error)
    throttle.forget(bucket)
    renew(account)
    flash(said, "good")
    return redirect(url_for(".show"), 303)


def _page(errors: dict[str, str], form: SentForm | None = None, invitation: str = "") -> str:
    account, settings = current.host(), current.services().settings
    return render_template(
        "host/settings_security.html",
        errors=errors,
        email=form.text("email") if form else account.email,
        may_invite=account.is_admin and settings.signup == "invite",
        invitation=invitation,
    )
