"""The schedules pages: an overview, and one schedule with its week, hours and changed dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.availability.hours import WEEKDAYS
from booking.availability.values import ScheduleView
from booking.core.errors import BookingError, NotFound
from booking.core.zones import countries, zone
from booking.web import current
from booking.web.host import schedule_views as views
from booking.web.host import week_picture, weekly
from booking.web.host.forms import SentForm, faults, sent
from booking.web.host.weekly import DayRow
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("host_schedules", __name__, url_prefix="/schedules")
Errors = Mapping[str, str]
_LONGEST_PLACE = 4


@pages.get("")
@host_only
def overview() -> str:
    """Show all schedules, days out of office and journeys."""
    return _overview({}, SentForm({}))


@pages.post("")
@host_only
def create() -> Response | tuple[str, int]:
    """Make a schedule with office hours, to be changed on its own page."""
    form = sent()
    hours = {"days": list(WEEKDAYS[:5]), "start": "09:00", "end": "17:00"}
    fields = {"name": form.text("name"), "time_zone": form.text("time_zone"), "weekly": [hours]}
    user_id = current.user_id()
    try:
        made = current.services().schedules.create(user_id, fields)
    except BookingError as error:
        return _overview(faults(error), form), status_of(error)
    if current.host().default_schedule_id is None:
        _make_default(made.id)
    flash(f"Created “{made.name}”, open on weekdays from 09:00 to 17:00. Change it below.", "good")
    return redirect(url_for(".show", schedule=made.id), 303)


@pages.get("/<id:schedule>")
@host_only
def show(schedule: int) -> str:
    """Show one schedule for editing."""
    view = _schedule(schedule)
    return _page(view, weekly.rows_of(view.weekly), view.name, view.time_zone, {})


@pages.post("/<id:schedule>")
@host_only
def save(schedule: int) -> Response | tuple[str, int] | str:
    """Store the week, or only change the form: one more interval, one less, copied days."""
    form, view = sent(), _schedule(schedule)
    typed = weekly.rows_from(form)
    name, zone_name = form.text("name"), form.text("time_zone")
    rows = _rearranged(form, typed)
    if rows is not None:
        return _page(view, rows, name, zone_name, {})
    rules, places = weekly.wire_of(typed)
    fields = {"name": name, "time_zone": zone_name, "weekly": rules}
    try:
        changed = current.services().schedules.change(current.user_id(), schedule, fields)
    except NotFound:
        raise
    except BookingError as error:
        errors = views.with_rows(faults(error), places)
        return _page(view, typed, name, zone_name, errors), status_of(error)
    flash(views.change_told(view, changed), "good")
    return redirect(url_for(".show", schedule=schedule), 303)


def _rearranged(form: SentForm, rows: Sequence[DayRow]) -> tuple[DayRow, ...] | None:
    """Return the rows after a button inside the form, None where it is to be saved."""
    if form.is_set("add"):
        return weekly.added(rows, form.text("add"))
    if form.is_set("remove"):
        day, _, place = form.text("remove").partition("-")
        is_place = place.isdecimal() and len(place) < _LONGEST_PLACE
        return weekly.removed(rows, day, int(place) if is_place else len(WEEKDAYS) * 9)
    if form.is_set("copy"):
        source = form.text("copy")
        return weekly.copied(rows, source, form.many(f"copy-{source}"))
    return None


@pages.post("/<id:schedule>/default")
@host_only
def make_default(schedule: int) -> Response:
    """Let event types without a schedule of their own use this one."""
    view = _schedule(schedule)
    _make_default(view.id)
    flash(f"“{view.name}” is now your default schedule.", "good")
    return redirect(url_for(".overview"), 303)


@pages.post("/<id:schedule>/overrides")
@host_only
def add_override(schedule: int) -> Response | tuple[str, int]:
    """Close a date, or give it other hours."""
    form, view = sent(), _schedule(schedule)
    entry = views.override_from(form)
    kept = [each for each in view.overrides if each["date"] != entry["date"]]
    place = len(kept)
    try:
        current.services().schedules.change(
            current.user_id(), schedule, {"overrides": [*kept, entry]}
        )
    except BookingError as error:
        errors = views.with_override(faults(error), place)
        rows = weekly.rows_of(view.weekly)
        return _page(view, rows, view.name, view.time_zone, errors, form), status_of(error)
    flash(views.override_told(entry), "good")
    week = week_picture.monday_of(date.fromisoformat(entry["date"]))
    return redirect(url_for(".show", schedule=schedule, week=week.isoformat()), 303)


@pages.post("/<id:schedule>/overrides/<day>/delete")
@host_only
def drop_override(schedule: int, day: str) -> Response:
    """Let a date have its weekly hours again."""
    view = _schedule(schedule)
    kept = [each for each in view.overrides if each["date"] != day]
    current.services().schedules.change(current.user_id(), schedule, {"overrides": kept})
    flash("The date has its usual hours again.", "good")
    return redirect(url_for(".show", schedule=schedule), 303)


@pages.get("/<id:schedule>/delete")
@host_only
def ask_delete(schedule: int) -> str:
    """Say what deleting changes and ask once more."""
    users = [
        each.title
        for each in current.services().event_types.list(current.user_id())
        if schedule in (each.schedule_id, each.restriction_schedule_id)
    ]
    return render_template(
        "host/schedule_delete.html",
        schedule=_schedule(schedule),
        used_by=users,
        is_default=schedule == current.host().default_schedule_id,
        zone=current.host().time_zone,
    )


@pages.post("/<id:schedule>/delete")
@host_only
def delete(schedule: int) -> Response:
    """Delete a schedule; what used it falls back to the default."""
    view = _schedule(schedule)
    current.services().schedules.delete(current.user_id(), schedule)
    flash(f"Deleted “{view.name}”.", "good")
    return redirect(url_for(".overview"), 303)


@pages.post("/out-of-office")
@host_only
def add_absence() -> Response | tuple[str, int]:
    """Close local dates."""
    form = sent()
    fields = {name: form.text(f"away_{name}") for name in ("start_date", "end_date", "reason")}
    colleague = form.text("away_redirect_to").strip()
    try:
        view = current.services().schedules.add_absence(
            current.user_id(), {**fields, "redirect_to": colleague or None}
        )
    except BookingError as error:
        return _overview(views.prefixed(faults(error), "away"), form), status_of(error)
    flash(f"No bookings {views.dates_told(view.start_date, view.end_date)}.", "good")
    return redirect(url_for(".overview"), 303)


@pages.post("/out-of-office/<id:absence>/delete")
@host_only
def drop_absence(absence: int) -> Response:
    """Open those dates again."""
    current.services().schedules.delete_absence(current.user_id(), absence)
    flash("Those dates take bookings again.", "good")
    return redirect(url_for(".overview"), 303)


@pages.post("/travel")
@host_only
def add_travel() -> Response | tuple[str, int]:
    """Lend another zone to the default schedule."""
    form = sent()
    names = ("start_date", "end_date", "time_zone")
    fields = {name: form.text(f"travel_{name}") for name in names}
    try:
        view = current.services().schedules.add_travel(current.user_id(), fields)
    except BookingError as error:
        return _overview(views.prefixed(faults(error), "travel"), form), status_of(error)
    dates = views.dates_told(view.start_date, view.end_date)
    flash(f"Your default hours follow the clocks of {view.time_zone} {dates}.", "good")
    return redirect(url_for(".overview"), 303)


@pages.post("/travel/<id:travel>/delete")
@host_only
def drop_travel(travel: int) -> Response:
    """Forget a journey."""
    current.services().schedules.delete_travel(current.user_id(), travel)
    flash("Your default hours follow their own clocks on those dates again.", "good")
    return redirect(url_for(".overview"), 303)


def _overview(errors: Errors, typed: SentForm) -> str:
    services, user_id, host = current.services(), current.user_id(), current.host()
    today = current.now().astimezone(zone(host.time_zone)).date()
    return render_template(
        "host/schedules.html",
        schedules=[
            views.listed(view, is_default=view.id == host.default_schedule_id)
            for view in services.schedules.list(user_id)
        ],
        absences=[
            each for each in services.schedules.list_absences(user_id) if each.end_date >= today
        ],
        travels=[
            each for each in services.schedules.list_travels(user_id) if each.end_date >= today
        ],
        dates_shown=views.dates_shown,
        countries=countries(),
        zone=host.time_zone,
        errors=errors,
        typed=typed,
    )


def _page(
    view: ScheduleView,
    rows: Sequence[DayRow],
    name: str,
    zone_name: str,
    errors: Errors,
    *typed: SentForm,
) -> str:
    monday = _week(view)
    return render_template(
        "host/schedule.html",
        schedule=view,
        rows=rows,
        name=name,
        zone=zone_name,
        countries=countries(),
        errors=errors,
        typed=typed[0] if typed else SentForm({}),
        picture=_picture(view, monday),
        monday=monday,
        before=(monday - timedelta(days=7)).isoformat(),
        after=(monday + timedelta(days=7)).isoformat(),
        overrides=views.overrides_of(view),
        clock_change=views.clock_change(view.time_zone, current.now()),
        is_default=view.id == current.host().default_schedule_id,
    )


def _week(view: ScheduleView) -> date:
    """Return the Monday of the week asked for; of this week where none is, or none that exists."""
    today = current.now().astimezone(zone(view.time_zone)).date()
    try:
        asked = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        asked = today
    near = today - timedelta(days=366) <= asked <= today + timedelta(days=2 * 366)
    return week_picture.monday_of(asked if near else today)


def _picture(view: ScheduleView, monday: date) -> week_picture.Picture:
    services, user_id = current.services(), current.user_id()
    away = [(each.start_date, each.end_date) for each in services.schedules.list_absences(user_id)]
    hours = views.hours_of(view, away)
    busy = services.calendar_status.busy(user_id, *week_picture.span_of_week(monday, hours.zone))
    return week_picture.draw(monday, hours, busy)


def _schedule(schedule: int) -> ScheduleView:
    return current.services().schedules.get(current.user_id(), schedule)


def _make_default(schedule_id: int) -> None:
    current.services().accounts.change_profile(
        current.user_id(), {"default_schedule_id": schedule_id}
    )
