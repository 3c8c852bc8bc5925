"""What a host did to a booking's event in their calendar: in words, and with both answers."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from booking.bookings.values import BookingView, CalendarChangeView
from booking.core.errors import BookingError, NotFound
from booking.core.zones import zone
from booking.web import current
from booking.web.host import words
from booking.web.policy import host_only

pages = Blueprint("answers", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """A change in words; `accept` is what accepting does, "" where that is not possible."""

    title: str
    text: str
    accept: str
    may_put_back: bool


@pages.post("/<uid>/calendar-change/accept")
@host_only
def accept(uid: str) -> Response:
    """Let the booking follow its event."""
    try:
        view = current.services().answers.accept(uid, host_id=current.user_id())
    except NotFound:
        raise
    except BookingError as error:
        flash(error.message, "bad")
    else:
        done = "Cancelled" if view.status == "cancelled" else f"Moved to {_when_of(view)}"
        flash(f"{done}: {view.title}. The guest is told.", "good")
    return redirect(url_for("host_bookings.show", uid=uid), 303)


@pages.post("/<uid>/calendar-change/put-back")
@host_only
def put_back(uid: str) -> Response:
    """Have the event brought back."""
    try:
        view = current.services().answers.put_back(uid, host_id=current.user_id())
    except NotFound:
        raise
    except BookingError as error:
        flash(error.message, "bad")
    else:
        flash(f"The event goes back to {_when_of(view)}; the guest hears nothing.", "good")
    return redirect(url_for("host_bookings.show", uid=uid), 303)


def _when_of(view: BookingView) -> str:
    return _when(view.start, view.end, view.host.time_zone)


def _when(start: int, end: int, zone_name: str) -> str:
    return f"{words.day(words.local(start, zone_name).date())}, {words.span(start, end, zone_name)}"


def banner(view: BookingView) -> Banner | None:
    """Return what the booking's page says of a change, None where there is none."""
    change = view.calendar_change
    if change is None:
        return None
    is_open = change.state != "putting_back"
    return Banner(
        title=_title(change),
        text=" ".join(_sentences(view, change)),
        accept=_acceptance(change) if is_open else "",
        may_put_back=is_open,
    )


def _title(change: CalendarChangeView) -> str:
    if change.state == "putting_back":
        return "The event is being put back"
    if change.kind == "deleted":
        return "Its event was deleted in the calendar"
    return "Its event was moved in the calendar"


def _sentences(view: BookingView, change: CalendarChangeView) -> list[str]:
    zone_name = view.host.time_zone
    said = []
    if change.start is not None and change.end is not None:
        said.append(f"It now stands at {_when(change.start, change.end, zone_name)}.")
    if change.state == "putting_back":
        return [f"It goes back to {_when_of(view)}. The guest hears nothing."]
    if change.reason:
        said.append(change.reason)
    if change.decide_by is not None:
        until = words.clock(change.decide_by.astimezone(zone(zone_name)))
        said.append(f"The booking follows at {until}, unless you put the event back.")
    else:
        said.append(f"The booking still stands at {_when_of(view)}; the guest was not told.")
    return said


def _acceptance(change: CalendarChangeView) -> str:
    if change.kind == "deleted":
        return "Cancel the booking and tell the guest"
    return "" if change.start is None else "Move the booking and tell the guest"


def hints(views: tuple[BookingView, ...]) -> list[tuple[str, str, str]]:
    """Return for the list, of each changed booking: its uid, its title, and what was done."""
    return [
        (view.uid, view.title, _title(view.calendar_change))
        for view in views
        if view.calendar_change is not None
    ]
