"""The bookings pages: upcoming, unconfirmed, past and cancelled; confirm, decline, move, cancel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.bookings.listing import Listed
from booking.bookings.values import Actor, BookingView, OfferedSlot, SlotQuery
from booking.core.errors import BookingError, InvalidInput, NotFound, SlotUnavailable
from booking.core.instants import Instant, to_instant
from booking.core.zones import wall_to_instant, zone
from booking.web import current, english
from booking.web.host import (
    booking_answers,
    booking_history,
    booking_hosts,
    booking_mails,
    words,
)
from booking.web.host import booking_rows as rows
from booking.web.host.forms import reason, sent
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("host_bookings", __name__, url_prefix="/bookings")
pages.register_blueprint(booking_hosts.pages)
pages.register_blueprint(booking_mails.pages)
pages.register_blueprint(booking_answers.pages)
_TABS = (
    (Listed.UPCOMING, "Upcoming"),
    (Listed.UNCONFIRMED, "Unconfirmed"),
    (Listed.PAST, "Past"),
    (Listed.CANCELLED, "Cancelled"),
)
_PER_PAGE = 30
_LONGEST_KEY = 19  # digits that always fit into 63 bits
_FIRST_DATE_AHEAD = timedelta(days=2 * 366)


@pages.get("")
@host_only
def overview() -> str:
    """Show one of the four lists, a page at a time."""
    listed = _listed(request.args.get("show", ""))
    found, following = current.services().booking_list.page(
        current.user_id(), listed, limit=_PER_PAGE, after=_after(request.args.get("after", ""))
    )
    shown = [rows.row(each, current.now()) for each in found]
    return render_template(
        "host/bookings.html",
        listed=listed.value,
        tabs=[(key.value, text, url_for(".overview", show=key.value)) for key, text in _TABS],
        changed=booking_answers.hints(current.services().answers.open(current.user_id())),
        missing=current.services().answers.missing_calendars(current.user_id()),
        days=rows.by_day(shown),
        following=f"{following[0]}.{following[1]}" if following else None,
        zone=words.zone_label(current.host().time_zone, current.now()),
        unsent=booking_mails.lately_given_up(),
        first_step=_first_step() if not shown and listed is Listed.UPCOMING else None,
    )


def _listed(text: str) -> Listed:
    names = {key.value for key, _ in _TABS}
    return Listed(text) if text in names else Listed.UPCOMING


def _after(text: str) -> tuple[int, int] | None:
    start, _, key = text.partition(".")
    is_place = all(
        part.isascii() and part.isdigit() and len(part) < _LONGEST_KEY for part in (start, key)
    )
    return (int(start), int(key)) if is_place else None


def _first_step() -> tuple[str, str, str]:
    """Return what a host without bookings does next: sentence, address, words of the link."""
    services, user_id = current.services(), current.user_id()
    if not services.connections.list(user_id):
        sentence = "First connect a calendar, so that only times that are really free are offered."
        return sentence, "/settings/calendars", "Connect a calendar"
    if not services.event_types.list(user_id):
        return "Then say what guests can book.", "/event-types/new", "Make an event type"
    page = current.external(f"/{current.host().username}")
    return f"Share your page {page} and bookings appear here.", page, "See your page"


@pages.get("/<uid>")
@host_only
def show(uid: str) -> str:
    """Show one booking."""
    return _page(_booking(uid), {})


@pages.post("/<uid>/confirm")
@host_only
def confirm(uid: str) -> Response | tuple[str, int]:
    """Accept a request."""
    try:
        view = current.services().bookings.confirm(uid, host_id=current.user_id())
    except NotFound:
        raise
    except BookingError as error:
        return _page(_booking(uid), {"": error.message}), status_of(error)
    flash(f"Confirmed: {view.title}, {_when(view)}.", "good")
    return redirect(url_for(".show", uid=uid), 303)


@pages.get("/<uid>/decline")
@host_only
def ask_decline(uid: str) -> str:
    """Say what declining does and ask once more."""
    return _ending_form(uid, "decline", {})


@pages.post("/<uid>/decline")
@host_only
def decline(uid: str) -> Response | tuple[str, int]:
    """Refuse a request; its time is free again."""
    try:
        view = current.services().bookings.decline(uid, reason(), host_id=current.user_id())
    except NotFound:
        raise
    except BookingError as error:
        return _ending_form(uid, "decline", {"": error.message}), status_of(error)
    flash(f"Declined: {view.title}. The time is free again.", "good")
    return redirect(url_for(".overview"), 303)


@pages.get("/<uid>/cancel")
@host_only
def ask_cancel(uid: str) -> str:
    """Say what cancelling does and ask once more."""
    return _ending_form(uid, "cancel", {})


@pages.post("/<uid>/cancel")
@host_only
def cancel(uid: str) -> Response | tuple[str, int]:
    """Cancel; the time is free again and the calendar follows."""
    try:
        view = current.services().bookings.cancel(
            uid, Actor.HOST, reason(), host_id=current.user_id()
        )
    except NotFound:
        raise
    except BookingError as error:
        return _ending_form(uid, "cancel", {"": error.message}), status_of(error)
    flash(f"Cancelled: {view.title}. The time is free again; the calendar follows.", "good")
    return redirect(url_for(".overview"), 303)


@pages.get("/<uid>/reschedule")
@host_only
def ask_reschedule(uid: str) -> str:
    """Show the free times of a week to move the booking to."""
    return _moving_form(uid, {})


@pages.post("/<uid>/reschedule")
@host_only
def reschedule(uid: str) -> Response | tuple[str, int]:
    """Move a booking to another free time."""
    start = _instant(sent().text("start"))
    if start is None:
        return _moving_form(uid, {"start": "Choose a time."}), status_of(InvalidInput())
    try:
        view = current.services().bookings.reschedule(
            uid, Instant(start), Actor.HOST, reason(), host_id=current.user_id()
        )
    except SlotUnavailable as error:
        taken = {"start": "This time was just taken. Choose another one."}
        return _moving_form(uid, taken), status_of(error)
    except NotFound:
        raise
    except BookingError as error:
        return _moving_form(uid, {"": error.message}), status_of(error)
    flash(f"Moved to {_when(view)}; the calendar follows.", "good")
    return redirect(url_for(".show", uid=uid), 303)


def _instant(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 11 else None


def _booking(uid: str) -> BookingView:
    return current.services().bookings.get(uid, host_id=current.user_id())


def _when(view: BookingView) -> str:
    day = words.day(words.local(view.start, view.host.time_zone).date())
    return f"{day}, {words.span(view.start, view.end, view.host.time_zone)}"


def _page(view: BookingView, errors: Mapping[str, str]) -> str:
    services, user_id = current.services(), current.user_id()
    events = services.bookings.history(view.uid, host_id=user_id)
    return render_template(
        "host/booking.html",
        row=rows.row(view, current.now()),
        change=booking_answers.banner(view),
        created=rows.created(view),
        answers=english.answers(view.answers, _labels(view)),
        series=rows.series(view),
        hosts=_other_hosts(view, user_id),
        mails=booking_mails.lines(
            services.telling.mails.list(view.uid, host_id=user_id), view.host.time_zone
        ),
        history=booking_history.lines(events, user_id, view.host.time_zone),
        may_reassign=_may_reassign(view),
        zone=words.zone_label(view.host.time_zone, current.now()),
        errors=errors,
    )


def _other_hosts(view: BookingView, user_id: int) -> str:
    """Return the names of the hosts, "" where the reader is the only one."""
    is_alone = [host.user_id for host in view.hosts] == [user_id]
    return "" if is_alone else english.listed([host.name for host in view.hosts])


def _may_reassign(view: BookingView) -> bool:
    """Tell whether another host could take the booking, were they free."""
    if view.status not in rows.LIVING or view.start <= to_instant(current.now()):
        return False
    return bool(current.services().bookings.candidates(view.uid, host_id=current.user_id()))


def _labels(view: BookingView) -> dict[str, str]:
    """Return the questions by key, as far as the host may read what the event type asks."""
    if view.event_type_id is None:
        return {}
    try:
        event_type = current.services().event_types.get(current.user_id(), view.event_type_id)
    except NotFound:
        return {}
    return {question.key: question.label for question in event_type.questions}


def _ending_form(uid: str, act: str, errors: Mapping[str, str]) -> str:
    return render_template(
        "host/booking_end.html",
        row=rows.row(_booking(uid), current.now()),
        act=act,
        reason=sent().text("reason"),
        errors=errors,
    )


def _moving_form(uid: str, errors: Mapping[str, str]) -> str:
    view = _booking(uid)
    monday = _week(view)
    return render_template(
        "host/booking_move.html",
        row=rows.row(view, current.now()),
        days=_free_days(view, monday),
        monday=monday,
        before=(monday - timedelta(days=7)).isoformat(),
        after=(monday + timedelta(days=7)).isoformat(),
        has_before=monday > current.now().astimezone(zone(view.host.time_zone)).date(),
        zone=words.zone_label(view.host.time_zone, current.now()),
        reason=sent().text("reason"),
        errors=errors,
    )


def _week(view: BookingView) -> date:
    """Return the Monday of the week asked for, else of the booking's own, never a past one."""
    today = current.now().astimezone(zone(view.host.time_zone)).date()
    own = words.local(view.start, view.host.time_zone).date()
    try:
        asked = date.fromisoformat(request.values.get("week", ""))
    except ValueError:
        asked = own
    asked = min(max(asked, today), today + _FIRST_DATE_AHEAD)
    return asked - timedelta(days=asked.weekday())


def _free_days(view: BookingView, monday: date) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return the free times of a week under their days, on the host's clocks."""
    if view.event_type_id is None:
        return []
    place = zone(view.host.time_zone)
    query = SlotQuery(
        event_type_id=view.event_type_id,
        start=wall_to_instant(monday, 0, place),
        end=wall_to_instant(monday + timedelta(days=7), 0, place),
        time_zone=view.host.time_zone,
        duration_minutes=(view.end - view.start) // 60,
        reschedule_uid=view.uid,
    )
    return _grouped(current.services().slots.find(query).slots, view)


def _grouped(
    slots: tuple[OfferedSlot, ...], view: BookingView
) -> list[tuple[str, list[tuple[int, str]]]]:
    days: dict[str, list[tuple[int, str]]] = {}
    for slot in slots:
        if slot.start == view.start:
            continue
        moment = words.local(slot.start, view.host.time_zone)
        days.setdefault(words.day(moment.date()), []).append((slot.start, words.clock(moment)))
    return list(days.items())
