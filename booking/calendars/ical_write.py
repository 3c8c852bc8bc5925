"""From a CalendarEvent to iCalendar text that every known server keeps.

Every value goes through `ical_component`, none through string formatting here, and is cleaned again
on its way out: a body must hold no control character whatever it was made from.
Leaves to others: changing a body that exists (`ical_merge`), VTIMEZONE (`ical_timezones`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

import icalendar
from icalendar.prop import vCalAddress, vDDDLists, vRecur

from booking.calendars.ical_component import Component
from booking.calendars.ical_lines import Block, block_of, text_of
from booking.calendars.ical_read import MARK, plain_name
from booking.calendars.ical_timezones import timezone_blocks
from booking.core.event import (
    AllDay,
    Attendee,
    CalendarEvent,
    EventException,
    EventStatus,
    Organizer,
    OriginalStart,
    Recurrence,
    Role,
    Timed,
    Visibility,
    When,
)
from booking.core.text import clean_line, clean_text

PRODUCT = "-//Booking//Booking//EN"

_MARK_FORM = re.compile(r"[A-Za-z0-9._:/@-]{0,200}", re.ASCII)
_EXTRA_NAME = re.compile(r"X-[A-Z0-9-]{1,60}", re.ASCII)
_URI = re.compile(r"[a-z][a-z0-9+.-]*:", re.ASCII)


def render_event(
    event: CalendarEvent,
    *,
    dtstamp: datetime,
    prodid: str = PRODUCT,
    method: str | None = None,
    silent: bool = True,
    extra: Iterable[tuple[str, str]] = (),
) -> str:
    """Return the event as a VCALENDAR: CRLF line ends, folded, with the zones it refers to.

    `dtstamp`: now, aware UTC. `silent`: no server shall write to attendees on its own
    (SCHEDULE-AGENT=CLIENT, RFC 6638, 7.1). `method`: for mails only; CalDAV refuses one.
    `extra`: further X- properties of the series, as (name, value), without commas.
    Errors: ValueError for a mark or an extra property that some server would cut.
    """
    blocks = event_blocks(event, dtstamp=dtstamp, silent=silent)
    for block in blocks:
        block.lines += _extra_lines(extra)
    children = [*timezone_blocks(event, dtstamp), *blocks]
    return text_of(Block("VCALENDAR", list(_header(prodid, method)), children))


@lru_cache(maxsize=16)
def _header(prodid: str, method: str | None) -> tuple[str, ...]:
    calendar = icalendar.Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", clean_line(prodid))
    if method is not None:
        calendar.add("METHOD", clean_line(method))
    return tuple(block_of(calendar.content_lines()).lines)


def event_blocks(event: CalendarEvent, *, dtstamp: datetime, silent: bool) -> list[Block]:
    """Return the VEVENT of the series and one for each exception that has content."""
    only_exceptions = event.recurrence is not None and event.recurrence.only_exceptions
    blocks = [] if only_exceptions else [master_block(event, dtstamp=dtstamp, silent=silent)]
    return blocks + [
        exception_block(event, exception, dtstamp=dtstamp, silent=silent)
        for exception in event.exceptions
        if exception.replacement is not None or exception.and_future or only_exceptions
    ]


def master_block(event: CalendarEvent, *, dtstamp: datetime, silent: bool) -> Block:
    """Return the VEVENT of an event or of its series, single cancelled dates as EXDATE."""
    component = _component(event, dtstamp, silent=silent)
    add_recurrence(component, event)
    add_excluded(component, event)
    return Block("VEVENT", component.lines())


def exception_block(
    event: CalendarEvent, exception: EventException, *, dtstamp: datetime, silent: bool
) -> Block:
    """Return the VEVENT of one exception; a cancelled one has the series' content."""
    body = exception_body(event, exception)
    component = _component(body, dtstamp, silent=silent)
    add_recurrence_id(component, event, exception)
    return Block("VEVENT", component.lines())


def exception_body(event: CalendarEvent, exception: EventException) -> CalendarEvent:
    """Return what an exception's VEVENT holds: all of it belongs to the series' UID."""
    body = exception.replacement
    if body is None:
        cancelled = replace(event, status=EventStatus.CANCELLED)
        body = replace(cancelled, when=_instance_when(event.when, exception.original_start))
    return replace(
        body,
        uid=event.uid,
        organizer=body.organizer or event.organizer,
        sequence=max(body.sequence, event.sequence),
        mark=event.mark,
        recurrence=None,
        exceptions=(),
    )


def _instance_when(when: When, start: OriginalStart) -> When:
    if isinstance(when, Timed) and isinstance(start, datetime):
        return when.moved_to(start)
    return when.moved_to(start) if isinstance(when, AllDay) else when


def _component(event: CalendarEvent, dtstamp: datetime, *, silent: bool) -> Component:
    component = Component()
    component.add("UID", clean_line(event.uid))
    component.add("DTSTAMP", dtstamp)
    component.add("LAST-MODIFIED", event.updated_at or dtstamp)
    if event.created_at is not None:
        component.add("CREATED", event.created_at)
    component.add("SEQUENCE", event.sequence)
    for add in UNIT_WRITERS.values():
        add(component, event)
    for attendee in event.attendees:
        add_attendee(component, attendee, silent=silent)
    if event.organizer is not None:
        add_organizer(component, event.organizer, silent=silent)
    add_mark(component, event.mark)
    add_labels(component, event)
    return component


def add_when(component: Component, event: CalendarEvent) -> None:
    """Add DTSTART and DTEND; servers refuse an event without an end."""
    when = event.when
    zone_name = when.zone if isinstance(when, Timed) else None
    end_zone = when.end_zone if isinstance(when, Timed) else None
    _add_moment(component, "DTSTART", when.start, zone_name)
    _add_moment(component, "DTEND", when.end, end_zone or zone_name)


def _add_moment(
    component: Component,
    name: str,
    moment: OriginalStart,
    zone_name: str | None,
    **parameters: str,
) -> None:
    """Add a date, a UTC time, a floating time, or a wall time with its TZID."""
    if isinstance(moment, datetime) and zone_name == "UTC":
        moment = moment.replace(tzinfo=UTC)
    elif isinstance(moment, datetime) and zone_name is not None:
        parameters["TZID"] = zone_name
    component.add(name, moment, parameters=parameters)


def _add_moments(
    component: Component, name: str, moments: list[OriginalStart], event: CalendarEvent
) -> None:
    for moment in moments:
        parameters, value = _in_zone_of(event, [moment])
        component.add(name, value, parameters=parameters)


def _in_zone_of(
    event: CalendarEvent, moments: list[OriginalStart]
) -> tuple[dict[str, str], list[OriginalStart]]:
    """Return moments as the library takes them, and the parameters they need."""
    zone_name = event.when.zone if isinstance(event.when, Timed) else None
    if isinstance(event.when, AllDay):
        return {"VALUE": "DATE"}, moments
    if zone_name == "UTC":
        return {}, [m.replace(tzinfo=UTC) if isinstance(m, datetime) else m for m in moments]
    return ({"TZID": zone_name} if zone_name else {}), moments


def add_recurrence(component: Component, event: CalendarEvent) -> None:
    """Add RRULE and RDATE."""
    recurrence = event.recurrence or Recurrence()
    for rule in recurrence.rules:
        component.add("RRULE", vRecur.from_ical(rule))
    plain = [extra.start for extra in recurrence.extra_dates if extra.end is None]
    _add_moments(component, "RDATE", plain, event)
    for extra in recurrence.extra_dates:
        if extra.end is not None:
            parameters, (start, end) = _in_zone_of(event, [extra.start, extra.end])
            period = vDDDLists([(start, end)])
            component.add("RDATE", period, parameters={**parameters, "VALUE": "PERIOD"})


def add_excluded(component: Component, event: CalendarEvent) -> None:
    """Add an EXDATE for each single cancelled instance, one a line as most servers do."""
    gone = [
        exception.original_start
        for exception in event.exceptions
        if exception.replacement is None and not exception.and_future
    ]
    _add_moments(component, "EXDATE", gone, event)


def add_recurrence_id(
    component: Component, event: CalendarEvent, exception: EventException
) -> None:
    """Add RECURRENCE-ID, in the zone of the series."""
    zone_name = event.when.zone if isinstance(event.when, Timed) else None
    reach = {"RANGE": "THISANDFUTURE"} if exception.and_future else {}
    _add_moment(component, "RECURRENCE-ID", exception.original_start, zone_name, **reach)


def add_attendee(component: Component, attendee: Attendee, *, silent: bool) -> None:
    """Add one ATTENDEE."""
    address = _calendar_user(attendee.address, attendee.name, silent=silent)
    address.params["PARTSTAT"] = attendee.answer.value.upper()
    if attendee.role is not Role.REQUIRED:
        address.params["ROLE"] = attendee.role.value.upper()
    component.add("ATTENDEE", address)


def add_organizer(component: Component, organizer: Organizer, *, silent: bool) -> None:
    """Add ORGANIZER."""
    component.add("ORGANIZER", _calendar_user(organizer.address, organizer.name, silent=silent))


def _calendar_user(address: str, name: str, *, silent: bool) -> vCalAddress:
    cleaned = clean_line(address).replace(" ", "")
    is_mail = "@" in cleaned and not _URI.match(cleaned)
    user = vCalAddress(f"mailto:{cleaned}" if is_mail else cleaned)
    if name:
        user.params["CN"] = plain_name(clean_line(name))
    if silent:
        user.params["SCHEDULE-AGENT"] = "CLIENT"
    return user


def add_mark(component: Component, mark: str) -> None:
    """Add our own provenance. Errors: ValueError for one that Radicale would cut at a comma."""
    if not _MARK_FORM.fullmatch(mark):
        raise ValueError("a mark has letters, digits and . _ : / @ - only")
    if mark:
        component.add(MARK, mark)


def add_labels(component: Component, event: CalendarEvent) -> None:
    """Add the category that goes with the event, on a line of its own."""
    if event.labels:
        component.add("CATEGORIES", [event.labels[0]])


def _extra_lines(extra: Iterable[tuple[str, str]]) -> list[str]:
    component = Component()
    for name, value in extra:
        if (
            not _EXTRA_NAME.fullmatch(name)
            or set(value) & set(",;\\")
            or value != clean_line(value)
        ):
            raise ValueError("an extra property is X-NAME and a line without commas")
        component.add(name, value)
    return lines_of(component)


def lines_of(component: Component) -> list[str]:
    """Return the unfolded lines of a component's properties."""
    return component.lines()


def _add_text(component: Component, name: str, text: str) -> None:
    if text:
        component.add(name, text)


def _add_visibility(component: Component, event: CalendarEvent) -> None:
    if event.visibility is not Visibility.PUBLIC:
        component.add("CLASS", event.visibility.value.upper())


def _add_priority(component: Component, event: CalendarEvent) -> None:
    if event.priority:
        component.add("PRIORITY", event.priority)


Writer = Callable[[Component, CalendarEvent], None]

UNIT_WRITERS: dict[str, Writer] = {
    "when": add_when,
    "title": lambda part, event: _add_text(part, "SUMMARY", clean_line(event.title)),
    "description": lambda part, event: _add_text(
        part, "DESCRIPTION", clean_text(event.description)
    ),
    "location": lambda part, event: _add_text(part, "LOCATION", clean_text(event.location)),
    "status": lambda part, event: part.add("STATUS", event.status.value.upper()),
    "transparency": lambda part, event: part.add("TRANSP", event.transparency.value.upper()),
    "visibility": _add_visibility,
    "url": lambda part, event: _add_text(part, "URL", clean_line(event.url)),
    "color": lambda part, event: _add_text(part, "COLOR", clean_line(event.color)),
    "priority": _add_priority,
}
"""What writes each unit that is one property or two; attendees, rule and exceptions are apart."""
