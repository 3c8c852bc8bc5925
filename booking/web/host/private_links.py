"""An event type's private links: made, listed with what is left of each, ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.core import intake
from booking.core.errors import Conflict, InvalidInput
from booking.core.instants import DAY, from_instant
from booking.core.zones import wall_to_instant, zone
from booking.eventtypes.private_links import PrivateLinkView
from booking.web import current
from booking.web.host.forms import SentForm, faults, sent
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint(
    "host_private_links", __name__, url_prefix="/event-types/<id:event_type>/private-links"
)
_DAY_MINUTES = DAY // 60


@pages.get("")
@host_only
def show(event_type: int) -> str:
    """List the links of an event type, and ask for what a new one needs."""
    return _page(event_type, {}, {})


@pages.post("")
@host_only
def make(event_type: int) -> ResponseReturnValue:
    """Make a link."""
    form = sent()
    try:
        current.services().private_links.create(current.user_id(), event_type, _fields(form))
    except (InvalidInput, Conflict) as error:
        return _page(event_type, form.first(), faults(error)), status_of(error)
    flash("The link is made. Copy it from the list.", "good")
    return redirect(url_for(".show", event_type=event_type), 303)


@pages.post("/<id:link>/end")
@host_only
def end(event_type: int, link: int) -> ResponseReturnValue:
    """End a link."""
    current.services().private_links.delete(current.user_id(), event_type, link)
    flash("The link has ended. Bookings made through it stand.", "good")
    return redirect(url_for(".show", event_type=event_type), 303)


def _fields(form: SentForm) -> dict[str, Any]:
    return {
        "name": form.text("name"),
        "expires_at": _end_of_day(form.text("expires_on").strip()),
        "most_uses": form.whole("most_uses"),
    }


def _end_of_day(text: str) -> datetime | None:
    """Return the end of a local date in the host's zone. Errors: InvalidInput."""
    if not text:
        return None
    local = zone(current.host().time_zone)
    return from_instant(wall_to_instant(intake.day(text, "/expires_on"), _DAY_MINUTES, local))


def _page(event_type: int, values: Mapping[str, str], errors: dict[str, str]) -> str:
    services, user_id = current.services(), current.user_id()
    view = services.event_types.get_managed(user_id, event_type)
    if "expires_at" in errors:
        errors["expires_on"] = errors.pop("expires_at")
    return render_template(
        "host/private_links.html",
        event_type=view,
        links=[(link, _state(link)) for link in services.private_links.list(user_id, event_type)],
        values=values,
        errors=errors,
    )


def _state(link: PrivateLinkView) -> str:
    """Return what is left of a link, in words."""
    most = f" of {link.most_uses}" if link.most_uses else ""
    used = f"{link.uses}{most} bookings"
    if link.expires_at is None:
        return f"{used}, no end"
    local = link.expires_at.astimezone(ZoneInfo(current.host().time_zone))
    word = "until" if link.expires_at > current.now() else "ended"
    at_midnight = local.time() == time(0)
    return f"{used}, {word} {local:%d %B %Y}{', midnight' if at_midnight else f', {local:%H:%M}'}"
