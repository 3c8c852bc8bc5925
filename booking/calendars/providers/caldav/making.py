"""Making a calendar, at servers that rename it or ignore its name and colour."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urljoin

from booking.calendars.ports import RemoteCalendar, Step
from booking.calendars.providers.caldav import bodies
from booking.calendars.providers.caldav.errors import bad_answer
from booking.calendars.providers.caldav.hrefs import as_collection
from booking.calendars.providers.caldav.mapping import calendars_in
from booking.calendars.providers.caldav.transport import Dav
from booking.core.errors import BadAnswer, ItemGone, PermissionDenied, Unsupported


def list_home(dav: Dav, home: str, *, depth: int = 1) -> tuple[RemoteCalendar, ...]:
    """List the calendars in a home, or with depth 0 the calendar at that address.

    Errors: BadAnswer for an answer that does not even name the home.
    """
    answer = dav.propfind(home, bodies.CALENDARS, depth=depth, step=Step.LIST_CALENDARS)
    if not answer.rows:
        raise bad_answer(Step.LIST_CALENDARS)
    return calendars_in(answer.rows, home)


def make_calendar(dav: Dav, home: str, name: str, color: str | None) -> RemoteCalendar:
    """Make a calendar and return it as the server now shows it.

    Errors: Unsupported, PermissionDenied; BadAnswer when it cannot be found afterwards.
    """
    before = {calendar.key for calendar in list_home(dav, home)}
    url = urljoin(as_collection(home), f"{uuid.uuid4()}/")
    dav.make_calendar(url, bodies.make_calendar(name, color), step=Step.CREATE_CALENDAR)
    made = _made(list_home(dav, home), url, before)
    if made.name == name and (color is None or made.color == color.lower()):
        return made
    # Some take neither on creation (SOGo 5.8). Without them it is a calendar all the same.
    with suppress(PermissionDenied, Unsupported, BadAnswer, ItemGone):
        dav.proppatch(made.key, bodies.rename(name, color), step=Step.CREATE_CALENDAR)
    return _made(list_home(dav, home), made.key, before)


def _made(
    listed: Iterable[RemoteCalendar], url: str, before: frozenset[str] | set[str]
) -> RemoteCalendar:
    """Find the new calendar: at the address asked for, else the one that was not there before."""
    fresh = [calendar for calendar in listed if calendar.key not in before]
    for calendar in fresh:
        if calendar.key == url:
            return calendar
    if len(fresh) != 1:
        raise bad_answer(Step.CREATE_CALENDAR)
    return fresh[0]
