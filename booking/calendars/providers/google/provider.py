"""The calendar provider port on Google Calendar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime
from functools import partial
from typing import Any, Final

from booking.calendars.oauth_ports import AccessTokens, Pace
from booking.calendars.ports import (
    Account,
    Capabilities,
    Changes,
    Fetched,
    RemoteCalendar,
    RemoteItem,
    Step,
    Written,
)
from booking.calendars.providers.google import busy_times, channels, listing, reading
from booking.calendars.providers.google.conferences import kinds_of
from booking.calendars.providers.google.errors import PROVIDER, bad_answer, told
from booking.calendars.providers.google.line import Line
from booking.calendars.providers.google.reading import MOST_PAGES, Seen
from booking.calendars.providers.google.writing import Writer, key_of
from booking.calendars.watch_ports import ChannelWish, RemoteChannel
from booking.core.clock import Clock
from booking.core.errors import BadAnswer, ItemGone, PermissionDenied, ProviderError
from booking.core.event import CalendarEvent
from booking.core.text import clean_line
from booking.core.zones import is_zone
from booking.security.outbound import OutboundClient

# Scopes by their last words, as `AccessTokens.scopes` tells them.
CREATING: Final = frozenset({"calendar.app.created", "calendar.calendars", "calendar"})
_WRITING = frozenset({"owner", "writer", "writerWithoutPrivateAccess"})
_BUSY_ONLY = "freeBusyReader"
_FOREGROUND = "#ffffff"


class GoogleProvider:
    """One account at Google (see `calendars.ports.CalendarProvider`).

    Cheap to make, nothing is asked before the first call; not to be shared by threads.
    """

    name = PROVIDER

    def __init__(
        self,
        outbound: OutboundClient,
        *,
        base: str,
        tokens: AccessTokens,
        clock: Clock,
        pace: Pace = nullcontext,
    ) -> None:
        self._line = Line(outbound, base=base, tokens=tokens, clock=clock, pace=pace)
        self._base = base
        self._tokens = tokens
        self._clock = clock
        self._seen: dict[str, Seen] = {}
        self._zones: dict[str, str] = {}

    @property
    def capabilities(self) -> Capabilities:
        """What was granted. Calendars are made only where that was allowed as well."""
        return Capabilities(
            can_write=True,
            can_create_calendar=bool(self._tokens.scopes & CREATING),
            has_cursor=True,
            keeps_idle_exceptions=False,
            has_push=True,
        )

    def account(self) -> Account:
        """Return whose calendars these are: the primary calendar's id is the address."""
        request = self._line.api.calendar_list.get(calendarId="primary")
        key = self._line.call(request, Step.SIGN_IN).get("id")
        if not isinstance(key, str) or not key:
            raise bad_answer(Step.SIGN_IN)
        return Account(key=key, name=key, addresses=(key.lower(),), home=self._base)

    def list_calendars(self) -> tuple[RemoteCalendar, ...]:
        """List every calendar that events or free/busy can be read of, hidden ones included."""
        found: dict[str, RemoteCalendar] = {}
        options: dict[str, Any] = {"showHidden": True, "maxResults": 250}
        for _ in range(MOST_PAGES):
            request = self._line.api.calendar_list.list(**options)
            answer = self._line.call(request, Step.LIST_CALENDARS)
            if not isinstance(answer.get("items", []), list) or "kind" not in answer:
                raise bad_answer(Step.LIST_CALENDARS)
            for entry in answer.get("items", ()):
                if not entry.get("deleted"):
                    found.setdefault(entry["id"], _calendar(entry))
            token = answer.get("nextPageToken")
            if token is None:
                return tuple(found.values())
            if token == options.get("pageToken"):
                break
            options["pageToken"] = token
        raise bad_answer(Step.LIST_CALENDARS)

    def create_calendar(self, name: str, color: str | None) -> RemoteCalendar:
        """Make a calendar and give it its colour, which belongs to the list.

        Errors: PermissionDenied where the host has not allowed it yet.
        """
        step = Step.CREATE_CALENDAR
        made = self._line.call(self._line.api.calendars.insert(body={"summary": name}), step)
        key = str(made.get("id", ""))
        if not key:
            raise bad_answer(step)
        entries = self._line.api.calendar_list
        if color is not None:
            body = {"backgroundColor": color.lower(), "foregroundColor": _FOREGROUND}
            request = entries.patch(calendarId=key, body=body, colorRgbFormat=True)
            # Without its colour it is a calendar all the same.
            with suppress(PermissionDenied, BadAnswer, ItemGone):
                self._line.call(request, step)
        return _calendar(self._line.call(entries.get(calendarId=key), step))

    def changes(self, calendar: str, cursor: str | None) -> Changes:
        """Ask by sync token; where only free/busy is shown and nothing listed, ask for that."""
        seen = self._seen.setdefault(calendar, Seen())
        try:
            return listing.changes(self._line, calendar, cursor, seen)
        except (PermissionDenied, ItemGone) as error:
            if not self._is_busy_only(calendar):
                raise error from None
        return busy_times.changes(self._line, calendar, self._clock.now())

    def fetch(self, calendar: str, keys: Sequence[str]) -> Fetched:
        """Give out what the last listing carried, and read the rest."""
        stretches = [key for key in keys if busy_times.is_key(key)]
        others = [key for key in keys if not busy_times.is_key(key)]
        seen = self._seen.setdefault(calendar, Seen())
        busy = busy_times.fetch(self._line, calendar, stretches, self._clock.now())
        read = reading.fetch(self._line, calendar, others, seen)
        return Fetched(items=busy.items + read.items, gone=busy.gone + read.gone)

    def get(self, calendar: str, key: str) -> RemoteItem:
        """Read one event, with all exceptions where it is a series."""
        if not busy_times.is_key(key):
            return reading.get(self._line, calendar, key)
        found = busy_times.fetch(self._line, calendar, [key], self._clock.now())
        if not found.items:
            raise told(ItemGone, "", Step.READ)
        return found.items[0]

    def versions(self, calendar: str, keys: Sequence[str], group: str) -> dict[str, str | None]:
        """List by the private property that says which marks are of one group."""
        found = reading.versions(self._line, calendar, group)
        return {key: found[key] for key in keys if key in found}

    def key_for(self, calendar: str, name: str) -> str:
        """Return the event id that `create` sends, the same in every calendar."""
        del calendar
        return key_of(name)

    def create(self, calendar: str, name: str, event: CalendarEvent) -> Written:
        """Insert under an id of ours; nobody is mailed."""
        return self._writer(calendar, event).create(key_of(name), event)

    def creation(self, calendar: str, name: str, event: CalendarEvent) -> Callable[[], Written]:
        """Keep for later what `create` is given."""
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
        """Patch what differs, if the event is still at `version`; nobody is mailed."""
        return self._writer(calendar, event).update(key, version, event, base)

    def delete(self, calendar: str, key: str, version: str | None) -> None:
        """Delete, done also when it was not there; nobody is mailed."""
        Writer(self._line, calendar, "UTC").delete(key, version)

    def watch(self, calendar: str, wish: ChannelWish) -> RemoteChannel:
        """Open a watch channel."""
        return channels.watch(self._line, calendar, wish)

    def prolong(self, channel: RemoteChannel, until: datetime) -> RemoteChannel | None:
        """Return None: a channel's end is fixed, so a new one takes its place."""
        del channel, until
        return None

    def unwatch(self, channel: RemoteChannel) -> None:
        """Stop a channel."""
        channels.unwatch(self._line, channel)

    def _writer(self, calendar: str, event: CalendarEvent) -> Writer:
        is_floating = getattr(event.when, "zone", "") is None
        return Writer(self._line, calendar, self._zone_of(calendar) if is_floating else "UTC")

    def _zone_of(self, calendar: str) -> str:
        """Return a calendar's own zone, for events that have none."""
        if calendar not in self._zones:
            entry = self._line.call(
                self._line.api.calendar_list.get(calendarId=calendar), Step.WRITE
            )
            zone = entry.get("timeZone")
            self._zones[calendar] = str(zone) if is_zone(zone) else "UTC"
        return self._zones[calendar]

    def _is_busy_only(self, calendar: str) -> bool:
        request = self._line.api.calendar_list.get(calendarId=calendar)
        try:
            entry = self._line.call(request, Step.LIST_CALENDARS)
        except ProviderError:
            return False
        return entry.get("accessRole") == _BUSY_ONLY


def _calendar(entry: dict[str, Any]) -> RemoteCalendar:
    color = str(entry.get("backgroundColor", "")).lower()
    zone = entry.get("timeZone")
    key = str(entry["id"])
    return RemoteCalendar(
        key=key,
        name=clean_line(str(entry.get("summaryOverride") or entry.get("summary") or key)),
        color=color if len(color) == 7 and color.startswith("#") else None,
        primary=bool(entry.get("primary")),
        read_only=entry.get("accessRole") not in _WRITING,
        time_zone=str(zone) if is_zone(zone) else None,
        conferences=kinds_of(entry),
    )
