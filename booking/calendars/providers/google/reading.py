"""Reading events by their ids: a single one, or a series with all its exceptions as one item.

A key is a master's or a single event's id. Somebody who is invited to single instances only has
these without their master: each is an item of its own, under its own id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from booking.calendars.ports import Fetched, RemoteItem, Step
from booking.calendars.providers.google.errors import PROVIDER, bad_answer, told
from booking.calendars.providers.google.event_in import event_of
from booking.calendars.providers.google.extras import GROUP, KEY, PENDING, private_of
from booking.calendars.providers.google.line import Line
from booking.core.errors import CalendarGone, ItemGone, PermissionDenied, Unsupported

Row = Mapping[str, Any]

PAGE_SIZE: Final = 1000
MOST_PAGES: Final = 500
_MOST_ROWS = 2500


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One item as Google keeps it: a master or single event, and its exceptions."""

    master: Row
    exceptions: tuple[Row, ...] = ()

    @property
    def is_series(self) -> bool:
        """Tell whether it repeats."""
        return bool(self.master.get("recurrence"))

    @property
    def is_pending(self) -> bool:
        """Tell whether it is only half made: its exceptions are still to come."""
        return PENDING in private_of(self.master)

    @property
    def version(self) -> str:
        """Return what changes with every change: an etag, or the sum of a series' etags."""
        if not self.is_series:
            return etag_of(self.master)
        parts = [etag_of(self.master), *sorted(etag_of(row) for row in self.exceptions)]
        return f"series-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:32]}"


@dataclass(slots=True)
class Seen:
    """Items that a listing has just carried whole, each to be given out once instead of read."""

    rows: dict[str, Rows] = field(default_factory=dict)

    def take(self, key: str) -> Rows | None:
        """Return an item that was seen, and forget it."""
        return self.rows.pop(key, None)


def etag_of(row: Row) -> str:
    """Return an etag's opaque part."""
    return str(row.get("etag", "")).removeprefix("W/").strip('"')


def is_gone(row: Row) -> bool:
    """Tell whether a row is a deleted event."""
    return row.get("status") == "cancelled"


def item_of(key: str, rows: Rows) -> RemoteItem:
    """Return an item as it was read; what cannot be understood says why."""
    event, reason = None, ""
    try:
        event = event_of(rows.master, rows.exceptions)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        reason = str(error) if isinstance(error, ValueError) else "the event cannot be read"
    return RemoteItem(
        key=key,
        version=rows.version,
        event=event,
        quarantine=reason,
        raw=json.dumps({"master": rows.master, "exceptions": rows.exceptions}, ensure_ascii=False),
        updated_at=_latest((rows.master, *rows.exceptions)),
    )


def single_in(item: RemoteItem | None) -> Rows | None:
    """Return the rows of an item as it was read, None for a series and for what holds none."""
    try:
        rows = Rows(master=json.loads(item.raw)["master"]) if item is not None else None
    except (ValueError, KeyError, TypeError):
        return None
    return None if rows is None or rows.is_series or not etag_of(rows.master) else rows


def fetch(line: Line, calendar: str, keys: Sequence[str], seen: Seen) -> Fetched:
    """Read items; what the last listing carried is not asked for again.

    Errors: CalendarGone when the calendar itself cannot be read.
    """
    items: list[RemoteItem] = []
    gone: list[str] = []
    is_readable = False
    for key in dict.fromkeys(keys):
        rows = seen.take(key)
        try:
            rows = rows or load(line, calendar, key, Step.READ)
        except ItemGone as error:
            if not isinstance(error, Deleted) and not is_readable:
                require_readable(line, calendar)
                is_readable = True
            gone.append(key)
            continue
        if rows.is_pending:
            gone.append(key)
        else:
            items.append(item_of(key, rows))
    return Fetched(items=tuple(items), gone=tuple(gone))


def get(line: Line, calendar: str, key: str) -> RemoteItem:
    """Read one item; one that stands under another id than we sent is found by our own property.

    Errors: ItemGone; CalendarGone when the calendar itself cannot be read.
    """
    try:
        rows = load(line, calendar, key, Step.READ)
    except Deleted:
        raise
    except ItemGone:
        require_readable(line, calendar)
        found = _by_property(line, calendar, key)
        if found is None:
            raise
        rows = load(line, calendar, str(found["id"]), Step.READ)
    if rows.is_pending:
        raise told(ItemGone, "", Step.READ)
    return item_of(str(rows.master["id"]), rows)


def versions(line: Line, calendar: str, group: str) -> dict[str, str | None]:
    """List what we made under marks of one beginning: ids and versions alone."""
    found = pages(
        line,
        Step.READ,
        calendarId=calendar,
        privateExtendedProperty=f"{GROUP}={group}",
        maxResults=_MOST_ROWS,
        fields="kind,nextPageToken,items(id,etag,updated,recurringEventId)",
    )
    return {
        str(row["id"]): etag_of(row) or None for row in found.rows if "recurringEventId" not in row
    }


class Deleted(ItemGone):
    """The event reads as cancelled, so its calendar can be read as well."""


def load(line: Line, calendar: str, key: str, step: Step) -> Rows:
    """Read an item's rows. Errors: Deleted; ItemGone for what is not there."""
    master = line.call(line.api.events.get(calendarId=calendar, eventId=key), step)
    if master.get("id") != key:
        raise bad_answer(step)
    if is_gone(master):
        raise Deleted(provider=PROVIDER, step=step)
    parent = master.get("recurringEventId")
    if parent is not None and _has_master(line, calendar, str(parent)):
        raise Deleted(provider=PROVIDER, step=step)
    rows = Rows(master=master)
    return (
        replace(rows, exceptions=exceptions_of(line, calendar, master, step))
        if (rows.is_series)
        else rows
    )


def exceptions_of(line: Line, calendar: str, master: Row, step: Step) -> tuple[Row, ...]:
    """Return the changed and cancelled instances of a series: they share its iCalUID."""
    found = pages(
        line,
        step,
        calendarId=calendar,
        iCalUID=master["iCalUID"],
        showDeleted=True,
        maxResults=PAGE_SIZE,
    )
    return tuple(row for row in found.rows if row.get("recurringEventId") == master["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """All pages of a list, each row once, and the sync token of the last one."""

    rows: tuple[Row, ...]
    token: str | None


def pages(line: Line, step: Step, **options: Any) -> Listed:
    """Read every page of `events.list`.

    A page may be empty and not the last. Errors: BadAnswer for pages that never end.
    """
    found: dict[str, Row] = {}
    token: str | None = None
    asked: set[str] = set()
    for _ in range(MOST_PAGES):
        more = {} if token is None else {"pageToken": token}
        answer = _page(line, step, {**options, **more})
        for row in _rows_in(answer, step):
            old = found.get(row["id"])
            if old is None or str(row.get("updated", "")) >= str(old.get("updated", "")):
                found[row["id"]] = row
        token = answer.get("nextPageToken")
        if token is None:
            return Listed(rows=tuple(found.values()), token=answer.get("nextSyncToken"))
        if token in asked:
            break
        asked.add(token)
    raise bad_answer(step)


def _page(line: Line, step: Step, options: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return line.call(line.api.events.list(**options), step)
    except Unsupported:
        # The calendar changed too much for its pages to go on; another time they will.
        if "pageToken" in options:
            raise bad_answer(step) from None
        raise


def require_readable(line: Line, calendar: str) -> None:
    """Make sure that the calendar stands where we look for its events.

    Errors: CalendarGone when it does not.
    """
    request = line.api.events.list(calendarId=calendar, maxResults=1, fields="kind")
    try:
        line.call(request, Step.LIST_ITEMS)
    except (ItemGone, PermissionDenied):
        raise told(CalendarGone, "", Step.LIST_ITEMS) from None


def _rows_in(answer: Mapping[str, Any], step: Step) -> list[Row]:
    rows = answer.get("items", [])
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows
    ):
        raise bad_answer(step)
    if answer.get("kind", "calendar#events") != "calendar#events":
        raise bad_answer(step)
    return rows


def _has_master(line: Line, calendar: str, key: str) -> bool:
    try:
        master = line.call(line.api.events.get(calendarId=calendar, eventId=key), Step.READ)
    except (ItemGone, PermissionDenied):
        return False
    return not is_gone(master)


def _by_property(line: Line, calendar: str, key: str) -> Row | None:
    found = pages(
        line,
        Step.READ,
        calendarId=calendar,
        privateExtendedProperty=f"{KEY}={key}",
        maxResults=PAGE_SIZE,
    )
    alone = [row for row in found.rows if "recurringEventId" not in row and not is_gone(row)]
    return alone[0] if len(alone) == 1 else None


def _latest(rows: Iterable[Row]) -> datetime | None:
    found = []
    for row in rows:
        try:
            moment = datetime.fromisoformat(str(row.get("updated")))
        except ValueError:
            continue
        if moment.tzinfo is not None:
            found.append(moment.astimezone(UTC))
    return max(found, default=None)
