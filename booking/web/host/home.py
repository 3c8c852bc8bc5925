"""The front door: hosts come to their bookings, everybody else reads what this is."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking.web.current import services
from booking.web.login import signed_in
from booking.web.policy import own_form

pages = Blueprint("home", __name__)


@pages.get("/")
@own_form
def show() -> Response | str:
    """Show the landing page, or lead a signed-in host on."""
    if signed_in() is not None:
        return redirect(url_for("host_bookings.overview"), 303)
    return render_template("host/landing.html", may_sign_up=services().settings.signup == "open")
