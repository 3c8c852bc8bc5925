"""What the planner looks at: one run's circumstances, links with both their items, strangers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from booking.sync.merge import Norm
from booking.sync.policy import Policy
from booking.sync.ports import SIDES, Item, Side
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


def as_planned(
    links: Iterable[Link], views: Iterable[View], strangers: Iterable[Stranger]
) -> dict[int, View]:
    """Return links as a plan left them, by id, with what their sides showed when it was made."""
    found, items = dict[int, View](), dict[tuple[Side, str], Item]()
    for stranger in strangers:
        items[stranger.side, stranger.item.key] = stranger.item
        if stranger.peer is not None:
            items[stranger.side.other, stranger.peer.key] = stranger.peer
    for view in views:
        found[view.link.id] = view
        shown = [(side, item) for side in SIDES if (item := view.item(side)) is not None]
        items.update(((side, item.key), item) for side, item in shown)
    for link in links:
        found[link.id] = View(
            link=link,
            left=items.get((Side.LEFT, link.left.key or "")),
            right=items.get((Side.RIGHT, link.right.key or "")),
        )
    return found
