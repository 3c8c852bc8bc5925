"""The target calendar as the right side of a pair: events undressed, so that they read as tasks.

It is never listed: only events that we made are read, by their own addresses or by the private
property that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from booking.calendars.ports import CalendarProvider
from booking.calendars.replica import CalendarRemote
from booking.sync.ports import Capabilities, Fetched, Item, Page, Units, Written
from booking.tasks.colors import labels_for
from booking.tasks.dress import dressed, stroke_for, undressed


class TasksRemote:
    """One calendar of an account (see `sync.ports.Remote`); `place` is its address there."""

    def __init__(self, provider: CalendarProvider, place: str) -> None:
        name = provider.name
        self._provider = provider
        self._place = place
        self._stroke = stroke_for(name)
        self._events = CalendarRemote(
            provider, place, labels_of=lambda units: labels_for(name, units)
        )

    @property
    def capabilities(self) -> Capabilities:
        """What this side can do."""
        return replace(self._events.capabilities, has_feed=False)

    def norm(self, units: Units) -> Units:
        """Return what will stand here, as it will be read again."""
        if "when" not in units:
            return units
        return undressed(self._events.norm(dressed(units, self._stroke)))

    def changes(self, token: str | None) -> Iterator[Page]:
        """Refuse: other people's events are never listed."""
        raise TypeError(f"a calendar of tasks is never listed, whatever the token ({bool(token)})")

    def versions(self, keys: Sequence[str], group: str) -> Mapping[str, str | None]:
        """Tell the versions of events of ours; one that is missing may be gone."""
        return self._provider.versions(self._place, keys, group)

    def fetch(self, keys: Sequence[str]) -> Fetched:
        """Read many events of ours in few requests."""
        found = self._events.fetch(keys)
        return Fetched(items=tuple(_as_task(item) for item in found.items), gone=found.gone)

    def get(self, key: str) -> Item | None:
        """Read one event by its own address."""
        item = self._events.get(key)
        return None if item is None else _as_task(item)

    def find(self, name: str, mark: str) -> Item | None:
        """Read the event that `creation` makes under `name`."""
        item = self._events.find(name, mark)
        return None if item is None else _as_task(item)

    def creation(self, name: str, uid: str, units: Units, mark: str) -> Callable[[], Written]:
        """Make ready what makes an event unless one stands under this name."""
        return self._events.creation(name, uid, dressed(units, self._stroke), mark)

    def update(self, item: Item, units: Units) -> Written:
        """Replace an event's content at its version. Errors: ItemGone, VersionConflict."""
        return self._events.update(item, dressed(units, self._stroke))

    def delete(self, item: Item) -> None:
        """Remove an event at its version. Errors: VersionConflict."""
        self._events.delete(item)


def _as_task(item: Item) -> Item:
    return item if item.fault else replace(item, units=undressed(item.units))
