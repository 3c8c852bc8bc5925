"""Settings, Feeds: the host's secret feed of bookings, and published free and busy times."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.web import current
from booking.web.feed_addresses import bookings_address, free_busy_address
from booking.web.host.forms import sent
from booking.web.host.words import ago
from booking.web.policy import host_only

pages = Blueprint("host_feeds", __name__, url_prefix="/settings/feeds")


@pages.get("")
@host_only
def show() -> str:
    """Show what is published."""
    return _page()


@pages.post("/bookings")
@host_only
def open_feed() -> ResponseReturnValue:
    """Make an address for the feed of bookings and show it this once; an older one ends."""
    token = current.services().feeds.open(current.user_id())
    return _page(bookings_address(current.host().username, token)), 201


@pages.get("/bookings/close")
@host_only
def ask_close() -> str:
    """Say what switching the feed off does, and ask once more."""
    return render_template("host/settings_feeds_close.html")


@pages.post("/bookings/close")
@host_only
def close_feed() -> ResponseReturnValue:
    """Switch the feed of bookings off."""
    current.services().feeds.close(current.user_id())
    flash("The feed is off. Its address no longer works.", "good")
    return redirect(url_for(".show"), 303)


@pages.post("/free-busy")
@host_only
def change_free_busy() -> ResponseReturnValue:
    """Publish free and busy times, or no longer."""
    is_shown = sent().is_set("shows_free_busy")
    current.services().feeds.show_free_busy(current.user_id(), shown=is_shown)
    flash(
        "Anybody can see when you are busy." if is_shown else "Your busy times are private.", "good"
    )
    return redirect(url_for(".show"), 303)


def _page(address: str = "") -> str:
    view = current.services().feeds.get(current.user_id())
    since = view.bookings_since
    return render_template(
        "host/settings_feeds.html",
        since="" if since is None else ago(since, current.now()),
        address=address,
        shows_free_busy=view.shows_free_busy,
        free_busy_address=free_busy_address(current.host().username),
    )
