"""The event types pages: what a host offers, made, changed, and taken off the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking.calendars.values import CalendarView
from booking.core.errors import BookingError, InvalidInput, NotFound
from booking.core.ids import encode_id
from booking.core.zones import countries
from booking.eventtypes.values import EventTypeView, QuestionType
from booking.web import current, english
from booking.web.host import event_type_form as forms
from booking.web.host import event_type_people, next_slots, words
from booking.web.host.forms import SentForm, faults, sent
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("host_event_types", __name__, url_prefix="/event-types")
Errors = Mapping[str, str]


@pages.get("")
@host_only
def overview() -> str:
    """Show what is offered, each with its public address."""
    views = current.services().event_types.list(current.user_id())
    return render_template(
        "host/event_types.html",
        event_types=[(view, _link(view), _facts(view)) for view in views],
        page_url=current.external(f"/{current.host().username}"),
    )


@pages.get("/new")
@host_only
def ask_create() -> str:
    """Ask for the few things that a new event type needs."""
    return _new_form({"duration_minutes": 30}, {})


@pages.post("")
@host_only
def create() -> Response | tuple[str, int]:
    """Make an event type; all else is set on its own page."""
    form = sent()
    fields = {
        "title": form.text("title"),
        "duration_minutes": form.whole("duration_minutes"),
        "location": forms.location_from(form),
    }
    try:
        view = current.services().event_types.create(current.user_id(), fields)
    except BookingError as error:
        kept = {**form.first(), "duration_minutes": form.text("duration_minutes")}
        return _new_form(kept, forms.named(faults(error))), status_of(error)
    flash(f"“{view.title}” is on your page. Change below what should be different.", "good")
    return redirect(url_for(".show", event_type=view.id), 303)


@pages.get("/<id:event_type>")
@host_only
def show(event_type: int) -> str:
    """Show one event type for editing, beside it the next times a guest would get."""
    view = _event_type(event_type)
    return _page(view, None, _own_calendars(view.id), {})


@pages.post("/<id:event_type>")
@host_only
def save(event_type: int) -> Response | tuple[str, int] | str:
    """Store what was typed; the button of the questions only adds an empty one."""
    form, view = sent(), _event_type(event_type)
    ticked = form.keys("calendars")
    if form.is_set("add_question"):
        return _page(view, form, ticked, {}, empty_questions=2)
    try:
        changed = current.services().event_types.change(
            current.user_id(), event_type, forms.fields_from(form, view)
        )
    except NotFound:
        raise
    except BookingError as error:
        errors = forms.named(faults(error), form)
        return _page(view, form, ticked, errors), status_of(error)
    told = [forms.change_told(view, changed), *_choose_calendars(changed, ticked)]
    flash(" ".join(told), "good")
    return redirect(url_for(".show", event_type=event_type), 303)


@pages.get("/<id:event_type>/delete")
@host_only
def ask_delete(event_type: int) -> str:
    """Say what deleting changes and ask once more."""
    view = _event_type(event_type)
    return render_template("host/event_type_delete.html", event_type=view, link=_link(view))


@pages.post("/<id:event_type>/delete")
@host_only
def delete(event_type: int) -> Response:
    """Take an event type off the page; bookings made with it stand."""
    view = _event_type(event_type)
    current.services().event_types.delete(current.user_id(), event_type)
    flash(f"Deleted “{view.title}”. Bookings made with it stand.", "good")
    return redirect(url_for(".overview"), 303)


def _event_type(event_type: int) -> EventTypeView:
    return current.services().event_types.get_managed(current.user_id(), event_type)


def _link(view: EventTypeView) -> str:
    return current.external(view.public_path)


def _facts(view: EventTypeView) -> str:
    lengths = " or ".join(words.length(each) for each in view.offered_minutes)
    facts = (
        lengths,
        f"team {view.team_slug}" if view.team_slug else "",
        f"{len(view.hosts)} hosts" if len(view.hosts) > 1 else "",
        f"{view.seats} seats" if view.seats else "",
        "needs your confirmation" if view.requires_confirmation else "",
    )
    return " · ".join(part for part in facts if part)


def _new_form(kept: Mapping[str, Any], errors: Errors) -> str:
    return render_template("host/event_type_new.html", values=kept, errors=errors)


def _page(
    view: EventTypeView,
    form: SentForm | None,
    ticked: set[int],
    errors: Errors,
    *,
    empty_questions: int = 1,
) -> str:
    """Show the form: as it was sent, or without one as the event type is stored."""
    services, user_id, host = current.services(), current.user_id(), current.host()
    values = forms.values_of(view) if form is None else forms.typed_values(form)
    schedules = services.schedules.list(user_id)
    default = next((each for each in schedules if each.id == host.default_schedule_id), None)
    destination = services.selection.destination(user_id)
    calendars = _calendars()
    chosen = {name: _encoded(values.get(name)) for name in _KEYS}
    hours = [(encode_id(each.id), each.name) for each in schedules]
    writable = [(encode_id(each.id), each.name) for each in calendars if not each.read_only]
    takes_part = user_id in {view.owner.user_id, *(each.user_id for each in view.hosts)}
    return render_template(
        "host/event_type.html",
        event_type=view,
        values=values,
        errors=errors,
        link=_link(view),
        schedules=_with_present(hours, chosen["schedule_id"]),
        restrictions=_with_present(hours, chosen["restriction_schedule_id"]),
        default_schedule=default.name if default else "Monday to Friday, 09:00 to 17:00",
        floor=host.buffer_minutes,
        calendars=[(each, encode_id(each.id), each.id in ticked) for each in calendars],
        takes_part=takes_part,
        usual_blocking=english.listed([each.name for each in calendars if each.selected]),
        usual_destination=destination.name if destination else None,
        writable=_with_present(writable, chosen["destination_calendar_id"]),
        chosen=chosen,
        question_types=[(each.value, _TYPE_LABELS[each]) for each in QuestionType],
        empty_questions=empty_questions,
        countries=countries(),
        preview=next_slots.of(services.slots, view.id, host.time_zone, current.now()),
        why_not=url_for("host_troubleshoot.show", event_type=encode_id(view.id)),
        **_people_and_things(view, form, values),
    )


def _people_and_things(
    view: EventTypeView, form: SentForm | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the sections of hosts and of resources show; each is left out where empty."""
    services, user_id = current.services(), current.user_id()
    people = services.teams.people(user_id, [each.user_id for each in view.hosts])
    pages = event_type_people.pages_of(view, services.teams.list(user_id))
    usable = services.resources.list(user_id)
    return {
        "host_rows": event_type_people.stored_rows(view, people)
        if form is None
        else event_type_people.typed_rows(form, people),
        "has_hosts": len(people) > 1 or bool(pages),
        "pages": pages,
        "may_leave_team": view.team_id is None or view.owner.user_id == user_id,
        "own_page": current.external(f"/{view.owner.username}").split("://")[1],
        "scheduling": event_type_people.SCHEDULING,
        "resource_ticks": event_type_people.resource_ticks(usable, values.get("resources") or ()),
    }


def _with_present(options: list[tuple[str, str]], key: str) -> list[tuple[str, str]]:
    """Return the options with one for what is chosen now and belongs to somebody else."""
    if not key or key in dict(options):
        return options
    return [*options, (key, "As it is now, set by another member")]


_KEYS = ("schedule_id", "restriction_schedule_id", "destination_calendar_id", "team_id")
_TYPE_LABELS = {
    QuestionType.TEXT: "Short text",
    QuestionType.TEXTAREA: "Long text",
    QuestionType.SELECT: "One of a list",
    QuestionType.RADIO: "One of a few",
    QuestionType.CHECKBOX: "Tick boxes",
    QuestionType.PHONE: "Phone number",
    QuestionType.NUMBER: "Number",
    QuestionType.EMAIL: "E-mail address",
    QuestionType.URL: "Web address",
}


def _encoded(key: object) -> str:
    return encode_id(key) if isinstance(key, int) else ""


def _calendars() -> list[CalendarView]:
    services, user_id = current.services(), current.user_id()
    return [
        row
        for each in services.connections.list(user_id)
        for row in services.connections.calendars(user_id, each.id)
        if row.gone_at is None
    ]


def _own_calendars(event_type: int) -> set[int]:
    return {
        each.calendar_id
        for each in current.services().selection.list(current.user_id())
        if each.event_type_id == event_type
    }


def _choose_calendars(view: EventTypeView, ticked: set[int]) -> Sequence[str]:
    """Bring the event type's own list to what is ticked; say whether that changed it."""
    service, user_id = current.services().selection, current.user_id()
    wanted = ticked if view.use_event_type_calendars else set()
    own = [each for each in service.list(user_id) if each.event_type_id == view.id]
    had = {each.calendar_id for each in own}
    refused: list[str] = []
    for calendar_id in sorted(wanted - had):
        try:
            service.select(user_id, calendar_id, view.id)
        except (InvalidInput, NotFound) as error:
            refused.append(error.message)
    for each in own:
        if each.calendar_id not in wanted:
            service.unselect(user_id, each.id)
    return refused or (["Its own calendars to check were changed."] if wanted != had else [])
