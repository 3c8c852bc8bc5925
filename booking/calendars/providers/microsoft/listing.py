"""What changed in a calendar: a listing of all its events, then Graph's delta as a hint.

Delta knows a window of time alone, and calls gone what has left it: every item that it names is
read by its id. What lies outside the window is found by the next listing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from booking.calendars.ports import ChangeKind, Changes, Named, Step
from booking.calendars.providers.microsoft.errors import PROVIDER, bad_answer
from booking.calendars.providers.microsoft.line import Line, segment
from booking.calendars.providers.microsoft.reading import WHOLE, Rows, Seen, is_pending, path_of
from booking.calendars.providers.places import digest_of
from booking.core.errors import CursorExpired, Unsupported
from booking.core.instants import Instant, from_instant, to_instant

_WAY: Final = "delta"
_BACK, _AHEAD = timedelta(days=40), timedelta(days=800)
# A place is given up once its window no longer reaches as far ahead as busy times do.
_LIFE = timedelta(days=300)


def changes(line: Line, calendar: str, cursor: str | None, seen: Seen, now: datetime) -> Changes:
    """Tell what changed since `cursor`, or list everything.

    Errors: CursorExpired, ItemGone for the calendar itself, BadAnswer.
    """
    if cursor is None:
        # First the place, then the list: what changes in between stands in both.
        link = _first_link(line, calendar, now)
        named = tuple(_listed(line, calendar, seen))
        made = f"{_WAY}|{digest_of(calendar)}|{to_instant(now)}~{link}"
        return Changes(kind=ChangeKind.LISTING, named=named, cursor=made)
    since, link = _place_in(cursor, calendar)
    if now - since > _LIFE:
        raise CursorExpired(provider=PROVIDER, step=Step.LIST_ITEMS)
    try:
        rows, link = _walked(line, link, None)
    except Unsupported:
        raise CursorExpired(provider=PROVIDER, step=Step.LIST_ITEMS) from None
    return _delta(rows, f"{_WAY}|{digest_of(calendar)}|{to_instant(since)}~{link}")


def _listed(line: Line, calendar: str, seen: Seen) -> list[Named]:
    seen.rows = {}
    found: dict[str, Named] = {}
    query = {**WHOLE, "$top": 100}
    for page in line.pages(path_of(calendar), Step.LIST_ITEMS, query):
        for row in page["value"]:
            rows = Rows(master=row)
            key = str(row["id"])
            if is_pending(row) or row.get("type") in {"occurrence", "exception"}:
                continue
            if rows.is_series:
                found[key] = Named(key=key, version=None)
                continue
            seen.rows[key] = rows
            found[key] = Named(key=key, version=rows.version)
    return list(found.values())


def _delta(rows: list[Mapping[str, Any]], cursor: str) -> Changes:
    named: dict[str, Named] = {}
    removed: dict[str, None] = {}
    for row in rows:
        key = str(row["id"])
        if "@removed" in row:
            removed[key] = None
        elif row.get("seriesMasterId"):
            master = str(row["seriesMasterId"])
            named[master] = Named(key=master, version=None)
        else:
            is_single = row.get("type") == "singleInstance"
            named[key] = Named(key=key, version=row.get("changeKey") if is_single else None)
    return Changes(
        kind=ChangeKind.DELTA,
        named=tuple(one for key, one in named.items() if key not in removed),
        removed=tuple(removed),
        cursor=cursor,
    )


def _first_link(line: Line, calendar: str, now: datetime) -> str:
    query = {
        "startDateTime": f"{now - _BACK:%Y-%m-%dT00:00:00Z}",
        "endDateTime": f"{now + _AHEAD:%Y-%m-%dT00:00:00Z}",
    }
    path = f"me/calendars/{segment(calendar)}/calendarView/delta"
    return _walked(line, path, query)[1]


def _walked(
    line: Line, path: str, query: Mapping[str, Any] | None
) -> tuple[list[Mapping[str, Any]], str]:
    """Return the rows of all pages, and the link for the next round."""
    rows: list[Mapping[str, Any]] = []
    link = None
    for page in line.pages(path, Step.LIST_ITEMS, query):
        rows += page["value"]
        link = page.get("@odata.deltaLink")
    if not isinstance(link, str):
        raise bad_answer(Step.LIST_ITEMS)
    return rows, link


def _place_in(cursor: str, calendar: str) -> tuple[datetime, str]:
    way, _, rest = cursor.partition("|")
    digest, _, place = rest.partition("|")
    since, _, link = place.partition("~")
    if way != _WAY or digest != digest_of(calendar) or not since.isdigit() or not link:
        raise CursorExpired(provider=PROVIDER, step=Step.LIST_ITEMS)
    return from_instant(Instant(int(since))), link
