"""What the engine remembers between two steps, and the port to wherever it is kept.

Every step of the engine is one unit of a `StateStore`: it is committed whole or not at all, and a
process killed between any two steps leaves rows that the next cycle can go on from.

Leaves to others: what the rows are changed to (`planner`, `outcomes`), SQL (a store).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Protocol, TypeVar

from booking.core.errors import BookingError
from booking.sync.ports import Item, Side, Units


class LeaseLost(BookingError):
    """Somebody else works on this pair by now: nothing of this step was kept."""

    code = "lease_lost"
    default_message = "Another worker has taken over."


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on one thing until a moment; a later lease has a higher `fence`."""

    owner: str
    fence: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a replica has been read.

    `token`: where the feed goes on, None where a listing is next. `full_at`: the last complete
    listing. `emptied_at`: since when listings have been empty while items were known. A replica
    that was never read has neither.
    """

    token: str | None = None
    full_at: datetime | None = None
    emptied_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When the agreed value of a leaf was given, and by which side."""

    at: datetime
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One side of a link.

    `key` is None while nothing of ours stands there. `shadow` is what the side showed when we last
    looked or, after a write, what it must then show; None before either.
    """

    key: str | None = None
    uid: str = ""
    shadow: Units | None = None


class LinkState(StrEnum):
    """`unsyncable` waits and is tried again; `muted` and `detached` are left alone."""

    LINKED = "linked"
    UNSYNCABLE = "unsyncable"
    MUTED = "muted"
    DETACHED = "detached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """This left item is that right item.

    `agreed`: the content both should have. `stamps`: by leaf, when and by whom it was given.
    `generation` rises whenever a copy is made again, so that its name was never used before.
    `root` names the item that a person made, through however many copies. `put_back_at`: when a
    copy that was deleted by hand was last made again.
    """

    id: int
    generation: int = 0
    origin: Side
    root: str
    agreed: Units
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    left: End = field(default_factory=End)
    right: End = field(default_factory=End)
    state: LinkState = LinkState.LINKED
    reason: str = ""
    failures: int = 0
    retry_at: datetime | None = None
    put_back_at: datetime | None = None

    def end(self, side: Side) -> End:
        """Return the end on `side`."""
        return self.left if side is Side.LEFT else self.right

    def with_end(self, side: Side, end: End) -> Link:
        """Return the link with another end on `side`."""
        return replace(self, left=end) if side is Side.LEFT else replace(self, right=end)


class Op(StrEnum):
    """What an intent does."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A write that is due; committed before it is sent, at most one per link and side.

    `name`, `uid` and `mark` are those of a create; `target` is the content to write (not of a
    delete). `if_match`: the version it is based on. `attempts`: times it was sent; `refusals`:
    times a moving version refused it.
    """

    link_id: int
    side: Side
    op: Op
    name: str = ""
    uid: str = ""
    mark: str = ""
    target: Units | None = None
    if_match: str | None = None
    attempts: int = 0
    refusals: int = 0


class HoldState(StrEnum):
    """`pending`: found in this cycle; `held`: stopped by the brake; `approved`: may go on."""

    PENDING = "pending"
    HELD = "held"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A deletion that is to reach `side` because the other side's item is gone."""

    link_id: int
    side: Side
    state: HoldState = HoldState.PENDING
    found_at: datetime


class ConflictKind(StrEnum):
    """What two sides disagreed about."""

    UNIT = "unit"
    EDIT_BEATS_DELETION = "edit_beats_deletion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A value that gave way, kept so that it can be restored.

    `unit` is a leaf's name, "" where a whole item was deleted against an edit; `kept` and `lost`
    are then its units.
    """

    link_id: int
    kind: ConflictKind
    unit: str = ""
    side: Side
    kept: object
    lost: object
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trash:
    """The last full version of an item that was removed from `side`."""

    link_id: int
    side: Side
    key: str
    units: Units
    raw: str | None = field(default=None, repr=False)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """Both ends of a link that is no more."""

    link_id: int
    left_key: str | None
    right_key: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A write that was carried out on `side`, for the history.

    `units`: what was written (of a deletion: what stood there); `changed`: by leaf, the values
    before and after.
    """

    link_id: int
    side: Side
    op: Op
    units: Units
    changed: Mapping[str, tuple[object, object]] = field(default_factory=dict)
    at: datetime


class NoticeKind(StrEnum):
    """What a side's owner has to hear of."""

    CHANGED = "changed"
    DELETED = "deleted"
    UNLINKED = "unlinked"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that happened on `side` which the other side cannot be written to follow.

    `key` and `units` are what now stands on `side`; None after a deletion.
    """

    link_id: int
    kind: NoticeKind
    side: Side
    key: str | None = None
    units: Units | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a step makes of links and the rows around them. Order of application: as listed.

    `dropped` links go with their intents and holds. `done` names intents that have ended; `dirty`
    links, and `later` items, are what the next plan has to look at again.
    """

    dropped: tuple[int, ...] = ()
    links: tuple[Link, ...] = ()
    done: tuple[tuple[int, Side], ...] = ()
    intents: tuple[Intent, ...] = ()
    released: tuple[int, ...] = ()
    holds: tuple[Hold, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    trash: tuple[Trash, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    notices: tuple[Notice, ...] = ()
    deeds: tuple[Deed, ...] = ()
    dirty: tuple[int, ...] = ()
    later: tuple[tuple[Side, str], ...] = ()

    def __add__(self, more: Changes) -> Changes:
        """Return both, `more` applied after this."""
        both = {name: getattr(self, name) + getattr(more, name) for name in Changes.__slots__}
        return Changes(**both)

    @classmethod
    def of(cls, parts: Iterable[Changes]) -> Changes:
        """Return all of them, each applied after those before it."""
        every = tuple(parts)
        return cls(
            **{
                name: tuple(chain.from_iterable(getattr(one, name) for one in every))
                for name in cls.__slots__
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dirty:
    """What the next plan has to look at, the most urgent first."""

    links: tuple[int, ...] = ()
    items: tuple[tuple[Side, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How many links there are, and how many deletions were carried out in the last day."""

    links: int
    deleted_lately: int


class ReplicaState(Protocol):
    """The rows of one replica inside an open unit."""

    def cursor(self) -> Cursor:
        """Return how far it has been read."""
        ...

    def save_cursor(self, cursor: Cursor) -> None:
        """Remember how far it has been read."""
        ...

    def versions(self) -> Mapping[str, str | None]:
        """Return the version of every item, by key."""
        ...

    def items(self, keys: Sequence[str]) -> Mapping[str, Item]:
        """Return those of `keys` that are there."""
        ...

    def unconfirmed(self) -> Sequence[str]:
        """Return the keys of items that we wrote and that no reading has shown since."""
        ...

    def confirm(self, keys: Sequence[str]) -> None:
        """Note that a reading has met these."""
        ...

    def put(self, items: Sequence[Item], *, own: bool = False) -> None:
        """Insert or replace items whose content changed; whoever uses the replica hears of it.

        `own`: the pair wrote them itself, so all but this pair hear of it.
        """
        ...

    def restamp(self, items: Sequence[Item]) -> None:
        """Replace items whose content is the same; nobody hears of it."""
        ...

    def drop(self, keys: Sequence[str], *, own: bool = False) -> None:
        """Forget items that are gone; whoever uses the replica hears of it, as for `put`."""
        ...


class ReplicaStore(Protocol):
    """Units of work on one replica, under one lease."""

    def reading(self) -> AbstractContextManager[ReplicaState]:
        """Open a unit that only reads."""
        ...

    def writing(self) -> AbstractContextManager[ReplicaState]:
        """Open a unit that is committed at its end. Errors: LeaseLost, and nothing is kept."""
        ...


class PairState(Protocol):
    """The rows of one pair inside an open unit."""

    def replica(self, side: Side) -> ReplicaState:
        """Return the replica that the pair uses on `side`."""
        ...

    def dirty(self, now: datetime) -> Dirty:
        """Return what has to be planned, `unsyncable` links whose time has come among it."""
        ...

    def planned(self, dirty: Dirty) -> None:
        """Forget that these had to be planned."""
        ...

    def links(self, ids: Sequence[int]) -> Mapping[int, Link]:
        """Return those links that exist."""
        ...

    def links_at(self, side: Side, keys: Sequence[str]) -> Mapping[str, Link]:
        """Return the links whose end on `side` is one of `keys`, by key."""
        ...

    def peers(self, side: Side, *, uids: Collection[str], roots: Collection[str]) -> Sequence[Item]:
        """Return unlinked items on `side` with one of these uids, or that stem from these roots."""
        ...

    def singles(self, side: Side, likenesses: Collection[str]) -> Mapping[str, str]:
        """Return the keys of those unlinked items on `side` that alone have their likeness."""
        ...

    def rooted(self, root: str) -> bool:
        """Tell whether a link of this pair stems from this root."""
        ...

    def intents(self) -> Sequence[Intent]:
        """Return all intents, in the order in which they were made."""
        ...

    def intents_of(self, ids: Sequence[int]) -> Sequence[Intent]:
        """Return the intents of these links."""
        ...

    def holds_of(self, ids: Sequence[int]) -> Sequence[Hold]:
        """Return the deletions that wait on these links."""
        ...

    def holds(self) -> Sequence[Hold]:
        """Return all deletions that wait, oldest first."""
        ...

    def totals(self, now: datetime) -> Totals:
        """Return the counts that the brake needs."""
        ...

    def save(self, changes: Changes) -> None:
        """Apply what a step decided."""
        ...


StateT_co = TypeVar("StateT_co", bound=PairState, covariant=True)


class StateStore(Protocol[StateT_co]):
    """Units of work on one pair, under one lease."""

    def reading(self) -> AbstractContextManager[StateT_co]:
        """Open a unit that only reads."""
        ...

    def writing(self) -> AbstractContextManager[StateT_co]:
        """Open a unit that is committed at its end. Errors: LeaseLost, and nothing is kept."""
        ...
