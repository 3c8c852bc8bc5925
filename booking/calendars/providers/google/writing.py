"""Making, changing and deleting events, a series with its exceptions as one item.

A series takes several requests: the master first, then each changed instance. One that is being
made says so in a private property until it is whole, and is not there for anybody before: a crash
in between is finished by the same request sent again.
Mails are never asked for: `sendUpdates=none` on every write.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from booking.calendars.ports import RemoteItem, Step, Written
from booking.calendars.providers.google.errors import told
from booking.calendars.providers.google.event_in import event_of
from booking.calendars.providers.google.event_out import (
    Place,
    body_of,
    cancelled_starts,
    changed_instances,
    patch_of,
    recurrence_lines,
    refuse_impossible,
)
from booking.calendars.providers.google.extras import KEY, PENDING, extras_of, private_of
from booking.calendars.providers.google.line import Line
from booking.calendars.providers.google.reading import Row, Rows, etag_of, is_gone, load, single_in
from booking.calendars.providers.google.times import original_start_of, stamp_of
from booking.core.errors import ItemGone, VersionConflict
from booking.core.event import (
    CalendarEvent,
    EventException,
    OriginalStart,
    Timed,
    When,
    exception_key,
)

_ID = re.compile(r"[a-v0-9]{5,1024}")
_SILENT: Final[Mapping[str, Any]] = {"sendUpdates": "none", "conferenceDataVersion": 1}


def key_of(name: str) -> str:
    """Return the event id for a name of ours: the name itself where it is one, else base32hex.

    Source: https://developers.google.com/workspace/calendar/api/v3/reference/events/insert
    """
    if _ID.fullmatch(name):
        return name
    return base64.b32hexencode(name.encode()).decode().rstrip("=").lower().rjust(5, "0")


class Writer:
    """Writes to one calendar; `zone` is the calendar's, for floating times."""

    def __init__(self, line: Line, calendar: str, zone: str) -> None:
        self._line = line
        self._calendar = calendar
        self._zone = zone

    def create(self, key: str, event: CalendarEvent) -> Written:
        """Make an event under an id. Errors: VersionConflict when the id is taken."""
        refuse_impossible(event)
        place = Place(key=key, uid=event.uid, zone=self._zone)
        body = {"id": key, **body_of(event, place)}
        instances = changed_instances(event)
        if instances:
            body["extendedProperties"]["private"][PENDING] = "1"
        try:
            row = self._insert(body)
        except VersionConflict:
            row = self._half_made(key, event)
        made = str(row["id"])
        if not instances:
            return Written(key=made, version=_version_of(row))
        self._change_instances(Rows(master=row), event, replace(place, key=made))
        done = {"extendedProperties": {"private": {PENDING: None}}}
        self._patch(made, done, None)
        return Written(key=made, version=None)

    def update(
        self, key: str, version: str | None, event: CalendarEvent, base: RemoteItem | None = None
    ) -> Written:
        """Bring an event to what `event` says. Errors: ItemGone, VersionConflict.

        A single event that was read a moment ago is not read again: its etag guards the write.
        """
        refuse_impossible(event)
        rows = single_in(base) or load(self._line, self._calendar, key, Step.WRITE)
        if version is not None and rows.version != version:
            raise told(VersionConflict, "The event was changed at Google meanwhile.", Step.WRITE)
        extras = extras_of(rows.master)
        place = Place(key=key, uid=extras.uid, zone=self._zone)
        patch = {
            **patch_of(event, rows.master, place),
            **self._recurrence_patch(rows, event),
        }
        row = rows.master
        if patch:
            row = self._patch(key, patch, etag_of(rows.master))
        if not rows.is_series and event.recurrence is None:
            return Written(key=key, version=_version_of(row))
        if patch.keys() & {"start", "end", "recurrence"}:
            rows = load(self._line, self._calendar, key, Step.WRITE)
        self._change_instances(replace(rows, master=row), event, place)
        return Written(key=key, version=None)

    def delete(self, key: str, version: str | None) -> None:
        """Remove an event; done also when it is not there. Errors: VersionConflict."""
        request = self._line.api.events.delete(
            calendarId=self._calendar, eventId=key, sendUpdates="none"
        )
        try:
            if_match = self._etag_for(key, version)
            self._line.call(request, Step.DELETE, if_match=if_match)
        except ItemGone:
            return
        except VersionConflict as error:
            # A deleted event has another etag than the one we deleted it under.
            if not self._is_gone(key):
                raise error from None

    def _etag_for(self, key: str, version: str | None) -> str | None:
        """Return the etag that stands for a version. Errors: VersionConflict, ItemGone."""
        if version is None or not version.startswith("series-"):
            return version
        rows = load(self._line, self._calendar, key, Step.DELETE)
        if rows.version != version:
            raise told(VersionConflict, "The event was changed at Google meanwhile.", Step.DELETE)
        return etag_of(rows.master)

    def _is_gone(self, key: str) -> bool:
        try:
            load(self._line, self._calendar, key, Step.DELETE)
        except ItemGone:
            return True
        return False

    def _insert(self, body: Mapping[str, Any]) -> Row:
        request = self._line.api.events.insert(calendarId=self._calendar, body=body, **_SILENT)
        return self._line.call(request, Step.WRITE)

    def _patch(self, key: str, body: Mapping[str, Any], etag: str | None) -> Row:
        request = self._line.api.events.patch(
            calendarId=self._calendar, eventId=key, body=body, **_SILENT
        )
        return self._line.call(request, Step.WRITE, if_match=etag)

    def _half_made(self, key: str, event: CalendarEvent) -> Row:
        """Return what a request of ours left unfinished. Errors: VersionConflict for all else."""
        request = self._line.api.events.get(calendarId=self._calendar, eventId=key)
        row = self._line.call(request, Step.WRITE)
        extras = extras_of(row)
        is_ours = extras.uid == event.uid and extras.mark == event.mark
        if is_gone(row) or PENDING not in private_of(row) or not is_ours:
            raise told(VersionConflict, "There is an event under this name already.", Step.WRITE)
        return row

    def _recurrence_patch(self, rows: Rows, event: CalendarEvent) -> dict[str, Any]:
        """Return what must change of rules and left-out dates; cancelled rows stand for a date."""
        if event.recurrence is None:
            return {"recurrence": None} if rows.is_series else {}
        by_row = _cancelled_rows(rows)
        gone = [
            EventException(original_start=start, replacement=None)
            for key, start in cancelled_starts(event).items()
            if key not in by_row
        ]
        if rows.is_series and self._is_same_series(rows, event, gone):
            return {}
        return {"recurrence": recurrence_lines(event, self._zone, gone)}

    def _is_same_series(self, rows: Rows, event: CalendarEvent, gone: list[EventException]) -> bool:
        try:
            now = event_of(rows.master)
        except (ValueError, KeyError, TypeError, AttributeError):
            return False
        wanted = {exception_key(one.original_start) for one in gone}
        return now.recurrence == event.recurrence and cancelled_starts(now).keys() == wanted

    def _change_instances(self, rows: Rows, event: CalendarEvent, place: Place) -> None:
        """Bring every instance that differs, or should, to what `event` says of it."""
        wanted = changed_instances(event)
        gone = cancelled_starts(event)
        there = {_key_in(row, event): row for row in rows.exceptions}
        for key, row in there.items():
            if key not in wanted and key not in gone:
                self._restore(row, event, place)
            elif key in gone and not is_gone(row):
                self._cancel(row)
        for key, (start, body) in wanted.items():
            self._change(there.get(key), start, replace(body, mark=event.mark), event, place)

    def _change(
        self,
        row: Row | None,
        start: OriginalStart,
        body: CalendarEvent,
        event: CalendarEvent,
        place: Place,
    ) -> None:
        key = str(row["id"]) if row else f"{place.key}_{stamp_of(start, self._zoned(event))}"
        if row is None or is_gone(row):
            row = self._line.call(
                self._line.api.events.get(calendarId=self._calendar, eventId=key), Step.WRITE
            )
        if is_gone(row):
            whole = {**patch_of(body, {**row, "start": {}, "end": {}}, place)}
            self._patch(key, {**whole, "status": "confirmed"}, None)
            return
        patch = patch_of(body, row, place)
        if patch:
            self._patch(key, patch, etag_of(row))

    def _restore(self, row: Row, event: CalendarEvent, place: Place) -> None:
        """Give an instance back what the series says, where it says something else."""
        start = original_start_of(row["originalStartTime"], self._zoned(event))
        there = event.when.moved_to(start)  # type: ignore[arg-type]
        body = replace(event, when=there, recurrence=None, exceptions=())
        if is_gone(row):
            self._change(row, start, body, event, place)
            return
        patch = patch_of(body, row, place)
        if patch:
            self._patch(str(row["id"]), patch, etag_of(row))

    def _cancel(self, row: Row) -> None:
        request = self._line.api.events.delete(
            calendarId=self._calendar, eventId=row["id"], sendUpdates="none"
        )
        try:
            self._line.call(request, Step.WRITE, if_match=etag_of(row))
        except ItemGone:
            return

    def _zoned(self, event: CalendarEvent) -> When:
        when = event.when
        if isinstance(when, Timed) and when.zone is None:
            return replace(when, zone=self._zone)
        return when


def _key_in(row: Row, event: CalendarEvent) -> str:
    return exception_key(original_start_of(row["originalStartTime"], event.when))


def _cancelled_rows(rows: Rows) -> set[str]:
    try:
        master = event_of(rows.master)
        return {_key_in(row, master) for row in rows.exceptions if is_gone(row)}
    except (ValueError, KeyError, TypeError, AttributeError):
        return set()


def _version_of(row: Row) -> str | None:
    return etag_of(row) or None if not row.get("recurrence") else None


__all__ = ["KEY", "Writer", "key_of"]
