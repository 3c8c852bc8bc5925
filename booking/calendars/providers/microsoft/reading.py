"""Reading events by their ids: a single one, or a series with all its exceptions as one item."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from booking.calendars.ports import Fetched, RemoteItem, Step
from booking.calendars.providers.microsoft.errors import bad_answer, told
from booking.calendars.providers.microsoft.event_in import event_of
from booking.calendars.providers.microsoft.extras import EXPAND, GROUP, NAME, extras_of
from booking.calendars.providers.microsoft.line import Line, segment
from booking.core.errors import CalendarGone, ItemGone, PermissionDenied

Row = Mapping[str, Any]

NAMED: Final = "name:"
_MOST_ROWS = 1000
_FIELDS: Final = (
    "id,changeKey,type,seriesMasterId,originalStart,iCalUId,subject,body,location,isAllDay,start,"
    "end,originalStartTimeZone,originalEndTimeZone,showAs,sensitivity,isCancelled,attendees,"
    "organizer,responseStatus,recurrence,createdDateTime,lastModifiedDateTime,cancelledOccurrences,"
    "categories,importance,isOnlineMeeting,onlineMeeting"
)
WHOLE: Final = {"$select": _FIELDS, "$expand": EXPAND}
_BACK, _AHEAD = timedelta(days=400), timedelta(days=800)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One item as Graph keeps it: a master or single event, and its changed instances."""

    master: Row
    exceptions: tuple[Row, ...] = ()

    @property
    def is_series(self) -> bool:
        """Tell whether it repeats."""
        return self.master.get("type") == "seriesMaster"

    @property
    def version(self) -> str:
        """Return what changes with every change."""
        if not self.is_series:
            return str(self.master.get("changeKey", ""))
        keys = [str(row.get("changeKey", "")) for row in (self.master, *self.exceptions)]
        gone = sorted(self.master.get("cancelledOccurrences") or ())
        text = "|".join([keys[0], *sorted(keys[1:]), *gone])
        return f"series-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


@dataclass(slots=True)
class Seen:
    """Single events that a listing has carried whole, each to be given out once."""

    rows: dict[str, Rows] = field(default_factory=dict)


def path_of(calendar: str, key: str = "") -> str:
    """Return an event's path, or that of all events of a calendar."""
    events = f"me/calendars/{segment(calendar)}/events"
    return f"{events}/{segment(key)}" if key else events


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
        updated_at=event.updated_at if event else None,
    )


def is_pending(row: Row) -> bool:
    """Tell whether an event is only half made: its exceptions are still to come."""
    try:
        return extras_of(row).is_pending
    except (ValueError, KeyError, TypeError):
        return False


def load(line: Line, calendar: str, key: str, step: Step, now: datetime) -> Rows:
    """Read an item's rows. Errors: ItemGone."""
    if key.startswith(NAMED):
        key = by_name(line, calendar, key.removeprefix(NAMED), step)
    master = line.get(path_of(calendar, key), step, WHOLE)
    if not isinstance(master.get("id"), str) or "start" not in master:
        raise bad_answer(step)
    if master.get("type") in {"occurrence", "exception"}:
        raise told(ItemGone, "", step)
    rows = Rows(master=master)
    return (
        Rows(master=master, exceptions=_changed(line, calendar, master, step, now))
        if (rows.is_series)
        else rows
    )


def instances(line: Line, calendar: str, key: str, step: Step, now: datetime) -> list[Row]:
    """Return a series' instances from 13 months ago to 26 months ahead."""
    query = {
        "startDateTime": f"{now - _BACK:%Y-%m-%dT%H:%M:%SZ}",
        "endDateTime": f"{now + _AHEAD:%Y-%m-%dT%H:%M:%SZ}",
        "$top": 500,
        "$expand": EXPAND,
    }
    path = f"{path_of(calendar, key)}/instances"
    return [row for page in line.pages(path, step, query) for row in page["value"]]


def by_name(line: Line, calendar: str, name: str, step: Step) -> str:
    """Return the id of the event that was made under a name of ours. Errors: ItemGone."""
    value = name.replace("'", "''")
    wanted = f"singleValueExtendedProperties/Any(ep: ep/id eq '{NAME}' and ep/value eq '{value}')"
    query = {"$filter": wanted, "$select": "id,type", "$top": 10}
    for page in line.pages(path_of(calendar), step, query):
        for row in page["value"]:
            return str(row["id"])
    raise told(ItemGone, "", step)


def versions(line: Line, calendar: str, group: str) -> dict[str, str | None]:
    """List what we made under marks of one beginning: ids and versions alone."""
    wanted = f"singleValueExtendedProperties/Any(ep: ep/id eq '{GROUP}' and ep/value eq '{group}')"
    query = {"$filter": wanted, "$select": "id,changeKey", "$top": _MOST_ROWS}
    return {
        str(row["id"]): str(row.get("changeKey") or "") or None
        for page in line.pages(path_of(calendar), Step.READ, query)
        for row in page["value"]
    }


def single_in(item: RemoteItem | None) -> Rows | None:
    """Return the rows of an item as it was read, None for a series and for what holds none."""
    try:
        rows = Rows(master=json.loads(item.raw)["master"]) if item is not None else None
    except (ValueError, KeyError, TypeError):
        return None
    return None if rows is None or rows.is_series or not rows.version else rows


def fetch(line: Line, calendar: str, keys: Sequence[str], seen: Seen, now: datetime) -> Fetched:
    """Read items. Errors: CalendarGone when the calendar itself cannot be read."""
    items: list[RemoteItem] = []
    gone: list[str] = []
    for key in dict.fromkeys(keys):
        try:
            rows = seen.rows.pop(key, None) or load(line, calendar, key, Step.READ, now)
        except ItemGone:
            gone.append(key)
            continue
        if is_pending(rows.master):
            gone.append(key)
        else:
            items.append(item_of(key, rows))
    if gone:
        require_readable(line, calendar)
    return Fetched(items=tuple(items), gone=tuple(gone))


def get(line: Line, calendar: str, key: str, now: datetime) -> RemoteItem:
    """Read one item. Errors: ItemGone; CalendarGone when the calendar cannot be read."""
    try:
        rows = load(line, calendar, key, Step.READ, now)
    except ItemGone:
        require_readable(line, calendar)
        raise
    if is_pending(rows.master):
        raise told(ItemGone, "", Step.READ)
    return item_of(str(rows.master["id"]), rows)


def require_readable(line: Line, calendar: str) -> None:
    """Make sure that the calendar stands where we look for its events. Errors: CalendarGone."""
    try:
        line.get(f"me/calendars/{segment(calendar)}", Step.LIST_ITEMS)
    except (ItemGone, PermissionDenied):
        raise told(CalendarGone, "", Step.LIST_ITEMS) from None


def _changed(line: Line, calendar: str, master: Row, step: Step, now: datetime) -> tuple[Row, ...]:
    found = instances(line, calendar, str(master["id"]), step, now)
    return tuple(row for row in found if row.get("type") == "exception")
