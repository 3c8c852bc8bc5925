"""The pages of rooms and equipment: what bookings occupy beside their hosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking.core.errors import BookingError, NotFound
from booking.core.ids import encode_id
from booking.resources.values import ResourceView
from booking.web import current
from booking.web.host.forms import SentForm, faults, sent
from booking.web.host.team_words import team_options
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("host_resources", __name__, url_prefix="/resources")
Errors = Mapping[str, str]


@pages.get("")
@host_only
def overview() -> str:
    """Show the rooms and equipment that the host may use."""
    return _overview({}, SentForm({}))


@pages.post("")
@host_only
def create() -> Response | tuple[str, int]:
    """Make a room or a piece of equipment."""
    form = sent()
    try:
        made = current.services().resources.create(current.user_id(), _fields(form))
    except BookingError as error:
        return _overview(faults(error), form), status_of(error)
    flash(f"Made “{made.name}”. An event type occupies it once it is ticked there.", "good")
    return redirect(url_for(".overview"), 303)


@pages.get("/<id:resource>")
@host_only
def show(resource: int) -> str:
    """Show one resource for editing."""
    view = _resource(resource)
    return _page(view, _typed(view), {})


@pages.post("/<id:resource>")
@host_only
def save(resource: int) -> Response | tuple[str, int]:
    """Store what was typed."""
    form, view = sent(), _resource(resource)
    try:
        current.services().resources.change(current.user_id(), resource, _changed(form, view))
    except NotFound:
        raise
    except BookingError as error:
        return _page(view, form, faults(error)), status_of(error)
    flash("Saved.", "good")
    return redirect(url_for(".show", resource=resource), 303)


@pages.get("/<id:resource>/delete")
@host_only
def ask_delete(resource: int) -> str:
    """Ask once more."""
    return render_template("host/resource_delete.html", resource=_resource(resource), errors={})


@pages.post("/<id:resource>/delete")
@host_only
def delete(resource: int) -> Response | tuple[str, int]:
    """Delete what no event type needs."""
    view = _resource(resource)
    try:
        current.services().resources.delete(current.user_id(), resource)
    except NotFound:
        raise
    except BookingError as error:
        page = render_template("host/resource_delete.html", resource=view, errors=faults(error))
        return page, status_of(error)
    flash(f"Deleted “{view.name}”.", "good")
    return redirect(url_for(".overview"), 303)


def _fields(form: SentForm) -> dict[str, Any]:
    return {
        "name": form.text("name"),
        "kind": form.text("kind").strip() or "room",
        "capacity": form.whole("capacity"),
        "calendar_id": form.key("calendar_id"),
        "team_id": form.key("team_id"),
    }


def _changed(form: SentForm, view: ResourceView) -> dict[str, Any]:
    """Return what differs: a calendar or team of another member is kept, not claimed."""
    before = {
        "name": view.name,
        "kind": view.kind,
        "capacity": view.capacity,
        "calendar_id": view.calendar_id,
        "team_id": view.team_id,
    }
    return {name: value for name, value in _fields(form).items() if value != before[name]}


def _typed(view: ResourceView) -> SentForm:
    keys = {"calendar_id": view.calendar_id, "team_id": view.team_id}
    texts = {"name": view.name, "kind": view.kind, "capacity": str(view.capacity or "")}
    texts |= {name: "" if key is None else encode_id(key) for name, key in keys.items()}
    return SentForm({name: [text] for name, text in texts.items()})


def _overview(errors: Errors, form: SentForm) -> str:
    services, user_id = current.services(), current.user_id()
    names = {each.id: each.name for each in services.teams.list(user_id)}
    return render_template(
        "host/resources.html",
        resources=[
            (each, names.get(each.team_id or 0, "")) for each in services.resources.list(user_id)
        ],
        typed=form,
        errors=errors,
        **_choices(None),
    )


def _page(view: ResourceView, form: SentForm, errors: Errors) -> str:
    return render_template(
        "host/resource.html", resource=view, typed=form, errors=errors, **_choices(view)
    )


def _choices(view: ResourceView | None) -> dict[str, list[tuple[str, str]]]:
    """Return the calendars and teams to choose from, with those that are chosen already."""
    services, user_id = current.services(), current.user_id()
    calendars = [
        (encode_id(calendar.id), f"{calendar.name} ({connection.account})")
        for connection in services.connections.list(user_id)
        for calendar in services.connections.calendars(user_id, connection.id)
    ]
    teams = services.teams.list(user_id)
    run = team_options((each.id, each.name) for each in teams if each.role.is_admin)
    if view is not None:
        _keep(calendars, view.calendar_id, "A calendar of another member")
        _keep(run, view.team_id, "The team it belongs to")
    return {"calendars": calendars, "teams": run}


def _keep(options: list[tuple[str, str]], chosen: int | None, name: str) -> None:
    if chosen is not None and encode_id(chosen) not in dict(options):
        options.append((encode_id(chosen), name))


def _resource(resource: int) -> ResourceView:
    return current.services().resources.get(current.user_id(), resource)
