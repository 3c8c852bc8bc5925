"""A provider's calendar as one side of a pair: `CalendarProvider` spoken as `sync.ports.Remote`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from booking.calendars.content import ANSWERS, content_of, masked, writable
from booking.calendars.ports import CalendarProvider, RemoteItem
from booking.core.errors import ItemGone
from booking.core.event import (
    AllDay,
    Answer,
    CalendarEvent,
    EventStatus,
    Organizer,
    canonical,
    from_units,
)
from booking.sync.ports import Capabilities, Change, Fetched, Item, Page, Units, Written

_MOST_AHEAD = 100
_ANY_TIME = AllDay(start=date(2000, 1, 1), end=date(2000, 1, 2))  # units bring their own
_MOST_NORMED = 200


def _never_changed(uid: str) -> int:
    del uid
    return 0


def _none_wanted(uid: str) -> str:
    del uid
    return ""


def _nothing_due() -> Sequence[str]:
    return ()


def _no_labels(units: Units) -> tuple[str, ...]:
    del units
    return ()


class CalendarRemote:
    """One calendar of an account.

    `times_only`: keep nothing that says what events are about, as the busy store needs no more.
    `organizer`, `sequence_of` its uid and `labels_of` its units go into what is written, not into
    what is compared.
    `title_mask`: copies written here show this title, and times alone beside it.
    `updates_due`: the keys that are about to be updated, which are then read in one request.
    """

    def __init__(
        self,
        provider: CalendarProvider,
        calendar: str,
        *,
        times_only: bool = False,
        organizer: Organizer | None = None,
        sequence_of: Callable[[str], int] = _never_changed,
        conference_of: Callable[[str], str] = _none_wanted,
        title_mask: str | None = None,
        updates_due: Callable[[], Sequence[str]] = _nothing_due,
        labels_of: Callable[[Units], tuple[str, ...]] = _no_labels,
    ) -> None:
        self._provider = provider
        self._calendar = calendar
        self._times_only = times_only
        self._organizer = organizer
        self._sequence_of = sequence_of
        self._conference_of = conference_of
        self._title_mask = title_mask
        self._updates_due = updates_due
        self._labels_of = labels_of
        self._normed: dict[bytes, Units] = {}
        self._ahead: dict[str, RemoteItem] = {}
        self._asked: set[str] = set()

    @property
    def capabilities(self) -> Capabilities:
        """What this side can do; the owner's answers are read and never written."""
        able = self._provider.capabilities
        return Capabilities(
            can_write=able.can_write, has_feed=able.has_cursor, masked=frozenset({ANSWERS})
        )

    def norm(self, units: Units) -> Units:
        """Return what will stand here: the canonical form of the same event.

        Single units of an event, without its time, are what they are. A plan and its writes ask
        for the same several times, so the last answers are kept.
        """
        if "when" not in units:
            return units
        key = orjson.dumps(units)
        found = self._normed.get(key)
        if found is None:
            if len(self._normed) >= _MOST_NORMED:
                self._normed.clear()
            found = self._normed[key] = self._norm(units)
        return found

    def _norm(self, units: Units) -> Units:
        held = canonical(self._told(units))
        if self._provider.capabilities.keeps_idle_exceptions:
            return held
        exceptions: Any = held["exceptions"]
        return {**held, "exceptions": {start: one for start, one in exceptions.items() if one}}

    def changes(self, token: str | None) -> Iterator[Page]:
        """Ask what changed since `token`, or list everything; the provider vouches for the whole.

        Errors: CursorExpired, BadAnswer and the other ProviderErrors.
        """
        answer = self._provider.changes(self._calendar, token)
        read = {item.key: self._item(item) for item in answer.read}
        named = tuple(
            Change(key=item.key, version=item.version, item=read.get(item.key))
            for item in answer.named
        )
        removed = tuple(Change(key=key, gone=True) for key in answer.removed)
        page = Page(
            changes=named + removed,
            token=answer.cursor,
            is_listing=answer.is_complete,
            last=True,
        )
        # A listing is long, and whoever reads this page works on it for as long as it takes.
        del answer, named, read, removed
        yield page

    def fetch(self, keys: Sequence[str]) -> Fetched:
        """Read many items in few requests."""
        answer = self._provider.fetch(self._calendar, keys)
        return Fetched(items=tuple(self._item(item) for item in answer.items), gone=answer.gone)

    def get(self, key: str) -> Item | None:
        """Read one item by its own address."""
        try:
            return self._item(self._provider.get(self._calendar, key))
        except ItemGone:
            return None

    def find(self, name: str, mark: str) -> Item | None:
        """Read the item that `creation` makes under `name`; the key is known beforehand."""
        del mark
        return self.get(self._provider.key_for(self._calendar, name))

    def creation(self, name: str, uid: str, units: Units, mark: str) -> Callable[[], Written]:
        """Make ready what makes an item unless one exists under this name."""
        event = self._event(units, uid, mark)
        create = self._provider.creation(self._calendar, name, event)

        def send() -> Written:
            done = create()
            return Written(key=done.key, version=done.version)

        return send

    def update(self, item: Item, units: Units) -> Written:
        """Replace the content of an item at its version. Errors: ItemGone, VersionConflict."""
        event = self._event(units, item.uid, item.mark)
        base = self._base(item.key)
        done = self._provider.update(self._calendar, item.key, item.version, event, base=base)
        return Written(key=done.key, version=done.version)

    def delete(self, item: Item) -> None:
        """Remove an item at its version. Errors: VersionConflict."""
        self._provider.delete(self._calendar, item.key, item.version)

    def _base(self, key: str) -> RemoteItem | None:
        """Return what stands under `key`, read together with all that is updated after it.

        Each is read ahead once: who updates it a second time may have met another version.
        """
        if key not in self._asked:
            keys = list(dict.fromkeys((key, *self._updates_due())))[:_MOST_AHEAD]
            self._asked.update(keys)
            if len(keys) > 1:
                read = self._provider.fetch(self._calendar, keys)
                self._ahead = {item.key: item for item in read.items}
        return self._ahead.pop(key, None)

    def _event(self, units: Units, uid: str, mark: str) -> CalendarEvent:
        held = self._told(units)
        base = CalendarEvent(
            uid=uid,
            when=_ANY_TIME,
            organizer=self._organizer,
            sequence=self._sequence_of(uid),
            conference=self._conference_of(uid),
            mark=mark,
            labels=self._labels_of(units),
        )
        return from_units(held, uid=uid, base=base)

    def _told(self, units: Units) -> dict[str, Any]:
        """Return what may be written here of merged units."""
        held = writable(units)
        return held if self._title_mask is None else masked(held, self._title_mask)

    def _item(self, remote: RemoteItem) -> Item:
        event = remote.event
        if event is None:
            return Item(
                key=remote.key,
                version=remote.version,
                units={},
                mirrored=False,
                fault=remote.quarantine,
            )
        return Item(
            key=remote.key,
            uid=event.uid,
            version=remote.version,
            units=content_of(event, times_only=self._times_only),
            updated_at=_known_time(remote, event),
            mark=event.mark,
            mirrored=_is_mirrored(event),
        )


def _known_time(remote: RemoteItem, event: CalendarEvent) -> datetime | None:
    return remote.updated_at or event.updated_at


def _is_mirrored(event: CalendarEvent) -> bool:
    """Tell whether copies are made of it: not of what was cancelled, or declined by the owner."""
    declined: Any = Answer.DECLINED
    return event.status is not EventStatus.CANCELLED and event.my_answer != declined
