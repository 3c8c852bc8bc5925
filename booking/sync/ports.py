"""The words of the sync engine, and the ports to what lies on either side of it.

A side is a calendar at a provider (`Remote`), or our own tables (`Local`). Both show items made of
units: JSON values by name, as `core.event.to_units` writes them. The engine compares, merges and
copies units; it never looks inside one, except that some are maps merged key by key (`merge`).

Leaves to others: rows the engine keeps (`rows`), what is allowed (`policy`), and every wire format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias, TypeVar

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"
Units: TypeAlias = Mapping[str, JSON]


class Side(StrEnum):
    """One of the two ends of a pair."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The side across."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


SIDES = (Side.LEFT, Side.RIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What one side shows under one key.

    `key`: the side's own name for it (a href, an id); `version`: its etag or change key, None where
    the side has none. `updated_at`: the provider's time of the last change to the whole item.
    `first_seen_at`: when the content that we first read was made, as far as we know. `touched`: by
    leaf (`merge.leaves`), when a value other than the one before was made.
    `mark`: our provenance text, "" on anybody else's item; a hint, never identity, since people
    copy items together with their marks.
    `mirrored`: False where it never makes a copy (cancelled, declined by the owner).
    `fault`: why its content could not be understood; `units` then are those understood last.
    `raw`: the side's own form, kept where lines that we do not know must survive a write.
    `wrote_at`: when we last wrote it, until a reading has met it; `replaced`: the version that
    stood there before. A reading that shows that one again soon afterwards is an old one.
    """

    key: str
    uid: str = ""
    version: str | None = None
    units: Units
    updated_at: datetime | None = None
    first_seen_at: datetime | None = None
    touched: Mapping[str, datetime] = field(default_factory=dict)
    mark: str = ""
    mirrored: bool = True
    fault: str = ""
    raw: str | None = field(default=None, repr=False)
    wrote_at: datetime | None = None
    replaced: str | None = None

    def shows(self, unit: str, value: JSON) -> bool:
        """Tell whether this unit could be read and has this value."""
        return not self.fault and self.units.get(unit) == value

    def means_the_same(self, other: Item) -> bool:
        """Tell whether both say the same, whatever their versions and times."""
        return (
            self.units == other.units
            and self.uid == other.uid
            and self.mark == other.mark
            and self.mirrored == other.mirrored
            and self.fault == other.fault
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A hint from a feed or a row of a listing: look at this key.

    `gone` is a hint like any other: only reading the item proves that it is gone. `item` is there
    where the answer carried the content.
    """

    key: str
    version: str | None = None
    gone: bool = False
    item: Item | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of an answer to `Remote.changes`.

    `last` stands on the final page alone, which carries the next `token` (None where the side has
    no feed: the next question is a listing again). An answer without a last page was cut short.
    `is_listing`: the pages name everything there is, although changes were asked for; then what
    they do not name may be gone. Without a token they always do.
    """

    changes: tuple[Change, ...] = ()
    is_listing: bool = False
    token: str | None = None
    last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Items that were read, and keys that the side itself said it does not have.

    A key in neither was passed over in silence, which proves nothing.
    """

    items: tuple[Item, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The answer to a write: the key it now has, and its version if the side told one."""

    key: str
    version: str | None = None
    raw: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a side can do. `masked`: units it cannot hold at all, which it never changes either."""

    can_write: bool = True
    has_feed: bool = True
    masked: frozenset[str] = frozenset()


class Remote(Protocol):
    """A calendar at a provider, or anything else that is reached over a network.

    Errors of every method are `core.errors.ProviderError`s. ReconnectRequired, Throttled and
    Unreachable say nothing about whether a write was applied; neither does BadAnswer.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What this side can do."""
        ...

    def norm(self, units: Units) -> Units:
        """Return what this side will hold after it was given `units`; applied twice, the same."""
        ...

    def changes(self, token: str | None) -> Iterator[Page]:
        """Ask what changed since `token`; with None, list everything, versions included.

        Errors: CursorExpired if the token is refused, BadAnswer for anything that is not a whole
        and well-formed answer.
        """
        ...

    def fetch(self, keys: Sequence[str]) -> Fetched:
        """Read many items in few requests."""
        ...

    def get(self, key: str) -> Item | None:
        """Read one item by its own address.

        None means that it does not exist while its calendar can be read. Errors: NotFound, or any
        ProviderError, where that cannot be told.
        """
        ...

    def find(self, name: str, mark: str) -> Item | None:
        """Read the item that `creation` makes under `name`; None if there is none.

        Sides that choose keys themselves look for `mark`. The caller checks whose item it is.
        """
        ...

    def creation(self, name: str, uid: str, units: Units, mark: str) -> Callable[[], Written]:
        """Make ready what makes an item, unless one exists under this name; a call of it sends it.

        Nothing is asked before that. Errors of the call: VersionConflict if the name or uid is
        taken.
        """
        ...

    def update(self, item: Item, units: Units) -> Written:
        """Replace the content of `item`, if its version is still the one given.

        Errors: ItemGone; VersionConflict if it changed meanwhile.
        """
        ...

    def delete(self, item: Item) -> None:
        """Remove `item`, if its version is still the one given. Errors: as for `update`."""
        ...


_StateT_contra = TypeVar("_StateT_contra", contravariant=True)


class Local(Protocol[_StateT_contra]):
    """Our own tables as a side: read and written inside the transaction that changes the links."""

    @property
    def capabilities(self) -> Capabilities:
        """What this side can do."""
        ...

    def norm(self, units: Units) -> Units:
        """Return what this side will hold after it was given `units`."""
        ...

    def dirty(self, state: _StateT_contra) -> Iterable[str]:
        """Return the keys that changed since the engine last saw them, the most urgent first."""
        ...

    def items(self, state: _StateT_contra, keys: Sequence[str]) -> Mapping[str, Item]:
        """Return what stands under `keys`; a key that is absent does not exist."""
        ...

    def write(
        self, state: _StateT_contra, key: str | None, name: str, units: Units | None
    ) -> Item | None:
        """Make (`key` None), replace or, without `units`, delete an item; return what now stands.

        Errors: none; a side that cannot hold a value says so by its `norm`.
        """
        ...


class Follower(Protocol[_StateT_contra]):
    """Rows derived from a replica alone, kept equal to it in the same transaction (BUSY_CACHE).

    They are never read as a source, so they need neither links nor shadows: the key is the link.
    """

    def put(self, state: _StateT_contra, items: Sequence[Item]) -> int:
        """Derive these items anew; return how many rows really changed."""
        ...

    def drop(self, state: _StateT_contra, keys: Sequence[str]) -> int:
        """Forget these keys; return how many rows really changed."""
        ...
