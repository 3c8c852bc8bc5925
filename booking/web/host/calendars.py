"""The calendars page: connect accounts, choose what blocks and where bookings go."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.calendars.providers.caldav.presets import PRESETS
from booking.calendars.values import CalendarView, ConnectionView
from booking.core.errors import BookingError, NotFound, ProviderError
from booking.core.ids import encode_id
from booking.web import current
from booking.web.host import calendar_cards as cards
from booking.web.host.calendar_choices import Choosing, Wish
from booking.web.host.forms import faults, sent
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("host_calendars", __name__, url_prefix="/settings/calendars")
_STEPS = {
    "address": "reading the address",
    "resolve": "looking up the server's name",
    "connect": "connecting to the server",
    "tls": "checking the server's certificate",
    "answer": "waiting for the server's answer",
    "redirect": "following the server elsewhere",
    "size": "reading the answer",
    "sign_in": "signing in",
    "discovery": "looking for your account",
    "list_calendars": "listing your calendars",
    "create_calendar": "creating the calendar",
}


@pages.get("")
@host_only
def show() -> str:
    """Show every connection with its calendars, and the steps of a first visit."""
    return _page()


@pages.post("")
@host_only
def save() -> Response:
    """Store which calendars block and which one receives bookings; say what changed."""
    form = sent()
    wish = Wish(
        blocking=frozenset(form.keys("block")),
        tentative=frozenset(form.keys("tentative")),
        destination=form.key("destination"),
    )
    choosing = Choosing(
        selection=current.services().selection, user_id=current.user_id(), wish=wish
    )
    choosing.apply(_all_calendars())
    for refusal in choosing.refusals:
        flash(refusal, "bad")
    if choosing.changes or not choosing.refusals:
        flash(" ".join(choosing.changes) or "Nothing was changed.", "good")
    return redirect(url_for(".show"), 303)


@pages.get("/connect")
@host_only
def ask_connect() -> str:
    """Show the kinds of servers, or the form for one of them."""
    return _connect_form(request.args.get("preset", ""), {}, {})


@pages.post("/connect")
@host_only
def connect() -> Response | tuple[str, int]:
    """Sign in at a calendar server and keep the connection."""
    form = sent()
    preset = form.text("preset")
    try:
        if preset == cards.FEED:
            view = current.services().connections.connect_feed(current.user_id(), form.text("url"))
        else:
            view = current.services().connections.connect_caldav(
                current.user_id(),
                preset,
                form.text("url"),
                form.text("username"),
                form.text("password"),
            )
    except BookingError as error:
        kept = {"url": form.text("url"), "username": form.text("username")}
        return _connect_form(preset, kept, _told(error)), status_of(error)
    flash(f"Connected “{view.account}”. Now choose which calendars block.", "good")
    return redirect(url_for(".show"), 303)


@pages.post("/<id:connection>/refresh")
@host_only
def refresh(connection: int) -> Response:
    """Have the account's list and its selected calendars read again now."""
    services, user_id, key = current.services(), current.user_id(), connection
    chosen = {each.calendar_id for each in services.selection.list(user_id)}
    services.connections.ask_relist(user_id, key)
    for calendar in services.connections.calendars(user_id, key):
        if calendar.id in chosen and calendar.gone_at is None:
            services.calendar_status.ask_refresh(user_id, calendar.id)
    flash("The account is being read again. Load this page in a few seconds.", "good")
    return redirect(url_for(".show"), 303)


@pages.post("/<id:connection>/<id:calendar>/refresh")
@host_only
def refresh_fully(connection: int, calendar: int) -> Response:
    """Forget what is known of one calendar and read it afresh."""
    services, user_id = current.services(), current.user_id()
    services.connections.get(user_id, connection)
    services.calendar_status.ask_refresh(user_id, calendar, full=True)
    flash("The calendar is being read afresh. Load this page in a few seconds.", "good")
    return redirect(url_for(".show"), 303)


@pages.get("/<id:connection>/reconnect")
@host_only
def ask_reconnect(connection: int) -> str | Response:
    """Ask for the password again, or send the host to where access is granted."""
    view = _connection(connection)
    if view.provider in cards.GRANTED:
        key = encode_id(connection)
        return redirect(url_for("host_oauth.start", provider=view.provider, connection=key), 303)
    return _reconnect_form(connection, {})


@pages.post("/<id:connection>/reconnect")
@host_only
def reconnect(connection: int) -> Response | tuple[str, int]:
    """Renew the password; calendars and choices stay."""
    try:
        view = current.services().connections.reconnect(
            current.user_id(), connection, sent().text("password")
        )
    except NotFound:
        raise
    except BookingError as error:
        return _reconnect_form(connection, _told(error)), status_of(error)
    flash(f"Reconnected “{view.account}”. All choices were kept.", "good")
    return redirect(url_for(".show"), 303)


@pages.get("/<id:connection>/disconnect")
@host_only
def ask_disconnect(connection: int) -> str:
    """Say what disconnecting changes and what stays, and ask once more."""
    services, user_id = current.services(), current.user_id()
    effect = services.connections.effect_of_disconnect(user_id, connection)
    pairs = [
        f"“{pair.left.name}” and “{pair.right.name}”"
        for pair in services.pairs.list(user_id)
        if connection in {pair.left.connection_id, pair.right.connection_id}
    ]
    return render_template("host/disconnect.html", effect=effect, key=connection, pairs=pairs)


@pages.post("/<id:connection>/disconnect")
@host_only
def disconnect(connection: int) -> Response:
    """Delete the credentials; nothing is changed in the calendars."""
    service, user_id, key = current.services().connections, current.user_id(), connection
    view = service.get(user_id, key)
    service.disconnect(user_id, key)
    flash(
        f"Disconnected “{view.account}”. Its credentials were deleted; events already written to "
        "its calendars stay there.",
        "good",
    )
    return redirect(url_for(".show"), 303)


@pages.get("/<id:connection>/new")
@host_only
def ask_create(connection: int) -> str:
    """Ask for the name and colour of a new calendar."""
    return _create_form(connection, "", "#0c6152", {})


@pages.post("/<id:connection>/new")
@host_only
def create(connection: int) -> Response | tuple[str, int]:
    """Make a calendar at the provider."""
    form = sent()
    name, color = form.text("name"), form.text("color")
    try:
        view = current.services().connections.create_calendar(
            current.user_id(), connection, name, color or None
        )
    except NotFound:
        raise
    except BookingError as error:
        return _create_form(connection, name, color, _told(error)), status_of(error)
    flash(f"Created “{view.name}” at the server. Choose below what to use it for.", "good")
    return redirect(url_for(".show"), 303)


def _page() -> str:
    services, user_id, now = current.services(), current.user_id(), current.now()
    connections = services.connections.list(user_id)
    listed = {each.id: services.connections.calendars(user_id, each.id) for each in connections}
    proposal = cards.propose([row for rows in listed.values() for row in rows])
    known = cards.Known(
        statuses=services.calendar_status.statuses(user_id),
        presets=PRESETS,
        proposal=proposal,
        now=now,
    )
    shown = [cards.card(each, listed[each.id], known) for each in connections]
    page_url = current.external(f"/{current.host().username}")
    return render_template(
        "host/calendars.html",
        cards=shown,
        steps=cards.steps(shown, proposal is None, page_url),
        is_proposed=proposal is not None,
        has_destination=any(row.receives for each in shown for row in each.rows),
        has_problem=any(each.cause for each in shown),
        page_url=page_url,
    )


def _all_calendars() -> list[CalendarView]:
    services, user_id = current.services(), current.user_id()
    return [
        row
        for each in services.connections.list(user_id)
        for row in services.connections.calendars(user_id, each.id)
    ]


def _connect_form(preset: str, kept: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "host/connect.html",
        clouds=[(name, cards.GRANTED[name]) for name in current.services().oauth.providers],
        presets=tuple(PRESETS.values()),
        preset=PRESETS.get(preset),
        is_feed=preset == cards.FEED,
        kept=kept,
        errors=errors,
    )


def _reconnect_form(connection: int, errors: Mapping[str, str]) -> str:
    view = _connection(connection)
    return render_template(
        "host/reconnect.html",
        connection=view,
        key=connection,
        preset=PRESETS.get(view.preset),
        errors=errors,
    )


def _create_form(connection: int, name: str, color: str, errors: Mapping[str, str]) -> str:
    return render_template(
        "host/new_calendar.html",
        connection=_connection(connection),
        key=connection,
        name=name,
        color=color,
        errors=errors,
    )


def _connection(connection: int) -> ConnectionView:
    return current.services().connections.get(current.user_id(), connection)


def _told(error: BookingError) -> dict[str, str]:
    """Return the fault by field; a provider's is told with the step that failed."""
    if not isinstance(error, ProviderError):
        return faults(error)
    step = _STEPS.get(str(error.details.get("step", "")))
    field = {"sign_in": "password", "address": "url", "resolve": "url"}.get(
        str(error.details.get("step", "")), ""
    )
    return {field: f"{error.message} (It failed while {step}.)" if step else error.message}
