"""A calendar file put into a calendar, once: for moving in, where sync is for staying in step.

Each event is created under a name made from its UID, so a repetition finds it and passes it over;
nothing that stands in the calendar is changed or removed. What cannot be understood is told and
skipped. Leaves to others: reading the file and telling how far it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from booking.calendars import ical
from booking.calendars.connections import ConnectionService
from booking.calendars.models import Calendar
from booking.calendars.ports import CalendarProvider
from booking.core.errors import (
    BadAnswer,
    InvalidInput,
    ItemGone,
    NotFound,
    PermissionDenied,
    ProviderError,
    Unreachable,
    Unsupported,
    VersionConflict,
)
from booking.core.event import CalendarEvent
from booking.db import reading

_NAME_LETTERS: Final = 40
_AT_ONCE = 100
Told = Callable[[int], None]
"""Is told how many objects were dealt with since it was last told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An object that was skipped, and why."""

    uid: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a file: `present` stood there already; `error` is what ended the run early.

    After an error the same command goes on where it stopped.
    """

    created: int
    present: int
    broken: tuple[Broken, ...]
    error: str | None = None


class Importer:
    """Puts files into calendars, through the provider of each."""

    def __init__(self, connections: ConnectionService) -> None:
        self._connections = connections

    def read(self, body: bytes) -> Sequence[ical.ParsedObject]:
        """Return the objects of a calendar file. Errors: InvalidInput where it is none."""
        try:
            return ical.parse_feed(body)
        except ical.BadObject as error:
            raise InvalidInput.at("/file", f"This is no whole calendar file: {error}.") from None

    def foresee(self, calendar_id: int, objects: Sequence[ical.ParsedObject]) -> ImportReport:
        """Tell what `put` would do; nothing is written. Errors: as `put`."""
        calendar = _writable(calendar_id)
        provider = self._connections.open_provider(calendar.connection_id)
        names = [_name(one.uid) for one in objects if one.event is not None]
        keys = [provider.key_for(calendar.remote_key, name) for name in names]
        present = 0
        for place in range(0, len(keys), _AT_ONCE):
            found = provider.fetch(calendar.remote_key, keys[place : place + _AT_ONCE])
            present += len(found.items)
        return ImportReport(
            created=len(keys) - present, present=present, broken=_unreadable(objects)
        )

    def put(
        self, calendar_id: int, objects: Sequence[ical.ParsedObject], told: Told
    ) -> ImportReport:
        """Create what the calendar lacks.

        Errors: NotFound; PermissionDenied for a calendar that can only be read; ReconnectRequired.
        """
        calendar = _writable(calendar_id)
        provider = self._connections.open_provider(calendar.connection_id)
        broken = list(_unreadable(objects))
        told(len(broken))
        created = present = 0
        error: str | None = None
        for one in objects:
            if one.event is None:
                continue
            try:
                is_new = _put_one(provider, calendar.remote_key, _name(one.uid), one.event)
            except Unsupported as refusal:
                broken.append(Broken(uid=one.uid, reason=refusal.message))
            except ProviderError as failure:
                error = failure.message
                break
            else:
                created, present = created + is_new, present + (not is_new)
            told(1)
        return ImportReport(created=created, present=present, broken=tuple(broken), error=error)


def _put_one(provider: CalendarProvider, calendar: str, name: str, event: CalendarEvent) -> bool:
    """Create an event; tell whether it was not there before. A lost answer is settled by reading.

    Errors: ProviderError.
    """
    try:
        provider.create(calendar, name, event)
    except VersionConflict:
        return False
    except (Unreachable, BadAnswer):
        try:
            provider.get(calendar, provider.key_for(calendar, name))
        except ItemGone:
            provider.create(calendar, name, event)
    return True


def _unreadable(objects: Sequence[ical.ParsedObject]) -> tuple[Broken, ...]:
    return tuple(Broken(uid=one.uid, reason=one.quarantine) for one in objects if not one.event)


def _name(uid: str) -> str:
    """Return the name under which an imported event is created, the same each time."""
    return f"import-{hashlib.sha256(uid.encode()).hexdigest()[:_NAME_LETTERS]}"


def _writable(calendar_id: int) -> Calendar:
    with reading() as session:
        calendar = session.get(Calendar, calendar_id)
    if calendar is None or calendar.gone_at is not None:
        raise NotFound("There is no such calendar.")
    if calendar.read_only:
        raise PermissionDenied("This calendar can only be read.")
    return calendar
