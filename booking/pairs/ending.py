"""The end of a pair whose copies go: what we made is removed, and nothing else.

A copy is known by its mark; one that somebody edited since the last sync stays. Nothing is planned
meanwhile, so a copy that is gone is never taken for one that its owner deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from booking.calendars import store as calendars
from booking.calendars.cursor_rows import forget_busy
from booking.calendars.link_models import SyncLink, SyncPair
from booking.calendars.mirror_store import MirrorStore
from booking.calendars.pair_dirty import calendar_at, strip
from booking.core.errors import ItemGone, VersionConflict
from booking.sync.merge import Norm
from booking.sync.names import read_mark
from booking.sync.ports import SIDES, Item, Remote, Side
from booking.sync.rows import Changes, Intent, Link, Op

_BATCH = 50


def remove_copies(
    rows: MirrorStore, remotes: Mapping[Side, Remote], is_over: Callable[[], bool]
) -> bool:
    """Remove the copies that a pair made; tell whether none is left.

    Errors: ProviderError; what was removed by then is remembered.
    """
    while True:
        batch = _next_links(rows)
        if not batch:
            return True
        for link_id in batch:
            if is_over():
                return False
            _Removal(rows, remotes).of_link(link_id)


def forget(session: Session, pair: SyncPair) -> None:
    """Delete a pair with all that hangs on it; its calendars keep no more than others need."""
    ids = [calendar_at(pair, side) for side in SIDES]
    session.execute(delete(SyncPair).where(SyncPair.id == pair.id))
    for calendar_id in ids:
        strip(session, calendar_id)
        if not calendars.is_selected(session, calendar_id):
            forget_busy(session, calendar_id)


def _next_links(rows: MirrorStore) -> list[int]:
    query = select(SyncLink.id).where(SyncLink.pair_id == rows.pair.pair_id)
    with rows.reading() as state:
        return list(state.session.scalars(query.order_by(SyncLink.id).limit(_BATCH)))


class _Removal:
    """Removes the copies of one link."""

    def __init__(self, rows: MirrorStore, remotes: Mapping[Side, Remote]) -> None:
        self._rows = rows
        self._remotes = remotes

    def of_link(self, link_id: int) -> None:
        with self._rows.reading() as state:
            link = state.links([link_id])[link_id]
            intents = {intent.side: intent for intent in state.intents_of([link_id])}
            items = {
                side: state.replica(side)
                .items([link.end(side).key or ""])
                .get(link.end(side).key or "")
                for side in SIDES
            }
        gone = {side: self._of_side(side, link, items[side], intents.get(side)) for side in SIDES}
        with self._rows.writing() as state:
            for side, key in gone.items():
                if key is not None:
                    state.replica(side).drop([key], own=True)
            state.save(Changes(dropped=(link_id,)))

    def _of_side(
        self, side: Side, link: Link, item: Item | None, intent: Intent | None
    ) -> str | None:
        """Remove the copy on one side, if there is one; return the key that is gone."""
        remote = self._remotes[side]
        if intent is not None and intent.op is Op.CREATE:
            item = remote.find(intent.name, intent.mark)
        if item is None or not self._is_ours(item, link):
            return None
        try:
            remote.delete(item)
        except ItemGone:
            return item.key
        except VersionConflict:
            return self._changed_meanwhile(side, link, item.key)
        return item.key

    def _changed_meanwhile(self, side: Side, link: Link, key: str) -> str | None:
        item = self._remotes[side].get(key)
        if item is None:
            return key
        if self._is_edited(side, link, item):
            return None
        try:
            self._remotes[side].delete(item)
        except (ItemGone, VersionConflict):
            return None
        return key

    def _is_ours(self, item: Item, link: Link) -> bool:
        mark = read_mark(item.mark)
        is_named = mark is not None and mark.pair_id == self._rows.pair.pair_id
        return is_named and mark is not None and mark.link_id == link.id

    def _is_edited(self, side: Side, link: Link, item: Item) -> bool:
        remote = self._remotes[side]
        norm = Norm(remote.norm, remote.capabilities.masked)
        shown = replace(item, raw=None).units
        return norm.shown(shown) != norm.shown(link.end(side).shadow or {})
