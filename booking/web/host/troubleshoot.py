"""The troubleshooter: one day of an event type, every start with all that bars it, and remedies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.bookings.explained import ExplainedDate, ExplainedStart, Explanation, LaneKind
from booking.bookings.explained_names import Askable, askable
from booking.bookings.values import SlotQuery
from booking.calendars.values import CalendarStatus, CalendarView, ConnectionView
from booking.core.errors import NotFound
from booking.core.ids import decode_id, encode_id
from booking.core.zones import wall_to_instant, zone
from booking.web import current, english
from booking.web.host import troubleshoot_picture, words
from booking.web.host.calendar_cards import unread
from booking.web.host.forms import sent
from booking.web.host.troubleshoot_words import Remedies, Speaker, Told
from booking.web.policy import host_only

pages = Blueprint("host_troubleshoot", __name__, url_prefix="/troubleshoot")
_ONE = timedelta(days=1)
_MOST_DAYS_AWAY = 3660


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the page is about: an event type, a date in the host's zone, maybe a length."""

    event_type: Askable
    day: date
    minutes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One start: its time, what bars it, and who cannot serve it though it is offered."""

    time: str
    is_offered: bool
    causes: tuple[Told, ...]
    absent: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCalendar:
    """One of the host's calendars in the checklist: does it block here, how was it read."""

    calendar: CalendarView
    account: str
    blocks: bool
    standing: str
    fault: str | None
    tentative: str


@pages.get("")
@host_only
def show() -> str:
    """Show the choice of event type and day, and the day that was chosen."""
    choices = askable(current.user_id())
    if not choices:
        return render_template("host/troubleshoot.html", choices=())
    asked = _asked(choices)
    explanation = _explanation(asked)
    (day,) = explanation.dates
    speaker = _speaker(asked.event_type, explanation)
    rows = [_row(start, speaker, _twice(day, speaker.zone)) for start in day.starts]
    return render_template(
        "host/troubleshoot.html",
        choices=[(encode_id(each.id), _title(each)) for each in choices],
        asked=asked,
        key=encode_id(asked.event_type.id),
        day=words.day(asked.day),
        before=_address(asked, asked.day - _ONE),
        after=_address(asked, asked.day + _ONE),
        lengths=[(str(each), words.length(each)) for each in asked.event_type.durations_minutes],
        zone=words.zone_label(speaker.zone, current.now()),
        picture=troubleshoot_picture.draw(day, speaker),
        rows=rows,
        offered=sum(row.is_offered for row in rows),
        is_closed=not day.hours,
        calendars=_calendars(explanation),
        remedies=speaker.remedies,
    )


@pages.post("/refresh/<id:calendar>")
@host_only
def refresh(calendar: int) -> Response:
    """Have a calendar read again now, and return to the day."""
    current.services().calendar_status.ask_refresh(current.user_id(), calendar)
    flash("The calendar is being read again. Load this page in a few seconds.", "good")
    form = sent()
    return redirect(
        url_for(
            ".show",
            event_type=form.text("event_type") or None,
            day=form.text("day") or None,
            duration=form.text("duration") or None,
        ),
        303,
    )


def _asked(choices: Sequence[Askable]) -> Asked:
    """Return what the address asks for, the usual where a part of it makes no sense.

    Errors: NotFound for an event type that is another's.
    """
    raw = request.args.get("event_type", "")
    key = decode_id(raw) if raw else choices[0].id
    event_type = next((each for each in choices if each.id == key), None)
    if event_type is None:
        raise NotFound("There is no such event type.")
    minutes = request.args.get("duration", "")
    known = {str(each): each for each in event_type.durations_minutes}
    return Asked(event_type=event_type, day=_day(), minutes=known.get(minutes))


def _day() -> date:
    """Return the date asked for, within ten years of today, else today on the host's clocks."""
    today = current.now().astimezone(zone(current.host().time_zone)).date()
    try:
        asked = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today
    return asked if abs((asked - today).days) <= _MOST_DAYS_AWAY else today


def _explanation(asked: Asked) -> Explanation:
    time_zone = current.host().time_zone
    query = SlotQuery(
        event_type_id=asked.event_type.id,
        start=wall_to_instant(asked.day, 0, zone(time_zone)),
        end=wall_to_instant(asked.day + _ONE, 0, zone(time_zone)),
        time_zone=time_zone,
        duration_minutes=asked.minutes,
    )
    return current.services().slots.explain(query, current.user_id())


def _speaker(event_type: Askable, explanation: Explanation) -> Speaker:
    host = current.host()
    return Speaker(
        zone=host.time_zone,
        day=explanation.dates[0].date,
        host_id=host.id,
        members={each.member_id: each.name for each in explanation.members},
        remedies=_remedies(event_type),
    )


def _remedies(event_type: Askable) -> Remedies:
    host = current.host()
    own = {each.id for each in current.services().schedules.list(host.id)}
    in_force = event_type.schedule_id or host.default_schedule_id

    def schedule(key: int | None) -> str:
        if key in own:
            return url_for("host_schedules.show", schedule=key)
        return url_for("host_schedules.overview")

    may_manage = event_type.may_manage
    key = event_type.id
    return Remedies(
        event_type=url_for("host_event_types.show", event_type=key) if may_manage else "",
        schedule=schedule(in_force),
        restriction=schedule(event_type.restriction_schedule_id),
        absences=f"{url_for('host_schedules.overview')}#away-h",
        calendars=url_for("host_calendars.show"),
        booking=lambda uid: url_for("host_bookings.show", uid=uid),
    )


def _twice(day: ExplainedDate, zone_name: str) -> set[str]:
    """Return the wall times that come twice on the night on which clocks are set back."""
    shown = Counter(words.clock(words.local(each.start, zone_name)) for each in day.starts)
    return {time for time, count in shown.items() if count > 1}


def _row(start: ExplainedStart, speaker: Speaker, twice: set[str]) -> Row:
    local = words.local(start.start, speaker.zone)
    time = words.clock(local)
    return Row(
        time=f"{time} ({english.offset(local)})" if time in twice else time,
        is_offered=start.is_offered,
        causes=tuple(speaker.tell(cause) for cause in start.causes),
        absent=tuple(speaker.tell(cause) for cause in start.absent),
    )


def _title(event_type: Askable) -> str:
    return f"{event_type.title} ({event_type.team})" if event_type.team else event_type.title


def _address(asked: Asked, day: date) -> str:
    key = encode_id(asked.event_type.id)
    return url_for(".show", event_type=key, day=day.isoformat(), duration=asked.minutes)


def _calendars(explanation: Explanation) -> list[CheckedCalendar]:
    """Return all of the host's calendars, those that do not block this event type among them."""
    services, user_id = current.services(), current.user_id()
    statuses = services.calendar_status.statuses(user_id)
    blocking = {
        lane.calendar_id
        for day in explanation.dates
        for lane in day.lanes
        if lane.kind is LaneKind.CALENDAR
    }
    return [
        _checked(calendar, connection, statuses, is_blocking=calendar.id in blocking)
        for connection in services.connections.list(user_id)
        for calendar in services.connections.calendars(user_id, connection.id)
    ]


def _checked(
    calendar: CalendarView,
    connection: ConnectionView,
    statuses: Mapping[int, CalendarStatus],
    *,
    is_blocking: bool,
) -> CheckedCalendar:
    status = statuses.get(calendar.id)
    fault = connection.error
    if calendar.gone_at is not None:
        fault = "No longer at the server."
    elif status is not None and is_blocking:
        fault = status.error or fault or unread(status)
    read_at = None if status is None else status.synced_at
    return CheckedCalendar(
        calendar=calendar,
        account=connection.account,
        blocks=is_blocking,
        standing=f"Read {words.ago(read_at, current.now())}" if read_at else "Not read yet",
        fault=fault,
        tentative="block" if calendar.tentative_blocks else "do not block",
    )
