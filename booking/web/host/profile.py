"""Settings, Profile: how a host appears, in which zone, and what holds for all event types."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.core.errors import InvalidInput, SlugTaken
from booking.core.ids import encode_id
from booking.core.zones import countries
from booking.web import current
from booking.web.host.forms import SentForm, faults, sent
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("host_profile", __name__, url_prefix="/settings")
_WHEN_CHANGED: Final = (
    ("ask", "Ask me: show what changed on the booking, and let me decide"),
    ("follow", "Follow: move or cancel the booking and tell the guest"),
    ("restore", "Put back: the booking decides, the event is corrected"),
)


@pages.get("")
@host_only
def first() -> ResponseReturnValue:
    """Go to the first page of the settings."""
    return redirect(url_for(".show"), 303)


@pages.get("/profile")
@host_only
def show() -> str:
    """Show the profile."""
    account = current.host()
    kept = {
        "name": account.name,
        "username": account.username,
        "time_zone": account.time_zone,
        "locale": account.locale,
        "buffer_minutes": account.buffer_minutes,
        "default_schedule_id": account.default_schedule_id,
        "on_calendar_change": account.on_calendar_change,
    }
    return _page(kept, {})


@pages.post("/profile")
@host_only
def save() -> ResponseReturnValue:
    """Store the profile."""
    fields = _fields(sent())
    try:
        current.services().accounts.change_profile(current.user_id(), fields)
    except SlugTaken as error:
        return _page(fields, {"username": error.message}), status_of(error)
    except InvalidInput as error:
        return _page(fields, faults(error)), status_of(error)
    flash("Your profile was saved.", "good")
    return redirect(url_for(".show"), 303)


def _fields(form: SentForm) -> dict[str, Any]:
    names = ("name", "username", "time_zone", "locale", "on_calendar_change")
    texts: dict[str, Any] = {name: form.text(name) for name in names}
    minutes = form.whole("buffer_minutes")
    return texts | {
        "buffer_minutes": 0 if minutes is None else minutes,
        "default_schedule_id": form.key("default_schedule_id"),
    }


def _page(kept: dict[str, Any], errors: dict[str, str]) -> str:
    schedules = current.services().schedules.list(current.user_id())
    chosen = kept["default_schedule_id"]
    return render_template(
        "host/settings_profile.html",
        kept=kept,
        errors=errors,
        countries=countries(),
        base_url=current.services().settings.base_url,
        schedules=[(encode_id(each.id), each.name) for each in schedules],
        schedule=encode_id(chosen) if chosen else "",
        when_changed=_WHEN_CHANGED,
    )
