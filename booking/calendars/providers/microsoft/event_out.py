"""From our event to what Graph is sent: a whole body, or what differs from an event as it stands.

Attendees are never sent: Graph mails whoever stands there. Guests are data, as for every copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from booking.calendars.guests import with_guests
from booking.calendars.ports import Step
from booking.calendars.providers.microsoft.conferences import (
    request_for,
    with_invitation,
    without_invitation,
)
from booking.calendars.providers.microsoft.errors import PROVIDER
from booking.calendars.providers.microsoft.event_in import event_of, show_as
from booking.calendars.providers.microsoft.extras import DATA, properties_of
from booking.calendars.providers.microsoft.patterns import pattern_of
from booking.core.errors import Unsupported
from booking.core.event import AllDay, CalendarEvent, Timed, Visibility, When
from booking.core.text import clean_text

Row = Mapping[str, Any]
_SENSITIVITIES = {
    Visibility.PUBLIC: "normal",
    Visibility.PRIVATE: "private",
    Visibility.CONFIDENTIAL: "confidential",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Under which name of ours an event stands, and with which uid ("": not made by us)."""

    name: str
    uid: str


def refuse_impossible(event: CalendarEvent) -> None:
    """Raise Unsupported for what Graph cannot hold."""
    if event.recurrence is not None:
        if isinstance(event.when, Timed) and event.when.zone is None:
            raise _unwritable("Microsoft cannot repeat an event without a time zone.")
        pattern_of(event.recurrence, event.when, _zone(event.when))
    if any(exception.and_future for exception in event.exceptions):
        raise _unwritable("Microsoft cannot keep a change of this and all later instances.")


def body_of(event: CalendarEvent, place: Place, *, is_pending: bool = False) -> dict[str, Any]:
    """Return the whole body of an event that is to be made, without its exceptions."""
    body = {
        **_fields(event, event.attendees if place.uid else ()),
        "singleValueExtendedProperties": properties_of(
            event, name=place.name, uid=place.uid, people=event.attendees, is_pending=is_pending
        ),
    }
    if event.labels:
        body["categories"] = [event.labels[0]]
    body |= request_for(event, {})
    if event.recurrence is not None:
        body["recurrence"] = pattern_of(event.recurrence, event.when, _zone(event.when))
    return body


def patch_of(event: CalendarEvent, row: Row, place: Place) -> dict[str, Any]:
    """Return what must be changed of a row so that it says `event`; {} where it does already."""
    native = {
        str((one.get("emailAddress") or {}).get("address", "")).lower()
        for one in row.get("attendees") or ()
    }
    people = tuple(one for one in event.attendees if one.address not in native)
    now = _known(row)
    patch = {
        name: value
        for name, value in _fields(event, people if place.uid else ()).items()
        if now is None or not _says(row, now, event, name, value)
    }
    if "body" in patch:
        text = with_invitation(row, patch["body"]["content"])
        patch["body"] = {**patch["body"], "content": text}
    patch |= request_for(event, row)
    held = {one["id"].lower(): one["value"] for one in row.get("singleValueExtendedProperties", ())}
    properties = properties_of(event, name="", uid=place.uid, people=people)
    if held.get(DATA.lower()) != properties[0]["value"] and (held or patch):
        patch["singleValueExtendedProperties"] = properties
    if patch and event.labels:
        patch |= _categories_patch(event, row, now)
    return patch


def _categories_patch(
    event: CalendarEvent, row: Row, now: CalendarEvent | None
) -> dict[str, list[str]]:
    """Return our categories beside the host's own, which stay, where the colour has changed."""
    if now is not None and now.color == event.color:
        return {}
    held = list(row.get("categories") or ())
    wanted = [event.labels[0], *(each for each in held if each not in event.labels)]
    return {} if wanted == held else {"categories": wanted}


def recurrence_patch(event: CalendarEvent, row: Row) -> dict[str, Any]:
    """Return what must change of how it repeats."""
    if event.recurrence is None:
        return {"recurrence": None} if row.get("recurrence") else {}
    now = _known(row)
    if now is not None and now.recurrence == event.recurrence and now.when == event.when:
        return {}
    return {"recurrence": pattern_of(event.recurrence, event.when, _zone(event.when))}


def _known(row: Row) -> CalendarEvent | None:
    try:
        return event_of(row)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _says(row: Row, now: CalendarEvent, event: CalendarEvent, name: str, value: Any) -> bool:
    """Tell whether a field of a row says already what it should."""
    if name in {"start", "end", "isAllDay"}:
        return _zoned(now.when) == _zoned(event.when)
    if name == "body":
        content = str((row.get("body") or {}).get("content", ""))
        return clean_text(without_invitation(row, content)) == clean_text(value["content"])
    if name == "location":
        return now.location == event.location
    return bool(row.get(name, "") == value)


def _fields(event: CalendarEvent, guests: Any) -> dict[str, Any]:
    when = event.when
    name = _zone(when)
    end_name = when.end_zone if isinstance(when, Timed) and when.end_zone else name
    return {
        "subject": event.title,
        "body": {"contentType": "text", "content": with_guests(event.description, guests)},
        "location": {"displayName": event.location},
        "isAllDay": isinstance(when, AllDay),
        "start": {"dateTime": _text(when.start), "timeZone": name},
        "end": {"dateTime": _text(when.end), "timeZone": end_name},
        "showAs": show_as(event),
        "sensitivity": _SENSITIVITIES[event.visibility],
    }


def _zone(when: When) -> str:
    return (when.zone if isinstance(when, Timed) else None) or "UTC"


def _zoned(when: When) -> When:
    if isinstance(when, Timed) and when.zone is None:
        return replace(when, zone="UTC")
    return when


def _text(moment: Any) -> str:
    if isinstance(moment, datetime):
        return moment.isoformat()
    return f"{moment.isoformat()}T00:00:00"


def _unwritable(message: str) -> Unsupported:
    return Unsupported(message, provider=PROVIDER, step=Step.WRITE, reason="recurrence")
