"""The calendar that receives tasks: chosen, its progress, many switches at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.calendars.values import CalendarView
from booking.core.errors import BookingError, InvalidInput
from booking.core.ids import encode_id
from booking.tasks.switches import Which
from booking.tasks.values import TaskCalendarView
from booking.web import current
from booking.web.host import task_rows, words
from booking.web.host.forms import faults, sent
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("host_task_calendar", __name__, url_prefix="/tasks")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarCard:
    """Where tasks go, in words. `ended` and `remedy` tell of an account that was left."""

    view: TaskCalendarView
    synced: str
    progress: str
    is_going: bool
    ended: str
    remedy: str
    again: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A calendar that could receive tasks, and why it cannot, if so."""

    key: str
    name: str
    why_not: str


@pages.get("/calendar")
@host_only
def ask() -> str:
    """Ask which calendar receives tasks."""
    return _form({})


@pages.post("/calendar")
@host_only
def choose() -> Response | tuple[str, int]:
    """Choose the calendar, or none; events move along."""
    chosen, switches = sent().key("calendar_id"), current.services().tasks.switches
    try:
        if chosen is None:
            switches.clear_calendar(current.user_id())
            told = "Tasks go to no calendar. Their events are being removed."
        else:
            view = switches.set_calendar(current.user_id(), chosen)
            told = f"Tasks go to “{view.name}”. Events that stand elsewhere move there."
    except InvalidInput as error:
        return _form(faults(error)), status_of(error)
    flash(told, "good")
    return redirect(url_for("host_tasks.overview"), 303)


@pages.get("/progress")
@host_only
def progress() -> str:
    """Show how far writing is, as a part of the tasks page."""
    return render_template("host/tasks_progress.html", card=calendar_card())


@pages.post("/switch-all")
@host_only
def switch_all() -> Response:
    """Switch all open tasks on, or those that an end of access switched off, or all off."""
    wish = sent().text("which")
    which = Which.ENDED if wish == "ended" else Which.OPEN
    switches, user_id = current.services().tasks.switches, current.user_id()
    return _acted(lambda: switches.switch(user_id, which, enabled=wish != "off"))


@pages.post("/stop")
@host_only
def stop() -> Response:
    """Switch off again what is not written yet."""
    return _acted(lambda: current.services().tasks.switches.stop(current.user_id()))


def calendar_card() -> CalendarCard:
    """Return how the calendar of the host's tasks stands."""
    view = current.services().tasks.switches.calendar(current.user_id())
    ended, remedy = task_rows.ended_words(view)
    is_back = view.calendar_id is not None and not view.needs_reconnect
    return CalendarCard(
        view=view,
        synced=f"looked at {words.ago(view.synced_at, current.now())}"
        if view.synced_at
        else "not looked at yet",
        progress=task_rows.progress_words(view.progress),
        is_going=view.progress.waiting > 0,
        ended=ended,
        remedy=remedy,
        again=view.ended_count if is_back else 0,
    )


def _acted(act: Callable[[], TaskCalendarView]) -> Response:
    try:
        told = task_rows.progress_words(act().progress)
    except BookingError as error:
        flash(error.message, "bad")
    else:
        flash(told, "good")
    return redirect(url_for("host_tasks.overview"), 303)


def _form(errors: dict[str, str]) -> str:
    services, user_id = current.services(), current.user_id()
    view = services.tasks.switches.calendar(user_id)
    accounts = []
    for connection in services.connections.list(user_id):
        found = services.connections.calendars(user_id, connection.id)
        choices = [
            Choice(
                key=encode_id(each.id),
                name=each.name,
                why_not=_why_not(each),
            )
            for each in found
        ]
        accounts.append((connection.account, choices))
    return render_template(
        "host/task_calendar.html",
        accounts=accounts,
        chosen=request.form.get("calendar_id", encode_id(view.calendar_id or 0)),
        has_calendar=view.calendar_id is not None,
        errors=errors,
    )


def _why_not(calendar: CalendarView) -> str:
    if calendar.gone_at is not None:
        return "no longer at its server"
    return "can only be read" if calendar.read_only else ""
