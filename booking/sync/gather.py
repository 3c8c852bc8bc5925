"""Gather what the planner looks at: links with both their items, and items without a link.

Leaves to others: every decision (`planner`). It reads rows and our own sides, never a network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from booking.sync.names import likeness_of, read_mark, root_of
from booking.sync.ports import SIDES, Item, Local, Side
from booking.sync.rows import Dirty, Link, PairState
from booking.sync.scene import Stranger, View

StateT = TypeVar("StateT", bound=PairState)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather(Generic[StateT]):
    """Reads what is to be planned. `ours`: the sides that are our own tables.

    `is_first`: the two sides meet for the first time, so equal items are matched without a mark.
    """

    pair_id: int
    places: Mapping[Side, str]
    ours: Mapping[Side, Local[StateT]]
    is_first: bool = False

    def dirty(self, state: StateT, dirty: Dirty) -> tuple[list[View], list[Stranger]]:
        """Return what `dirty` names, in its order."""
        ids, loose = dict.fromkeys(dirty.links), []
        for side in SIDES:
            keys = [key for at, key in dirty.items if at is side]
            linked = state.links_at(side, keys)
            ids.update(dict.fromkeys(link.id for link in linked.values()))
            loose += [(side, key) for key in keys if key not in linked]
        return self.views(state, list(ids)), self._strangers(state, loose)

    def views(self, state: StateT, ids: Sequence[int]) -> list[View]:
        """Return those of these links that exist, with what their sides show."""
        links = state.links(ids)
        busy = {intent.link_id for intent in state.intents_of(ids)}
        holds = {hold.link_id: hold for hold in state.holds_of(ids)}
        shown = {side: self._items(state, side, _keys(links, side)) for side in SIDES}
        return [
            View(
                link=link,
                left=shown[Side.LEFT].get(link.left.key or ""),
                right=shown[Side.RIGHT].get(link.right.key or ""),
                hold=holds.get(link.id),
                is_busy=link.id in busy,
            )
            for link in (links[key] for key in ids if key in links)
        ]

    def _items(self, state: StateT, side: Side, keys: Sequence[str]) -> Mapping[str, Item]:
        if not keys:
            return {}
        local = self.ours.get(side)
        return state.replica(side).items(keys) if local is None else local.items(state, keys)

    def _strangers(self, state: StateT, loose: Sequence[tuple[Side, str]]) -> list[Stranger]:
        found: list[Stranger] = []
        for side in SIDES:
            keys = [key for at, key in loose if at is side]
            items = self._items(state, side, keys)
            alone = [self._stranger(state, side, items[key]) for key in keys if key in items]
            found += alone if side.other in self.ours else self._with_peers(state, side, alone)
        return found

    def _stranger(self, state: StateT, side: Side, item: Item) -> Stranger:
        """Judge a mark: it brings an item back to its link, or it was copied by a person."""
        own_root = root_of(self.places[side], item.key)
        mark = read_mark(item.mark)
        if mark is not None and mark.pair_id == self.pair_id:
            views = self.views(state, [mark.link_id])
            if views and views[0].item(side) is None:
                return Stranger(side=side, item=item, root=own_root, marked=views[0])
        root = own_root if mark is None or state.rooted(mark.root) else mark.root
        return Stranger(side=side, item=item, root=root)

    def _with_peers(
        self, state: StateT, side: Side, strangers: Sequence[Stranger]
    ) -> Iterator[Stranger]:
        """Return strangers of one side with their peers: of one root first, then of one uid."""
        open_ones = [stranger for stranger in strangers if stranger.marked is None]
        by_root, by_uid = self._peers(state, side.other, open_ones)
        lonely = [
            one for one in open_ones if one.root not in by_root and one.item.uid not in by_uid
        ]
        twins = self._twins(state, side, lonely) if self.is_first else {}
        for one in strangers:
            same = by_root.get(one.root)
            peer = same or by_uid.get(one.item.uid) or twins.get(one.item.key)
            if one.marked is not None or peer is None:
                yield one
            else:
                yield replace(one, peer=peer, is_same_root=same is not None)

    def _peers(
        self, state: StateT, across: Side, strangers: Sequence[Stranger]
    ) -> tuple[Mapping[str, Item], Mapping[str, Item]]:
        """Return unlinked items across that these may be: by root, and by uid."""
        roots = {stranger.root for stranger in strangers}
        uids = {stranger.item.uid for stranger in strangers} - {""}
        by_root, by_uid = dict[str, Item](), dict[str, Item]()
        for peer in state.peers(across, uids=uids, roots=roots) if roots else ():
            by_root.setdefault(self._root(across, peer), peer)
            if peer.uid:
                by_uid.setdefault(peer.uid, peer)
        return by_root, by_uid

    def _twins(
        self, state: StateT, side: Side, strangers: Sequence[Stranger]
    ) -> Mapping[str, Item]:
        """Return the only equal item across, by key, where an item is the only such here."""
        alike = {one.item.key: likeness_of(one.item.units) for one in strangers}
        wanted = set(alike.values()) - {""}
        across = state.singles(side.other, wanted) if wanted else {}
        here = state.singles(side, across) if across else {}
        items = self._items(state, side.other, [across[likeness] for likeness in here])
        return {
            key: items[across[likeness]]
            for key, likeness in alike.items()
            if likeness in here and across[likeness] in items
        }

    def _root(self, side: Side, item: Item) -> str:
        mark = read_mark(item.mark)
        return mark.root if mark is not None else root_of(self.places[side], item.key)


def _keys(links: Mapping[int, Link], side: Side) -> list[str]:
    return [key for link in links.values() if (key := link.end(side).key) is not None]
