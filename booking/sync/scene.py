"""What the planner looks at: one run's circumstances, links with both their items, strangers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from booking.sync.merge import Norm
from booking.sync.policy import Policy
from booking.sync.ports import Item, Side
from booking.sync.rows import Hold, Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is the same for every link of a run.

    `places` name the calendars of the two sides, for roots; `new_id` makes keys for links.
    """

    pair_id: int
    policy: Policy
    norms: Mapping[Side, Norm]
    places: Mapping[Side, str]
    now: datetime
    new_id: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A link, what its two sides show now, and what waits on it."""

    link: Link
    left: Item | None
    right: Item | None
    hold: Hold | None = None
    is_busy: bool = False

    def item(self, side: Side) -> Item | None:
        """Return what `side` shows, None where nothing (any more)."""
        return self.left if side is Side.LEFT else self.right


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """An item without a link.

    `root`: the item that a person made. `marked`: the link its mark names, where that link's own
    place on this side is empty. `peer`: an unlinked item on the other side that is the same event;
    `is_same_root` tells that both are copies of one root.
    """

    side: Side
    item: Item
    root: str
    marked: View | None = None
    peer: Item | None = None
    is_same_root: bool = False
