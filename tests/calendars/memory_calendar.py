"""A calendar at a provider, in memory: what a server shows, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from booking.calendars.ports import (
    Account,
    CalendarProvider,
    Capabilities,
    ChangeKind,
    Changes,
    Fetched,
    Named,
    RemoteCalendar,
    RemoteItem,
    Written,
)
from booking.calendars.values import SignIn
from booking.core.errors import CursorExpired, ItemGone, VersionConflict
from booking.core.event import AllDay, CalendarEvent, EventException, Recurrence, Timed, When

CALENDAR = RemoteCalendar(key="/home/work/", name="Work", time_zone="Europe/Berlin")


@dataclass
class MemoryCalendar:
    """Implements `CalendarProvider` for one calendar.

    `way`: how it tells changes: `feed` (tokens), `ctag` (only that something changed) or `none`.
    `answer` may replace what `changes` found; `fault` is raised by the next calls.
    """

    way: str = "feed"
    items: dict[str, tuple[str, CalendarEvent | None]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    floor: int = 0
    calls: list[str] = field(default_factory=list)
    fault: Exception | None = None
    answer: Callable[[Changes], Changes] | None = None
    name: str = "caldav"

    def open(self, sign_in: SignIn) -> CalendarProvider:
        del sign_in
        return self

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            can_write=True, can_create_calendar=False, has_cursor=self.way == "feed"
        )

    def put(self, key: str, event: CalendarEvent | None) -> None:
        self.log.append(key)
        self.items[key] = (f"v{len(self.log)}", event)

    def remove(self, key: str) -> None:
        self.log.append(key)
        self.items.pop(key, None)

    def account(self) -> Account:
        return Account(key="https://dav.example.test/home/", name="host", home="/home/")

    def list_calendars(self) -> tuple[RemoteCalendar, ...]:
        return (CALENDAR,)

    def create_calendar(self, name: str, color: str | None) -> RemoteCalendar:
        raise ItemGone(f"{name} {color}")

    def changes(self, calendar: str, cursor: str | None) -> Changes:
        self._call("changes", calendar)
        found = self._changes(cursor)
        return self.answer(found) if self.answer else found

    def _changes(self, cursor: str | None) -> Changes:
        place = None if self.way == "none" else str(len(self.log))
        if cursor is not None and int(cursor) < self.floor:
            raise CursorExpired
        if cursor is None or (self.way == "ctag" and cursor != place):
            named = tuple(Named(key=key, version=one[0]) for key, one in self.items.items())
            return Changes(kind=ChangeKind.LISTING, named=named, cursor=place)
        keys = dict.fromkeys(self.log[int(cursor) :])
        return Changes(
            kind=ChangeKind.DELTA,
            named=tuple(Named(key=k, version=self.items[k][0]) for k in keys if k in self.items),
            removed=tuple(key for key in keys if key not in self.items),
            cursor=place,
        )

    def fetch(self, calendar: str, keys: Sequence[str]) -> Fetched:
        self._call("fetch", calendar)
        return Fetched(
            items=tuple(self._item(key) for key in keys if key in self.items),
            gone=tuple(key for key in keys if key not in self.items),
        )

    def get(self, calendar: str, key: str) -> RemoteItem:
        self._call("get", calendar)
        if key not in self.items:
            raise ItemGone
        return self._item(key)

    def versions(self, calendar: str, keys: Sequence[str], group: str) -> Mapping[str, str | None]:
        self._call("versions", f"{calendar}{group}")
        return {key: self.items[key][0] for key in keys if key in self.items}

    def key_for(self, calendar: str, name: str) -> str:
        return f"{calendar}{name}.ics"

    def create(self, calendar: str, name: str, event: CalendarEvent) -> Written:
        self._call("create", calendar)
        key = self.key_for(calendar, name)
        if key in self.items:
            raise VersionConflict
        self.put(key, event)
        return Written(key=key, version=self.items[key][0])

    def creation(self, calendar: str, name: str, event: CalendarEvent) -> Callable[[], Written]:
        return partial(self.create, calendar, name, event)

    def update(
        self,
        calendar: str,
        key: str,
        version: str | None,
        event: CalendarEvent,
        *,
        base: RemoteItem | None = None,
    ) -> Written:
        del base
        self._call("update", calendar)
        self._match(key, version)
        self.put(key, event)
        return Written(key=key, version=self.items[key][0])

    def delete(self, calendar: str, key: str, version: str | None) -> None:
        self._call("delete", calendar)
        self._match(key, version)
        self.remove(key)

    def _match(self, key: str, version: str | None) -> None:
        if key not in self.items:
            raise ItemGone
        if version is not None and self.items[key][0] != version:
            raise VersionConflict

    def _item(self, key: str) -> RemoteItem:
        version, event = self.items[key]
        fault = "" if event else "The event could not be read."
        return RemoteItem(key=key, version=version, event=event, quarantine=fault)

    def _call(self, name: str, calendar: str) -> None:
        assert calendar == CALENDAR.key
        self.calls.append(name)
        if self.fault is not None:
            raise self.fault


def event(
    start: str = "2026-11-24 09:00",
    minutes: int = 60,
    *,
    zone: str | None = "Europe/Berlin",
    **more: Any,
) -> CalendarEvent:
    """Return a timed event; `start` is a wall time."""
    begins = datetime.fromisoformat(start)
    when: When = Timed(start=begins, end=begins + timedelta(minutes=minutes), zone=zone)
    return CalendarEvent(**{"uid": f"uid-{start}", "when": when, "title": "Secret plan", **more})


def all_day(start: str, days: int = 1, **more: Any) -> CalendarEvent:
    """Return an all-day event."""
    first = date.fromisoformat(start)
    when = AllDay(start=first, end=first + timedelta(days=days))
    return CalendarEvent(uid=f"uid-{start}", when=when, **more)


def series(start: str, rule: str, minutes: int = 60, **more: Any) -> CalendarEvent:
    """Return a series by one rule."""
    return event(start, minutes, recurrence=Recurrence(rules=(rule,)), **more)


def cancelled(master: CalendarEvent, start: str) -> CalendarEvent:
    """Return the series without the instance of this original start."""
    gone = EventException(original_start=datetime.fromisoformat(start), replacement=None)
    return replace(master, exceptions=(*master.exceptions, gone))
