"""What changed in a calendar: by sync token, else by listing everything.

A cursor is bound to its calendar. A listing carries its rows whole, so what it names is kept for
the reading that follows and not asked for twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from booking.calendars.ports import ChangeKind, Changes, Named, Step
from booking.calendars.providers.google.errors import PROVIDER
from booking.calendars.providers.google.line import Line
from booking.calendars.providers.google.reading import (
    PAGE_SIZE,
    Row,
    Rows,
    Seen,
    is_gone,
    pages,
)
from booking.calendars.providers.places import digest_of
from booking.core.errors import CursorExpired, ItemGone, PermissionDenied, Unsupported

_WAY: Final = "sync"
_FIELDS: Final = "kind,nextPageToken,nextSyncToken,items"


def changes(line: Line, calendar: str, cursor: str | None, seen: Seen) -> Changes:
    """Tell what changed since `cursor`, or list everything.

    Errors: CursorExpired, ItemGone for the calendar itself, BadAnswer.
    """
    options = {"calendarId": calendar, "maxResults": PAGE_SIZE, "fields": _FIELDS}
    if cursor is None:
        listed = pages(line, Step.LIST_ITEMS, **options)
        return _listing(calendar, listed.rows, listed.token, seen)
    token = _token_in(cursor, calendar)
    try:
        listed = pages(line, Step.LIST_ITEMS, syncToken=token, **options)
    except Unsupported:
        raise CursorExpired(provider=PROVIDER, step=Step.LIST_ITEMS) from None
    return _delta(line, calendar, listed.rows, listed.token, seen)


def _listing(calendar: str, rows: Iterable[Row], token: str | None, seen: Seen) -> Changes:
    alive = [row for row in rows if not is_gone(row) or "recurringEventId" in row]
    masters = {row["id"]: row for row in alive if "recurringEventId" not in row}
    parts: dict[str, list[Row]] = {}
    for row in alive:
        parent = row.get("recurringEventId")
        if parent in masters:
            parts.setdefault(str(parent), []).append(row)
        elif parent is not None and not is_gone(row):
            masters[row["id"]] = row
    found = {
        key: Rows(master=row, exceptions=tuple(parts.get(key, ()))) for key, row in masters.items()
    }
    whole = {key: rows for key, rows in found.items() if not rows.is_pending}
    seen.rows = dict(whole)
    named = tuple(Named(key=key, version=rows.version) for key, rows in whole.items())
    return Changes(kind=ChangeKind.LISTING, named=named, cursor=_cursor(calendar, token))


def _delta(
    line: Line, calendar: str, rows: Iterable[Row], token: str | None, seen: Seen
) -> Changes:
    """Return the items that a delta touches; a changed instance touches its whole series."""
    by_id = {row["id"]: row for row in rows}
    seen.rows = {}
    named: dict[str, Named] = {}
    removed: dict[str, None] = {}
    for key, row in by_id.items():
        parent = row.get("recurringEventId")
        if parent is not None:
            owner = _owner(line, calendar, str(parent), key, by_id)
            if not is_gone(row) or owner != key:
                named.setdefault(owner, Named(key=owner, version=None))
            else:
                removed[key] = None
        elif is_gone(row):
            removed[key] = None
        else:
            named[key] = _named(key, row, seen)
    kept = tuple(one for key, one in named.items() if key not in removed)
    return Changes(
        kind=ChangeKind.DELTA,
        named=kept,
        removed=tuple(removed),
        cursor=_cursor(calendar, token),
    )


def _named(key: str, row: Row, seen: Seen) -> Named:
    """Name a single event with its version; a series' version takes its exceptions as well."""
    rows = Rows(master=row)
    if rows.is_series or rows.is_pending:
        return Named(key=key, version=None)
    seen.rows[key] = rows
    return Named(key=key, version=rows.version)


def _owner(line: Line, calendar: str, parent: str, key: str, by_id: dict[str, Row]) -> str:
    """Return the item that an instance belongs to: its series, or itself where it has none."""
    if parent in by_id:
        return parent
    try:
        master = line.call(line.api.events.get(calendarId=calendar, eventId=parent), Step.READ)
    except (ItemGone, PermissionDenied):
        return key
    return key if is_gone(master) else parent


def _cursor(calendar: str, token: str | None) -> str | None:
    return f"{_WAY}|{digest_of(calendar)}|{token}" if token else None


def _token_in(cursor: str, calendar: str) -> str:
    way, _, rest = cursor.partition("|")
    digest, _, token = rest.partition("|")
    if way != _WAY or digest != digest_of(calendar) or not token:
        raise CursorExpired(provider=PROVIDER, step=Step.LIST_ITEMS)
    return token
