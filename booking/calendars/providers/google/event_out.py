"""From a calendar event to what Google is sent: a whole body, or what differs from a row.

A patch names only what differs, so that everything else a person or program has put there stays.
Guests of events that we made are data, not invitations: they stand in a private property and, for
people to read, at the end of the description. Where Google knows attendees, they stay Google's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from booking.calendars.guests import with_guests
from booking.calendars.ical_component import Component
from booking.calendars.ical_write import add_excluded, add_recurrence, lines_of
from booking.calendars.ports import Step
from booking.calendars.providers.google.conferences import request_for
from booking.calendars.providers.google.errors import PROVIDER
from booking.calendars.providers.google.extras import (
    GROUP,
    KEY,
    cleared,
    color_id,
    private_of,
    properties_of,
)
from booking.calendars.providers.google.texts import plain
from booking.calendars.providers.google.times import parts_of, says_the_same
from booking.core.errors import Unsupported
from booking.core.event import (
    Answer,
    Attendee,
    CalendarEvent,
    EventException,
    EventStatus,
    OriginalStart,
    Recurrence,
    Role,
    Timed,
    Transparency,
    Visibility,
    exception_key,
)
from booking.core.recurrence import canonical_rule
from booking.core.text import clean_line, clean_text

Row = Mapping[str, Any]

_ANSWERS = {
    Answer.NEEDS_ACTION: "needsAction",
    Answer.ACCEPTED: "accepted",
    Answer.DECLINED: "declined",
    Answer.TENTATIVE: "tentative",
    Answer.DELEGATED: "needsAction",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an event is written: under which id, with which uid of ours ("": not made by us).

    `zone` is the calendar's, for floating times.
    """

    key: str
    uid: str
    zone: str


def refuse_impossible(event: CalendarEvent) -> None:
    """Raise Unsupported for what Google cannot hold."""
    recurrence = event.recurrence
    if recurrence is None:
        return
    if recurrence.only_exceptions:
        raise _unwritable("Single instances of somebody else's series cannot be written to Google.")
    if any(extra.end is not None for extra in recurrence.extra_dates):
        raise _unwritable("Google cannot keep single dates of another length in a series.")
    if any(exception.and_future for exception in event.exceptions):
        raise _unwritable("Google cannot keep a change of this and all later instances.")


def body_of(event: CalendarEvent, place: Place) -> dict[str, Any]:
    """Return the whole body of an event that is to be made, without its changed instances."""
    start, end = _times(event, place)
    body = {
        "summary": event.title,
        "description": with_guests(event.description, event.attendees),
        "location": event.location,
        "status": _status(event),
        "transparency": _transparency(event),
        "visibility": _visibility(event),
        "start": _said(start),
        "end": _said(end),
        "extendedProperties": {
            "private": {
                KEY: place.key,
                **({GROUP: event.mark.partition("-")[0]} if event.mark else {}),
                **properties_of(event, key=place.key, uid=place.uid, people=event.attendees),
            }
        },
    }
    color = color_id(event.color)
    if color is not None:
        body["colorId"] = color
    body |= request_for(event, {}, place.key)
    if event.recurrence is not None:
        body["recurrence"] = recurrence_lines(event, place.zone, _cancelled(event))
    return body


def patch_of(event: CalendarEvent, row: Row, place: Place) -> dict[str, Any]:
    """Return what must be changed of a row so that it says `event`; {} where it does already.

    Leaves to others: `recurrence` and the exceptions of a series.
    """
    native, kept = _people(event, row, is_ours=bool(place.uid))
    patch: dict[str, Any] = {}
    if clean_line(str(row.get("summary", ""))) != event.title:
        patch["summary"] = event.title
    text = with_guests(event.description, kept) if place.uid else event.description
    if plain(str(row.get("description", ""))) != clean_text(text):
        patch["description"] = text
    if clean_text(str(row.get("location", ""))) != event.location:
        patch["location"] = event.location
    patch |= _choices_patch(event, row)
    times = zip(("start", "end"), _times(event, place), strict=True)
    patch |= {name: part for name, part in times if not says_the_same(row[name], part)}
    if row.get("colorId") != color_id(event.color):
        patch["colorId"] = color_id(event.color)
    if native is not None:
        patch["attendees"] = native
    patch |= request_for(event, row, place.key)
    properties = _properties_patch(event, row, place, kept)
    return {**patch, "extendedProperties": {"private": properties}} if properties else patch


def _choices_patch(event: CalendarEvent, row: Row) -> dict[str, Any]:
    wanted = {
        "status": ("confirmed", _status(event)),
        "transparency": ("opaque", _transparency(event)),
        "visibility": ("default", _visibility(event)),
    }
    return {
        name: value
        for name, (default, value) in wanted.items()
        if _normal(row.get(name, default)) != value
    }


def recurrence_lines(event: CalendarEvent, zone: str, gone: Iterable[EventException]) -> list[str]:
    """Return RRULE, RDATE and, for `gone`, EXDATE lines; floating series in `zone`."""
    zoned = _zoned(event, zone)
    component = Component()
    add_recurrence(component, zoned)
    add_excluded(component, replace(zoned, exceptions=tuple(gone)))
    return lines_of(component)


def cancelled_starts(event: CalendarEvent) -> dict[str, OriginalStart]:
    """Return the instances that were cancelled, by key."""
    return {exception_key(one.original_start): one.original_start for one in _cancelled(event)}


def changed_instances(event: CalendarEvent) -> dict[str, tuple[OriginalStart, CalendarEvent]]:
    """Return the instances that were changed, by key."""
    return {
        exception_key(one.original_start): (one.original_start, one.replacement)
        for one in event.exceptions
        if one.replacement is not None
    }


def _cancelled(event: CalendarEvent) -> list[EventException]:
    return [one for one in event.exceptions if one.replacement is None]


def _zoned(event: CalendarEvent, zone: str) -> CalendarEvent:
    """Return a floating event as it stands in a zone, the ends of its rules included."""
    if not isinstance(event.when, Timed) or event.when.zone is not None:
        return event
    when = replace(event.when, zone=zone)
    recurrence = event.recurrence
    if recurrence is None:
        return replace(event, when=when)
    rules = tuple(canonical_rule(rule, when) for rule in recurrence.rules)
    rest = Recurrence(rules=rules, extra_dates=recurrence.extra_dates)
    return replace(event, when=when, recurrence=rest)


def _times(event: CalendarEvent, place: Place) -> tuple[dict[str, Any], dict[str, Any]]:
    when = event.when
    if isinstance(when, Timed) and when.zone is None:
        when = replace(when, zone=place.zone)
    return parts_of(when)


def _said(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if value is not None}


def _status(event: CalendarEvent) -> str:
    """Return Google's status. Its own "cancelled" would delete the event."""
    return "tentative" if event.status is EventStatus.TENTATIVE else "confirmed"


def _transparency(event: CalendarEvent) -> str:
    is_free = event.transparency is Transparency.TRANSPARENT
    return "transparent" if is_free or event.status is EventStatus.CANCELLED else "opaque"


def _visibility(event: CalendarEvent) -> str:
    return "default" if event.visibility is Visibility.PUBLIC else event.visibility.value


def _normal(value: Any) -> str:
    return "default" if value == "public" else str(value)


def _people(
    event: CalendarEvent, row: Row, *, is_ours: bool
) -> tuple[list[dict[str, Any]] | None, tuple[Attendee, ...]]:
    """Return the attendees to be written as Google's own (None: no change), and those kept as data.

    Somebody new joins Google's own only where the event is Google's and has attendees there.
    """
    old = {str(one.get("email", "")).lower(): one for one in row.get("attendees") or ()}
    joins = bool(old) and not is_ours
    native = [one for one in event.attendees if joins or one.address in old]
    kept = tuple(one for one in event.attendees if not joins and one.address not in old)
    wanted = [_attendee(one, old.get(one.address, {})) for one in native]
    hidden = [one for address, one in old.items() if not address]
    is_same = {one.address for one in native} == set(filter(None, old)) and all(
        new == dict(old[new["email"].lower()]) for new in wanted
    )
    return (None if is_same else [*wanted, *hidden]), kept


def _attendee(one: Attendee, old: Mapping[str, Any]) -> dict[str, Any]:
    """Return one of Google's attendees, with what is known of it there and else unknown."""
    new = {**old, "email": old.get("email", one.address)}
    if clean_line(str(old.get("displayName", ""))) != one.name:
        new["displayName"] = one.name
    if old.get("responseStatus", "needsAction") != _ANSWERS[one.answer]:
        new["responseStatus"] = _ANSWERS[one.answer]
    if bool(old.get("optional")) != (one.role is Role.OPTIONAL):
        new["optional"] = one.role is Role.OPTIONAL
    return new


def _properties_patch(
    event: CalendarEvent, row: Row, place: Place, people: tuple[Attendee, ...]
) -> dict[str, str | None]:
    private = private_of(row)
    wanted = properties_of(event, key=place.key, uid=place.uid, people=people)
    changed = {name: text for name, text in wanted.items() if private.get(name) != text}
    return {**changed, **cleared(private, wanted)}


def _unwritable(message: str) -> Unsupported:
    return Unsupported(message, provider=PROVIDER, step=Step.WRITE, reason="recurrence")
