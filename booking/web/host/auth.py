"""Signing in, signing up where the operator allows it, and signing out."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.service import EmailTaken
from booking.core.errors import InvalidInput, RateLimited, SlugTaken, Unauthorized
from booking.core.text import clean_line
from booking.core.zones import countries
from booking.security.tokens import is_invitation
from booking.web import current
from booking.web.host.forms import SentForm, faults, sent
from booking.web.limits import SIGN_UPS, limit_visitor
from booking.web.login import local_path, sign_in, sign_out, signed_in
from booking.web.policy import host_only, own_form
from booking.web.problems import headers_of, status_of

pages = Blueprint("auth", __name__)
_DEFAULT_ZONE: Final = "Europe/London"
_WELCOME: Final = (
    "If this e-mail address was new here, your account is ready: sign in. "
    "If you have an account already, sign in with its password."
)


@pages.get("/login")
@own_form
def login() -> ResponseReturnValue:
    """Show the form; who is signed in already goes on."""
    wanted = local_path(request.args.get("next"))
    if signed_in() is not None:
        return redirect(wanted, 303)
    return _login_page(wanted, "", {})


@pages.post("/login")
@own_form
def do_login() -> ResponseReturnValue:
    """Check address and password; every refusal looks alike."""
    form = sent()
    wanted, email = local_path(form.text("next")), form.text("email")
    try:
        account = current.services().sign_in.authenticate(
            email, form.text("password"), current.client_address()
        )
    except (Unauthorized, RateLimited) as error:
        page = _login_page(wanted, email, {"": error.message})
        return page, status_of(error), headers_of(error)
    sign_in(account)
    return redirect(wanted, 303)


@pages.post("/logout")
@host_only
def logout() -> ResponseReturnValue:
    """End this login."""
    sign_out()
    flash("You are signed out.", "good")
    return redirect(url_for(".login"), 303)


@pages.get("/signup")
@own_form
def signup() -> ResponseReturnValue:
    """Show the form, where sign-up is open or the address holds a good invitation."""
    invitation, email = request.args.get("invite", ""), request.args.get("email", "")
    _check_allowed(email, invitation)
    return _signup_page({"time_zone": _DEFAULT_ZONE, "invite": invitation, "email": email}, {})


@pages.post("/signup")
@own_form
def do_signup() -> ResponseReturnValue:
    """Make the account; the answer does not tell whether the e-mail address was known."""
    form = sent()
    _check_allowed(form.text("email"), form.text("invite"))
    limit_visitor("signup", SIGN_UPS)
    try:
        _create(form)
    except EmailTaken:
        pass
    except SlugTaken as error:
        return _signup_page(_kept(form), {"username": error.message}), status_of(error)
    except InvalidInput as error:
        return _signup_page(_kept(form), faults(error)), status_of(error)
    flash(_WELCOME, "good")
    return redirect(url_for(".login"), 303)


def _create(form: SentForm) -> None:
    current.services().accounts.create_user(
        email=form.text("email"),
        username=form.text("username"),
        name=form.text("name"),
        time_zone=form.text("time_zone"),
        password=form.text("password"),
    )


def _check_allowed(email: str, invitation: str) -> None:
    settings = current.services().settings
    address = clean_line(email).lower()
    is_invited = settings.signup == "invite" and is_invitation(
        settings.secret_key, address, invitation, current.now()
    )
    if settings.signup != "open" and not is_invited:
        abort(404)


def _kept(form: SentForm) -> dict[str, str]:
    names = ("name", "username", "email", "time_zone", "invite")
    return {name: form.text(name) for name in names}


def _login_page(wanted: str, email: str, errors: dict[str, str]) -> str:
    is_open = current.services().settings.signup == "open"
    return render_template(
        "auth/login.html", wanted=wanted, email=email, errors=errors, may_sign_up=is_open
    )


def _signup_page(kept: dict[str, str], errors: dict[str, str]) -> str:
    base = current.services().settings.base_url
    return render_template(
        "auth/signup.html", kept=kept, errors=errors, countries=countries(), base_url=base
    )
