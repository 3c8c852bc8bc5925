"""The calendar provider port on Microsoft Graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from typing import Any

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
from booking.calendars.providers.microsoft import channels, listing, reading
from booking.calendars.providers.microsoft.conferences import kinds_of
from booking.calendars.providers.microsoft.errors import PROVIDER, bad_answer
from booking.calendars.providers.microsoft.line import Line
from booking.calendars.providers.microsoft.reading import NAMED, Seen
from booking.calendars.providers.microsoft.writing import Writer
from booking.calendars.watch_ports import ChannelWish, RemoteChannel
from booking.core.clock import Clock
from booking.core.event import CalendarEvent
from booking.core.text import clean_line
from booking.security.outbound import OutboundClient

# Graph has no free colours: nine names, each with the shade that Outlook shows.
_COLORS = {
    "lightBlue": "#a6d1f5",
    "lightGreen": "#87d28e",
    "lightOrange": "#fcab73",
    "lightGray": "#c0c0c0",
    "lightYellow": "#f5e27a",
    "lightTeal": "#4adacc",
    "lightPink": "#ef85c8",
    "lightBrown": "#c8a86b",
    "lightRed": "#f88c9b",
}


class MicrosoftProvider:
    """One account at Microsoft (see `calendars.ports.CalendarProvider`).

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
        self._line = Line(outbound, base=base, tokens=tokens, pace=pace)
        self._base = base
        self._clock = clock
        self._seen: dict[str, Seen] = {}

    @property
    def capabilities(self) -> Capabilities:
        """What can be done with every account."""
        return Capabilities(
            can_write=True,
            can_create_calendar=True,
            has_cursor=True,
            can_silence=False,
            keeps_idle_exceptions=False,
            has_push=True,
        )

    def account(self) -> Account:
        """Return whose calendars these are."""
        me = self._line.get("me", Step.SIGN_IN)
        key = me.get("id")
        if not isinstance(key, str) or not key:
            raise bad_answer(Step.SIGN_IN)
        address = str(me.get("mail") or me.get("userPrincipalName") or "").lower()
        name = address or clean_line(str(me.get("displayName") or "")) or key
        return Account(key=key, name=name, addresses=(address,) if address else (), home=self._base)

    def list_calendars(self) -> tuple[RemoteCalendar, ...]:
        """List the calendars of the account."""
        found: dict[str, RemoteCalendar] = {}
        for page in self._line.pages("me/calendars", Step.LIST_CALENDARS, {"$top": 100}):
            for row in page["value"]:
                found.setdefault(str(row["id"]), _calendar(row))
        return tuple(found.values())

    def create_calendar(self, name: str, color: str | None) -> RemoteCalendar:
        """Make a calendar; Graph takes none but its own colours, so the nearest is set."""
        body: dict[str, Any] = {"name": name}
        if color is not None:
            body["color"] = _nearest(color)
        return _calendar(self._line.post("me/calendars", Step.CREATE_CALENDAR, body))

    def changes(self, calendar: str, cursor: str | None) -> Changes:
        """Ask by delta, or list everything."""
        seen = self._seen.setdefault(calendar, Seen())
        return listing.changes(self._line, calendar, cursor, seen, self._clock.now())

    def fetch(self, calendar: str, keys: Sequence[str]) -> Fetched:
        """Give out what the last listing carried, and read the rest."""
        seen = self._seen.setdefault(calendar, Seen())
        return reading.fetch(self._line, calendar, keys, seen, self._clock.now())

    def get(self, calendar: str, key: str) -> RemoteItem:
        """Read one event, with all exceptions where it is a series."""
        return reading.get(self._line, calendar, key, self._clock.now())

    def versions(self, calendar: str, keys: Sequence[str], group: str) -> dict[str, str | None]:
        """List by the private property that says which marks are of one group."""
        found = reading.versions(self._line, calendar, group)
        return {key: found[key] for key in keys if key in found}

    def key_for(self, calendar: str, name: str) -> str:
        """Return what finds the event by its name: its id is Graph's to choose."""
        del calendar
        return f"{NAMED}{name}"

    def create(self, calendar: str, name: str, event: CalendarEvent) -> Written:
        """Make an event, unless one of this name is there."""
        return self._writer(calendar).create(name, event)

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
        """Change what differs, if the event is still at `version`."""
        return self._writer(calendar).update(key, version, event, base)

    def delete(self, calendar: str, key: str, version: str | None) -> None:
        """Delete, done also when it was not there."""
        self._writer(calendar).delete(key, version)

    def watch(self, calendar: str, wish: ChannelWish) -> RemoteChannel:
        """Subscribe to a calendar's events."""
        return channels.watch(self._line, calendar, wish)

    def prolong(self, channel: RemoteChannel, until: datetime) -> RemoteChannel | None:
        """Renew a subscription. Errors: ItemGone."""
        return channels.prolong(self._line, channel, until)

    def unwatch(self, channel: RemoteChannel) -> None:
        """End a subscription."""
        channels.unwatch(self._line, channel)

    def _writer(self, calendar: str) -> Writer:
        return Writer(self._line, calendar, self._clock.now())


def _calendar(row: dict[str, Any]) -> RemoteCalendar:
    color = str(row.get("hexColor") or "").lower() or _COLORS.get(str(row.get("color")), "")
    return RemoteCalendar(
        key=str(row["id"]),
        name=clean_line(str(row.get("name") or "")) or str(row["id"]),
        color=color if len(color) == 7 and color.startswith("#") else None,
        primary=bool(row.get("isDefaultCalendar")),
        read_only=not row.get("canEdit", False),
        conferences=kinds_of(row),
    )


def _nearest(color: str) -> str:
    """Return Graph's name of the shade that lies nearest to `#rrggbb`."""
    wanted = _parts(color)
    return min(
        _COLORS,
        key=lambda name: sum(
            (a - b) ** 2 for a, b in zip(_parts(_COLORS[name]), wanted, strict=True)
        ),
    )


def _parts(color: str) -> tuple[int, ...]:
    return tuple(int(color[place : place + 2], 16) for place in (1, 3, 5))
