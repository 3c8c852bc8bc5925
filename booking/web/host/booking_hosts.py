"""Pages of a booking's people: giving it to another host, noting that the guest did not come."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking.core.errors import BookingError, InvalidInput, NotFound
from booking.core.ids import decode_id, encode_id
from booking.web import current, english
from booking.web.host import booking_rows as rows
from booking.web.host.forms import reason, sent
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("people", __name__)
_NEXT = "next"


@pages.get("/<uid>/reassign")
@host_only
def ask_reassign(uid: str) -> str:
    """Show who could take the booking over."""
    return _reassign_form(uid, {})


@pages.post("/<uid>/reassign")
@host_only
def reassign(uid: str) -> Response | tuple[str, int]:
    """Give the booking to the host chosen, or to whoever is next."""
    wanted = sent().text("to")
    to = None if wanted == _NEXT else decode_id(wanted)
    if to is None and wanted != _NEXT:
        return _reassign_form(uid, {"to": "Choose a host."}), status_of(InvalidInput())
    try:
        view = current.services().bookings.reassign(uid, to, reason(), host_id=current.user_id())
    except NotFound:
        raise
    except InvalidInput as error:
        return _reassign_form(uid, {"to": error.fields[0].detail}), status_of(error)
    except BookingError as error:
        return _reassign_form(uid, {"": error.message}), status_of(error)
    names = english.listed([host.name for host in view.hosts])
    flash(f"{view.title} is now with {names}; the calendars follow.", "good")
    return redirect(_after(uid), 303)


def _after(uid: str) -> str:
    """Return the booking's page, or the list for who gave the booking away."""
    try:
        current.services().bookings.get(uid, host_id=current.user_id())
    except NotFound:
        return url_for("host_bookings.overview")
    return url_for("host_bookings.show", uid=uid)


@pages.get("/<uid>/no-show")
@host_only
def ask_no_show(uid: str) -> str:
    """Say what noting a no-show does, and ask why."""
    return _no_show_form(uid, {})


@pages.post("/<uid>/no-show")
@host_only
def no_show(uid: str) -> Response | tuple[str, int]:
    """Note that the guest did not come."""
    try:
        current.services().bookings.no_show(uid, reason(), host_id=current.user_id())
    except NotFound:
        raise
    except BookingError as error:
        return _no_show_form(uid, {"": error.message}), status_of(error)
    flash("Noted that the guest did not come.", "good")
    return redirect(url_for("host_bookings.show", uid=uid), 303)


def _reassign_form(uid: str, errors: Mapping[str, str]) -> str:
    services, user_id = current.services(), current.user_id()
    view = services.bookings.get(uid, host_id=user_id)
    found = services.bookings.candidates(uid, host_id=user_id)
    return render_template(
        "host/booking_reassign.html",
        row=rows.row(view, current.now()),
        hosts=english.listed([host.name for host in view.hosts]),
        options=[
            (encode_id(each.user_id), each.name if each.is_free else f"{each.name} (not free then)")
            for each in found
        ],
        next=_NEXT,
        chosen=sent().text("to") or _NEXT,
        reason=sent().text("reason"),
        errors=errors,
    )


def _no_show_form(uid: str, errors: Mapping[str, str]) -> str:
    view = current.services().bookings.get(uid, host_id=current.user_id())
    return render_template(
        "host/booking_no_show.html",
        row=rows.row(view, current.now()),
        reason=sent().text("reason"),
        errors=errors,
    )
