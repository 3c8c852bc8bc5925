"""The tasks pages: upcoming and completed, one task, and its switch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.core.errors import BookingError, InvalidInput, NotFound
from booking.core.zones import zone
from booking.tasks.values import Show, TaskView
from booking.web import current
from booking.web.host import task_rows, words
from booking.web.host.forms import SentForm, faults, sent
from booking.web.host.task_calendar import calendar_card
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("host_tasks", __name__, url_prefix="/tasks")
_PER_PAGE = 50
_FURTHEST = 100_000
_TABS = ((Show.UPCOMING, "Upcoming"), (Show.COMPLETED, "Completed"))
_FIELDS = ("title", "description", "due_at", "duration_minutes", "priority")


@pages.get("")
@host_only
def overview() -> str:
    """Show upcoming or completed tasks, a page at a time."""
    show = Show.COMPLETED if request.args.get("show") == "completed" else Show.UPCOMING
    skip = _skip(request.args.get("skip", ""))
    found = current.services().tasks.service.by_due(
        current.user_id(), show, skip=skip, limit=_PER_PAGE + 1
    )
    return render_template(
        "host/tasks.html",
        rows=[_row(task) for task in found[:_PER_PAGE]],
        show=show.value,
        tabs=[(key.value, text, url_for(".overview", show=key.value)) for key, text in _TABS],
        following=skip + _PER_PAGE if len(found) > _PER_PAGE else None,
        card=calendar_card(),
        zone=words.zone_label(current.host().time_zone, current.now()),
    )


@pages.get("/new")
@host_only
def ask_new() -> str:
    """Ask what is to be done."""
    return _form(None, {"duration_minutes": 30, "priority": "normal"}, {})


@pages.post("/new")
@host_only
def create() -> Response | tuple[str, int]:
    """Make a task."""
    form = sent()
    try:
        given = _given(form)
        if form.is_set("sync_enabled"):
            given["sync_enabled"] = True
        task = current.services().tasks.service.create(current.user_id(), given)
    except BookingError as error:
        return _form(None, form.first(), faults(error)), status_of(error)
    flash(f"Added “{task.title}”.{_follows(task)}", "good")
    return redirect(url_for(".overview"), 303)


@pages.get("/<id:task>")
@host_only
def show(task: int) -> str:
    """Show one task, to be changed."""
    view = _task(task)
    return _form(view, _shown(view), {})


@pages.post("/<id:task>")
@host_only
def change(task: int) -> Response | tuple[str, int]:
    """Change a task; its event follows."""
    form, before = sent(), _task(task)
    try:
        view = _change(task, _given(form, before))
    except NotFound:
        raise
    except BookingError as error:
        return _form(before, form.first(), faults(error)), status_of(error)
    flash(f"Saved “{view.title}”.{_follows(view)}", "good")
    return redirect(url_for(".overview"), 303)


@pages.post("/<id:task>/switch")
@host_only
def switch(task: int) -> Response:
    """Put a task on the calendar, or take it off."""
    is_on = sent().text("on") == "1"
    told = "is put on the calendar" if is_on else "is taken off the calendar"
    return _acted(task, {"sync_enabled": is_on}, f"“{{title}}” {told}.")


@pages.post("/<id:task>/complete")
@host_only
def complete(task: int) -> Response:
    """Complete or reopen a task."""
    is_done = sent().text("done") == "1"
    told = "Completed" if is_done else "Reopened"
    return _acted(task, {"completed": is_done}, f"{told} “{{title}}”.")


@pages.post("/<id:task>/conflict")
@host_only
def settle(task: int) -> Response:
    """Keep the task's values of a conflict, or take the calendar's."""
    service = current.services().tasks.service
    takes_other = sent().text("use") == "other"
    try:
        act = service.use_other if takes_other else service.dismiss
        view = act(current.user_id(), task)
    except NotFound:
        raise
    except BookingError as error:
        flash(error.message, "bad")
    else:
        told = "now says what the calendar said" if takes_other else "stays as it is"
        flash(f"“{view.title}” {told}.", "good")
    return redirect(_back(task), 303)


@pages.get("/<id:task>/delete")
@host_only
def ask_delete(task: int) -> str:
    """Say what deleting does and ask once more."""
    return render_template("host/task_delete.html", row=_row(_task(task)))


@pages.post("/<id:task>/delete")
@host_only
def delete(task: int) -> Response:
    """Delete a task and its event."""
    view = _task(task)
    current.services().tasks.service.delete(current.user_id(), task)
    flash(f"Deleted “{view.title}”.", "good")
    return redirect(url_for(".overview"), 303)


def _task(task: int) -> TaskView:
    return current.services().tasks.service.get(current.user_id(), task)


def _row(task: TaskView) -> task_rows.TaskRow:
    return task_rows.row(task, current.host().time_zone, current.now())


def _change(task: int, given: Mapping[str, object]) -> TaskView:
    return current.services().tasks.service.change(current.user_id(), task, given)


def _acted(task: int, given: Mapping[str, object], told: str) -> Response:
    """Change one thing by a button, say so, and go back to where it was pressed."""
    try:
        view = _change(task, given)
    except NotFound:
        raise
    except BookingError as error:
        flash(next(iter(faults(error).values())), "bad")
    else:
        flash(told.format(title=view.title), "good")
    return redirect(_back(task), 303)


def _back(task: int) -> str:
    if request.form.get("from") == "task":
        return url_for(".show", task=task)
    listed = "completed" if request.form.get("from") == "completed" else None
    return url_for(".overview", show=listed)


def _skip(text: str) -> int:
    return min(int(text), _FURTHEST) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _follows(task: TaskView) -> str:
    return " Its event follows." if task.sync_enabled else ""


def _given(form: SentForm, before: TaskView | None = None) -> dict[str, Any]:
    """Return what was typed, in the form that the service reads. Errors: InvalidInput.

    A due time that was left as it is shown stays what it was: in the hour that comes twice, a wall
    time alone would be the first one.
    """
    given = {
        "title": form.text("title"),
        "description": form.text("description"),
        "duration_minutes": form.whole("duration_minutes"),
        "priority": form.text("priority"),
    }
    typed = form.text("due_at").strip()
    if before is not None and typed == _shown(before)["due_at"]:
        return given
    return {**given, "due_at": _moment(typed)}


def _moment(text: str) -> datetime | None:
    """Return the moment of a wall time on the host's clocks. Errors: InvalidInput."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone(current.host().time_zone))
    except ValueError:
        raise InvalidInput.at("/due_at", "Enter a date and a time.") from None


def _shown(view: TaskView) -> dict[str, Any]:
    values = {name: getattr(view, name) for name in _FIELDS}
    return {**values, "due_at": task_rows.due_input(view.due_at, current.host().time_zone)}


def _form(view: TaskView | None, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    return render_template(
        "host/task.html",
        row=_row(view) if view is not None else None,
        values=values,
        errors=errors,
        priorities=task_rows.PRIORITIES,
        card=calendar_card(),
        zone=words.zone_label(current.host().time_zone, current.now()),
    )
