"""A plan that is not carried out, as its owner sees it: counted, and the first of it listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from booking.calendars.link_models import SyncLink
from booking.calendars.mirror_store import MirrorRows, MirrorStore
from booking.calendars.sync_models import SHARED, ReplicaItem
from booking.pairs.values import PlannedItem, Preview
from booking.sync.ports import SIDES, Side
from booking.sync.rows import Changes, Intent, Link, LinkState, Op

MOST_LISTED = 500
_ACTIONS = {Op.CREATE: "create", Op.UPDATE: "change", Op.DELETE: "delete"}
_NOT_MIRRORED = "Cancelled or declined events are not copied."


def preview_of(changes: Changes, places: Mapping[Side, int], rows: MirrorStore) -> Preview:
    """Return a plan as its owner sees it; `places` are the calendars of both sides."""
    with rows.reading() as state:
        reader = _Reader(state=state, changes=changes, places=places)
        items = list(reader.items())
    count = Counter(item.action for item in items)
    return Preview(
        create=count["create"],
        change=count["change"],
        delete=count["delete"],
        hold=count["hold"],
        link=count["link"],
        skip=count["skip"],
        conflicts=len(changes.conflicts),
        would_halt=bool(changes.holds),
        items=tuple(items[:MOST_LISTED]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Turns a plan into lines."""

    state: MirrorRows
    changes: Changes
    places: Mapping[Side, int]

    def items(self) -> Iterator[PlannedItem]:
        links = self._links()
        for intent in self.changes.intents:
            yield self._intent(intent, links)
        for hold in self.changes.holds:
            yield _line("hold", hold.side, links[hold.link_id].agreed)
        busy = {intent.link_id for intent in self.changes.intents}
        known = self.state.links([link.id for link in self.changes.links])
        for link in self.changes.links:
            if link.id not in busy and link.id not in known:
                yield _line("link", link.origin, link.agreed)
        yield from self._skipped()

    def _links(self) -> Mapping[int, Link]:
        ids = [intent.link_id for intent in self.changes.intents]
        ids += [hold.link_id for hold in self.changes.holds]
        planned = {link.id: link for link in self.changes.links}
        return {**self.state.links(ids), **planned}

    def _intent(self, intent: Intent, links: Mapping[int, Link]) -> PlannedItem:
        units = intent.target or links[intent.link_id].agreed
        return _line(_ACTIONS[intent.op], intent.side, units)

    def _skipped(self) -> Iterator[PlannedItem]:
        """Return what is left out: unreadable, cancelled or refused items."""
        for side in SIDES:
            query = select(ReplicaItem).where(
                ReplicaItem.calendar_id == self.places[side],
                ReplicaItem.scope == SHARED,
                or_(ReplicaItem.fault != "", ReplicaItem.is_mirrored.is_(False)),
            )
            for row in self.state.session.scalars(query):
                if row.content or row.fault:
                    yield _line("skip", side, row.content, row.fault or _NOT_MIRRORED)
        waiting = (LinkState.UNSYNCABLE.value, LinkState.MUTED.value)
        links = select(SyncLink).where(
            SyncLink.pair_id == self.state.pair_id, SyncLink.state.in_(waiting)
        )
        for link in self.state.session.scalars(links):
            yield _line("skip", Side(link.origin), link.agreed, link.reason)


def _line(action: str, side: Side, units: Mapping[str, Any], reason: str = "") -> PlannedItem:
    return PlannedItem(
        action=action,
        side=side.value,
        title=str(units.get("title", "")),
        when=units.get("when"),
        reason=reason,
    )
