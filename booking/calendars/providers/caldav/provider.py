"""The calendar provider port on a CalDAV server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

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
from booking.calendars.providers.caldav import listing, reading
from booking.calendars.providers.caldav.discovery import Found, discover, typed_url
from booking.calendars.providers.caldav.errors import PROVIDER, refusal
from booking.calendars.providers.caldav.etags import version_of
from booking.calendars.providers.caldav.hrefs import address_of, member_of
from booking.calendars.providers.caldav.making import list_home, make_calendar
from booking.calendars.providers.caldav.objects import changed_body, item_of, new_body
from booking.calendars.providers.caldav.presets import Preset
from booking.calendars.providers.caldav.transport import Dav
from booking.core.clock import Clock
from booking.core.errors import ItemGone, PermissionDenied, Unsupported
from booking.core.event import CalendarEvent
from booking.security.outbound import OutboundClient


class CaldavProvider:
    """One account at a CalDAV server (see `calendars.ports.CalendarProvider`).

    Cheap to make, nothing is asked before the first call; not to be shared by threads.
    """

    name = PROVIDER

    def __init__(
        self,
        outbound: OutboundClient,
        *,
        url: str,
        username: str,
        password: str,
        preset: Preset,
        clock: Clock,
        addresses: Sequence[str] = (),
    ) -> None:
        """Take what the host typed, and the account's own e-mail addresses where known.

        Errors: AddressRefused for what cannot be an address.
        """
        self._url = typed_url(url)
        self._preset = preset
        self._clock = clock
        own = (username,) if "@" in username else ()
        self._owner = frozenset(address.lower() for address in (*addresses, *own))
        self._dav = Dav(
            outbound, url=self._url, username=username, password=password, hosts=preset.hosts
        )

    @property
    def capabilities(self) -> Capabilities:
        """What this kind of server can do."""
        return Capabilities(
            can_write=True,
            can_create_calendar=self._preset.can_create_calendar,
            has_cursor=True,
            can_silence=self._preset.silences,
        )

    @cached_property
    def _found(self) -> Found:
        return discover(self._dav, self._url, self._preset)

    def account(self) -> Account:
        """Sign in and find out who we are: RFC 5397."""
        found = self._found
        place = found.principal or found.calendar or self._url
        return Account(
            key=place,
            name=found.name,
            addresses=tuple(sorted({*found.addresses, *self._owner})),
            home=place,
        )

    def list_calendars(self) -> tuple[RemoteCalendar, ...]:
        """List every home, and the typed address if that is a calendar of its own."""
        listed: dict[str, RemoteCalendar] = {}
        for home in self._found.homes:
            listed.update((calendar.key, calendar) for calendar in self._home(home))
        direct = self._found.calendar
        if direct is not None and direct not in listed:
            for calendar in list_home(self._dav, direct, depth=0):
                listed.setdefault(calendar.key, calendar)
        return tuple(listed.values())

    def _home(self, home: str) -> tuple[RemoteCalendar, ...]:
        try:
            return list_home(self._dav, home)
        except (ItemGone, PermissionDenied):
            # A shared calendar is reached by its own address, whoever's home it is in.
            if self._found.calendar is None:
                raise
            return ()

    def create_calendar(self, name: str, color: str | None) -> RemoteCalendar:
        """Make a calendar in the first home: RFC 4791, 5.3.1."""
        if not self._preset.can_create_calendar or not self._found.homes:
            raise Unsupported(
                "This server does not let us create calendars. Create it there and choose it.",
                provider=PROVIDER,
                step=Step.CREATE_CALENDAR,
            )
        return make_calendar(self._dav, self._found.homes[0], name, color)

    def changes(self, calendar: str, cursor: str | None) -> Changes:
        """Ask by sync token where the server has them, else by ctag and ETags."""
        found, carried = listing.changes(self._dav, calendar, cursor)
        read = tuple(item_of(one.key, one.etag, one.raw, self._owner) for one in carried)
        return replace(found, read=read) if read else found

    def fetch(self, calendar: str, keys: Sequence[str]) -> Fetched:
        """Read by multiget, a hundred at a time."""
        return reading.fetch(self._dav, calendar, keys, self._owner)

    def get(self, calendar: str, key: str) -> RemoteItem:
        """Read one object by its own address."""
        return reading.get(self._dav, calendar, key, self._owner)

    def versions(self, calendar: str, keys: Sequence[str], group: str) -> dict[str, str | None]:
        """Ask by multiget for the ETags of these objects alone."""
        del group
        return reading.versions(self._dav, calendar, keys)

    def key_for(self, calendar: str, name: str) -> str:
        """Return the path of `<name>.ics` in the calendar."""
        return member_of(calendar, f"{name}.ics")

    def create(self, calendar: str, name: str, event: CalendarEvent) -> Written:
        """PUT where nothing stands yet."""
        return self.creation(calendar, name, event)()

    def creation(self, calendar: str, name: str, event: CalendarEvent) -> Callable[[], Written]:
        """Write down what `create` sends."""
        key = self.key_for(calendar, name)
        body = new_body(event, now=self._clock.now(), silences=self._preset.silences)
        url = address_of(calendar, key)

        def send() -> Written:
            if not self._preset.honours_if_none_match:
                self._refuse_existing(calendar, key)
            etag = self._dav.put(url, body, {"If-None-Match": "*"}, step=Step.WRITE)
            return Written(key=key, version=version_of(etag))

        return send

    def update(
        self,
        calendar: str,
        key: str,
        version: str | None,
        event: CalendarEvent,
        *,
        base: RemoteItem | None = None,
    ) -> Written:
        """PUT over what was just read, keeping its lines that we do not know."""
        url = address_of(calendar, key)
        raw, held = self._current(url, base)
        if version is not None and held != version:
            raise refusal(412, Step.WRITE)
        now = self._clock.now()
        body = changed_body(raw, event, now=now, silences=self._preset.silences)
        answer = self._dav.put(url, body, _if_match(held), step=Step.WRITE)
        return Written(key=key, version=version_of(answer))

    def _current(self, url: str, base: RemoteItem | None) -> tuple[str, str | None]:
        """Return the text to change and its version: those of `base` where If-Match guards them."""
        is_guarded = self._preset.honours_if_match_on_delete
        if base is not None and base.raw and base.version is not None and is_guarded:
            return base.raw, base.version
        raw, etag = self._dav.get(url, step=Step.WRITE)
        return raw, version_of(etag)

    def delete(self, calendar: str, key: str, version: str | None) -> None:
        """DELETE, done also when it was not there."""
        url = address_of(calendar, key)
        try:
            if version is not None and not self._preset.honours_if_match_on_delete:
                self._refuse_changed(url, version)
            self._dav.delete(url, _if_match(version), step=Step.DELETE)
        except ItemGone:
            return

    def _refuse_existing(self, calendar: str, key: str) -> None:
        try:
            self._dav.get(address_of(calendar, key), step=Step.WRITE)
        except ItemGone:
            return
        raise refusal(412, Step.WRITE)

    def _refuse_changed(self, url: str, version: str) -> None:
        _, etag = self._dav.get(url, step=Step.DELETE)
        if version_of(etag) != version:
            raise refusal(412, Step.DELETE)


def _if_match(version: str | None) -> dict[str, str]:
    """Return the precondition; never `*`, which some servers reverse."""
    return {} if version is None else {"If-Match": f'"{version}"'}
