"""Calendar object resources: their text to items, and events to what is written.

All knowledge of iCalendar is `calendars.ical`'s.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from booking.calendars import ical
from booking.calendars.ports import RemoteItem, Step
from booking.calendars.providers.caldav.errors import PROVIDER
from booking.calendars.providers.caldav.etags import version_of
from booking.core.errors import Unsupported
from booking.core.event import CalendarEvent


def item_of(key: str, etag: str | None, raw: str, owner: frozenset[str]) -> RemoteItem:
    """Read one object. What cannot be understood is an item all the same, and says why.

    `owner`: the account's addresses, lower case, to know its own answer to an invitation.
    """
    event, reason = None, ""
    try:
        if "BEGIN:VEVENT" in raw.upper():
            event = ical.parse_object(raw, owner=owner)
    except ical.BadObject as error:
        reason = str(error)
    return RemoteItem(
        key=key,
        version=version_of(etag),
        event=event,
        quarantine=reason,
        raw=raw,
        updated_at=event.updated_at if event is not None else None,
    )


def new_body(event: CalendarEvent, *, now: datetime, silences: bool) -> str:
    """Return the text of a new object that makes the server write to nobody.

    Errors: Unsupported for an event that cannot be written.
    """
    try:
        return ical.render_event(_quiet(event, silences=silences), dtstamp=now)
    except ValueError:
        raise _unwritable() from None


def changed_body(raw: str, event: CalendarEvent, *, now: datetime, silences: bool) -> str:
    """Return `raw` as it reads once it says `event`, with the lines of others kept.

    Errors: Unsupported where one of the two cannot be understood.
    """
    try:
        return ical.merge_into(raw, _quiet(event, silences=silences), dtstamp=now)
    except ValueError:
        raise _unwritable() from None


def _unwritable() -> Unsupported:
    return Unsupported(
        "This event cannot be written as iCalendar.", provider=PROVIDER, step=Step.WRITE
    )


def _quiet(event: CalendarEvent, *, silences: bool) -> CalendarEvent:
    """Leave people out where naming them would make the server send mail (SOGo)."""
    if silences:
        return event
    exceptions = tuple(
        replace(exception, replacement=_quiet(exception.replacement, silences=False))
        if exception.replacement is not None
        else exception
        for exception in event.exceptions
    )
    return replace(event, attendees=(), organizer=None, exceptions=exceptions)
