"""A calendar in memory that behaves as badly as the real ones do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from booking.core.errors import BadAnswer, CursorExpired, ItemGone, VersionConflict
from booking.sync.merge import leaves, units_of
from booking.sync.ports import (
    JSON,
    Capabilities,
    Change,
    Fetched,
    Item,
    Page,
    Units,
    Written,
)

Fault = Callable[["QuirkyCalendar", str, str], None]


class Killed(BaseException):
    """The process dies here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """What this server gets wrong. `masked`: units it cannot hold; `page`: changes in a page.

    `reports_false_removals`: its feed calls items removed that are there. `names_stay_taken`: the
    name of an item that was deleted cannot be used again. `lists_when_asked_for_changes`: it can
    tell only that something changed (a ctag), and then names everything. `nets_out`: its feed does
    not tell of what came and went since. `lags`: the first reading after our update shows what
    stood there before. `drops_rules`: it takes a series and keeps a single event.
    """

    cuts_text: bool = False
    tells_no_version: bool = False
    ignores_if_none_match: bool = False
    forgets_silently: bool = False
    moves_versions: bool = False
    has_no_feed: bool = False
    lists_when_asked_for_changes: bool = False
    passes_over_in_silence: bool = False
    reports_false_removals: bool = False
    names_stay_taken: bool = False
    masked: frozenset[str] = frozenset()
    nets_out: bool = False
    lags: bool = False
    drops_rules: bool = False
    page: int = 100


@dataclass(slots=True)
class Stored:
    """An item at the server. `is_copy`: we made it."""

    units: Units
    version: int
    updated_at: datetime
    uid: str
    mark: str = ""
    is_copy: bool = False


@dataclass(slots=True)
class QuirkyCalendar:
    """Implements `Remote`. `user_…` methods are a person's edits and never fail."""

    clock: Callable[[], datetime]
    quirks: Quirks = field(default_factory=Quirks)
    items: dict[str, Stored] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    floor: int = 0
    fault: Fault | None = None
    on_ready: Callable[[], None] | None = None
    calls: list[str] = field(default_factory=list)
    answers: Callable[[list[Page]], list[Page]] | None = None
    unreadable: set[str] = field(default_factory=set)
    lagging: dict[str, Stored] = field(default_factory=dict)
    _versions: int = 0

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(masked=self.quirks.masked, has_feed=not self.quirks.has_no_feed)

    @property
    def writes(self) -> int:
        return sum(call in {"create", "update", "delete"} for call in self.calls)

    def norm(self, units: Units) -> Units:
        flat = leaves(units, self.quirks.masked)
        text = flat.get("description")
        if self.quirks.cuts_text and isinstance(text, str):
            flat["description"] = text.strip()[:4]
        return units_of(flat)

    def user_put(self, key: str, units: Units, *, uid: str = "", mark: str = "") -> None:
        old = self.items.get(key)
        self.lagging.pop(key, None)
        self.items[key] = Stored(
            units=self._kept(units),
            version=self._next(),
            updated_at=self.clock(),
            uid=old.uid if old else uid or f"uid-{key}",
            mark=old.mark if old else mark,
            is_copy=old.is_copy if old else False,
        )
        self.log.append(key)

    def user_delete(self, key: str) -> None:
        self.items.pop(key, None)
        self.lagging.pop(key, None)
        self.log.append(key)

    def user_copy(self, key: str, copy: str) -> None:
        stored = self.items[key]
        self.items[copy] = replace(
            stored, version=self._next(), uid=f"uid-{copy}", is_copy=False, updated_at=self.clock()
        )
        self.log.append(copy)

    def forget(self) -> None:
        self.floor = len(self.log)

    def changes(self, token: str | None) -> Iterator[Page]:
        self._before("changes")
        is_listing = token is None or self.quirks.has_no_feed
        pages = self._listing() if is_listing else self._delta(token or "")
        if self.answers is not None:
            pages = self.answers(pages)
        self._after("changes")
        for page in pages:
            self._meddle("page", "before")
            yield page

    def fetch(self, keys: Sequence[str]) -> Fetched:
        self._before("fetch")
        found = tuple(self._item(key) for key in keys if key in self.items)
        missing = tuple(key for key in keys if key not in self.items)
        self._after("fetch")
        if self.quirks.passes_over_in_silence:
            return Fetched(items=found[1:])
        return Fetched(items=found, gone=missing)

    def get(self, key: str) -> Item | None:
        self._before("get")
        item = self._item(key) if key in self.items else None
        self._after("get")
        return item

    def find(self, name: str, mark: str) -> Item | None:  # noqa: ARG002 - a name is enough here
        return self.get(f"m{name}")

    def creation(self, name: str, uid: str, units: Units, mark: str) -> Callable[[], Written]:
        if self.on_ready is not None:
            self.on_ready()
        return partial(self._create, name, uid, units, mark)

    def _create(self, name: str, uid: str, units: Units, mark: str) -> Written:
        self._before("create")
        key = f"m{name}"
        if key in self.items and not self.quirks.ignores_if_none_match:
            raise VersionConflict
        if key not in self.items and key in self.log and self.quirks.names_stay_taken:
            raise VersionConflict
        self.items[key] = Stored(
            units=self._kept(units),
            version=self._next(),
            updated_at=self.clock(),
            uid=uid,
            mark=mark,
            is_copy=True,
        )
        return self._wrote("create", key)

    def update(self, item: Item, units: Units) -> Written:
        self._before("update")
        stored = self._matching(item)
        if self.quirks.lags:
            self.lagging[item.key] = replace(stored)
        stored.units = self._kept(units)
        stored.version = self._next()
        stored.updated_at = self.clock()
        return self._wrote("update", item.key)

    def delete(self, item: Item) -> None:
        self._before("delete")
        self._matching(item)
        self.lagging.pop(item.key, None)
        del self.items[item.key]
        self.log.append(item.key)
        self._after("delete")

    def _kept(self, units: Units) -> Units:
        held = self.norm(units)
        if not self.quirks.drops_rules:
            return held
        return {name: value for name, value in held.items() if name != "recurrence"}

    def _wrote(self, call: str, key: str) -> Written:
        self.log.append(key)
        version = None if self.quirks.tells_no_version else str(self.items[key].version)
        self._after(call)
        return Written(key=key, version=version)

    def _matching(self, item: Item) -> Stored:
        stored = self.items.get(item.key)
        if stored is None:
            raise ItemGone
        if str(stored.version) != item.version:
            raise VersionConflict
        return stored

    def _delta(self, token: str) -> list[Page]:
        start = int(token)
        if start < self.floor:
            if not self.quirks.forgets_silently:
                raise CursorExpired
            start = self.floor
        if self.quirks.lists_when_asked_for_changes and start < len(self.log):
            return self._listing()
        keys = dict.fromkeys(self.log[start:])
        if self.quirks.nets_out:
            before = set(self.log[:start])
            keys = {key: None for key in keys if key in before or key in self.items}
        changes = [self._change(key) for key in keys]
        if self.quirks.reports_false_removals and changes:
            changes += [Change(key=key, gone=True) for key in self.items]
        return self._pages(changes)

    def _listing(self) -> list[Page]:
        return self._pages([self._change(key) for key in self.items], is_listing=True)

    def _pages(self, changes: list[Change], *, is_listing: bool = False) -> list[Page]:
        size = self.quirks.page
        cut = [changes[i : i + size] for i in range(0, len(changes), size)] or [[]]
        token = None if self.quirks.has_no_feed else str(len(self.log))
        return [
            Page(
                changes=tuple(part),
                is_listing=is_listing,
                last=part is cut[-1],
                token=token if part is cut[-1] else None,
            )
            for part in cut
        ]

    def _change(self, key: str) -> Change:
        stored = self.items.get(key)
        if stored is None:
            return Change(key=key, gone=True)
        return Change(key=key, version=str((self.lagging.get(key) or stored).version))

    def _item(self, key: str) -> Item:
        stored = self.lagging.pop(key, None) or self.items[key]
        if self.quirks.moves_versions:
            stored.version = self._next()
        if key in self.unreadable:
            return Item(key=key, version=str(stored.version), units={}, fault="odd")
        return Item(
            key=key,
            uid=stored.uid,
            version=str(stored.version),
            units=stored.units,
            updated_at=stored.updated_at,
            mark=stored.mark,
        )

    def _next(self) -> int:
        self._versions += 1
        return self._versions

    def _before(self, call: str) -> None:
        self.calls.append(call)
        self._meddle(call, "before")

    def _after(self, call: str) -> None:
        self._meddle(call, "after")

    def _meddle(self, call: str, phase: str) -> None:
        if self.fault is not None:
            self.fault(self, call, phase)


def with_leaf(units: Units, leaf: str, value: JSON) -> Units:
    """Return `units` with another value in one leaf."""
    return units_of({**leaves(units), leaf: value})


def leaf_of(units: Units, leaf: str) -> JSON:
    """Return the value of one leaf."""
    return leaves(units).get(leaf)


def html_instead() -> Callable[[list[Page]], list[Page]]:
    """Make a server answer with a login page."""

    def answer(_pages: list[Page]) -> list[Page]:
        raise BadAnswer

    return answer


def contents(calendar: QuirkyCalendar) -> list[Mapping[str, JSON]]:
    """Return what stands in the calendar, in an order of its own."""
    return sorted((stored.units for stored in calendar.items.values()), key=repr)
