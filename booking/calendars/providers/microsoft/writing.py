"""Making, changing and deleting events, a series with its exceptions as one item.

Graph chooses the ids: an event is found again by a private property that holds its name, which is
looked for before anything is sent a second time. A series says that it is half made until it is
whole, and is not there for anybody before.

Graph writes to everybody who attends a meeting whose organizer's copy is touched, and cannot be
asked not to: such meetings, unless we made them, are left to their owner.
Source: https://learn.microsoft.com/en-us/graph/api/event-update
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from booking.calendars.ports import RemoteItem, Step, Written
from booking.calendars.providers.microsoft.errors import PROVIDER, told
from booking.calendars.providers.microsoft.event_in import event_of, original_start
from booking.calendars.providers.microsoft.event_out import (
    Place,
    body_of,
    patch_of,
    recurrence_patch,
    refuse_impossible,
)
from booking.calendars.providers.microsoft.extras import extras_of, properties_of
from booking.calendars.providers.microsoft.line import Line
from booking.calendars.providers.microsoft.reading import (
    NAMED,
    Rows,
    instances,
    is_pending,
    load,
    path_of,
    single_in,
)
from booking.core.errors import ItemGone, Unsupported, VersionConflict
from booking.core.event import CalendarEvent, EventException, exception_key

Row = Mapping[str, Any]
_CHANGED = "The event was changed at Microsoft meanwhile."
_MAILS = "Microsoft would write to everybody who attends this meeting. Change it in Outlook."
_SILENT = frozenset({"singleValueExtendedProperties"})
_TAKEN = "There is an event under this name already."


class Writer:
    """Writes to one calendar."""

    def __init__(self, line: Line, calendar: str, now: datetime) -> None:
        self._line = line
        self._calendar = calendar
        self._now = now

    def create(self, name: str, event: CalendarEvent) -> Written:
        """Make an event under a name. Errors: VersionConflict when the name is taken."""
        refuse_impossible(event)
        place = Place(name=name, uid=event.uid)
        rows = self._half_made(name)
        if rows is None:
            body = body_of(event, place, is_pending=bool(event.exceptions))
            sent = {**body, "transactionId": name}
            row = self._line.post(path_of(self._calendar), Step.WRITE, sent)
            rows = Rows(master=row)
        key = str(rows.master["id"])
        if not event.exceptions:
            return Written(key=key, version=str(rows.master.get("changeKey")) or None)
        self._bring_exceptions(key, rows, event, place)
        done = properties_of(event, name="", uid=event.uid, people=event.attendees)
        self._patch(key, {"singleValueExtendedProperties": done}, None)
        return Written(key=key, version=None)

    def update(
        self, key: str, version: str | None, event: CalendarEvent, base: RemoteItem | None = None
    ) -> Written:
        """Bring an event to what `event` says. Errors: ItemGone, VersionConflict.

        A single event that was read a moment ago is not read again: its key guards the write.
        """
        refuse_impossible(event)
        rows = self._at(key, version, Step.WRITE, single_in(base))
        place = Place(name="", uid=extras_of(rows.master).uid)
        again = recurrence_patch(event, rows.master)
        patch = {**patch_of(event, rows.master, place), **again}
        row: Row = rows.master
        if patch.keys() - _SILENT:
            _refuse_mail(rows.master)
        if patch:
            row = self._patch(key, patch, str(rows.master["changeKey"]))
        if not rows.is_series and event.recurrence is None:
            return Written(key=key, version=str(row.get("changeKey")) or None)
        if event.recurrence is not None:
            fresh = load(self._line, self._calendar, key, Step.WRITE, self._now)
            if self._has_lost(fresh, event):
                fresh = self._made_anew(key, event, place)
            self._bring_exceptions(key, fresh, event, place)
        return Written(key=key, version=None)

    def delete(self, key: str, version: str | None) -> None:
        """Remove an event; done also when it is not there. Errors: VersionConflict."""
        try:
            rows = self._at(key, version, Step.DELETE)
            _refuse_mail(rows.master)
            match = str(rows.master["changeKey"]) if version is not None else None
            self._line.delete(path_of(self._calendar, key), Step.DELETE, match)
        except ItemGone:
            return

    def _at(self, key: str, version: str | None, step: Step, known: Rows | None = None) -> Rows:
        rows = known or load(self._line, self._calendar, key, step, self._now)
        if version is not None and rows.version != version:
            raise told(VersionConflict, _CHANGED, step)
        return rows

    def _half_made(self, name: str) -> Rows | None:
        """Return what a request of ours left unfinished. Errors: VersionConflict for all else."""
        try:
            rows = load(self._line, self._calendar, f"{NAMED}{name}", Step.WRITE, self._now)
        except ItemGone:
            return None
        if not is_pending(rows.master):
            raise told(VersionConflict, _TAKEN, Step.WRITE)
        return rows

    def _patch(self, key: str, body: Mapping[str, Any], version: str | None) -> Row:
        return self._line.patch(path_of(self._calendar, key), Step.WRITE, body, version)

    def _has_lost(self, rows: Rows, event: CalendarEvent) -> bool:
        """Tell whether an instance is cancelled there that should stand again."""
        return bool(_cancelled(event_of(rows.master)) - _cancelled(event))

    def _made_anew(self, key: str, event: CalendarEvent, place: Place) -> Rows:
        """Give a series its instances back: Graph does so when it is told its pattern anew."""
        self._patch(key, {"recurrence": None}, None)
        self._patch(key, recurrence_patch(event, {}), None)
        del place
        return load(self._line, self._calendar, key, Step.WRITE, self._now)

    def _bring_exceptions(self, key: str, rows: Rows, event: CalendarEvent, place: Place) -> None:
        """Bring every instance that differs, or should, to what `event` says of it."""
        now = event_of(rows.master, rows.exceptions)
        have = {exception_key(one.original_start): one for one in now.exceptions}
        want = {exception_key(one.original_start): one for one in event.exceptions}
        if have == want or not (have or want):
            return
        _refuse_mail(rows.master)
        there = {
            exception_key(_start_of(row, event)): row
            for row in instances(self._line, self._calendar, key, Step.WRITE, self._now)
        }
        for start in sorted(have.keys() | want.keys()):
            row = there.get(start)
            if row is not None:
                self._bring(row, want.get(start), event, place)

    def _bring(
        self, row: Row, wanted: EventException | None, event: CalendarEvent, place: Place
    ) -> None:
        key = str(row["id"])
        if wanted is not None and wanted.replacement is None:
            self._line.delete(path_of(self._calendar, key), Step.WRITE, None)
            return
        when = event.when.moved_to(_start_of(row, event))
        plain = replace(event, when=when, recurrence=None, exceptions=())
        body = wanted.replacement if wanted and wanted.replacement else plain
        patch = patch_of(replace(body, mark=event.mark), row, place)
        if patch:
            self._patch(key, patch, None)


def _refuse_mail(row: Row) -> None:
    """Raise Unsupported for a meeting that others would be mailed about."""
    is_organizer = (row.get("responseStatus") or {}).get("response") == "organizer"
    if row.get("attendees") and is_organizer and not extras_of(row).uid:
        raise Unsupported(_MAILS, provider=PROVIDER, step=Step.WRITE, reason="attendees")


def _cancelled(event: CalendarEvent) -> set[str]:
    return {exception_key(e.original_start) for e in event.exceptions if e.replacement is None}


def _start_of(row: Row, event: CalendarEvent) -> Any:
    return original_start(row, event.when)
