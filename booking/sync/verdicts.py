"""What the outcome of a write means for the rows: endings, made from values alone.

Leaves to others: requests (`apply`), and committing (`endings`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from booking.sync.endings import Ending, Outcome, Seen, ended
from booking.sync.ingest import aged
from booking.sync.merge import RULE, differing, leaves, units_of
from booking.sync.ports import Item, Side, Units
from booking.sync.rows import (
    Changes,
    Deed,
    End,
    Intent,
    Link,
    LinkState,
    Op,
    Tombstone,
    Trash,
)
from booking.sync.scene import Scene, View

MOST_REFUSALS = 3
LONGEST_BACKOFF = timedelta(hours=24)
_BACKOFF = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Endings of intents in one run; each method is named by what was found."""

    scene: Scene

    def deed(self, intent: Intent, view: View) -> Deed:
        """Return what a write changed of what stood there, for the history."""
        norm, old = self.scene.norms[intent.side], view.item(intent.side)
        before = norm.shown(old.units) if old is not None and intent.op is Op.UPDATE else {}
        after = norm.held(leaves(intent.target or {})) if intent.op is Op.UPDATE else {}
        return Deed(
            link_id=intent.link_id,
            side=intent.side,
            op=intent.op,
            units=intent.target or (old.units if old else view.link.agreed),
            changed={
                leaf: (before.get(leaf), after.get(leaf)) for leaf in differing(before, after)
            },
            at=self.scene.now,
        )

    def stands(
        self,
        intent: Intent,
        view: View,
        key: str,
        item: Item | None,
        *,
        look_again: bool,
    ) -> Ending:
        """Return that the target was delivered under `key`, where `item` now stands."""
        held, link = self.held(intent), view.link
        end = End(key=key, uid=item.uid if item else link.end(intent.side).uid, shadow=held)
        link = link.with_end(intent.side, end)
        if link.state is LinkState.UNSYNCABLE:
            link = replace(link, state=LinkState.LINKED, reason="", retry_at=None)
        if link.failures:
            link = replace(link, failures=0)
        dirty = (link.id,) if look_again else ()
        if item is None:
            seen = Seen(side=intent.side, gone=key)
        else:
            now = self.scene.now
            made_at = min(item.updated_at or now, now)
            ours = replace(item, wrote_at=now, first_seen_at=made_at)
            seen = Seen(side=intent.side, item=ours)
        changes = Changes(links=(link,), dirty=dirty, deeds=(self.deed(intent, view),))
        return ended(intent, changes, seen, Outcome.WRITTEN)

    def deleted(self, intent: Intent, view: View) -> Ending:
        """Return that we removed the item: the link ends, and the trash keeps what stood there."""
        link, side, now = view.link, intent.side, self.scene.now
        last = view.item(side)
        key = link.end(side).key or ""
        units, raw = (last.units, last.raw) if last else (link.agreed, None)
        trash = Trash(link_id=link.id, side=side, key=key, units=units, raw=raw, at=now)
        tombstone = Tombstone(
            link_id=link.id, left_key=link.left.key, right_key=link.right.key, at=now
        )
        changes = Changes(
            dropped=(link.id,),
            trash=(trash,),
            tombstones=(tombstone,),
            deeds=(self.deed(intent, view),),
        )
        return ended(intent, changes, Seen(side=side, gone=key), Outcome.WRITTEN)

    def name_taken(self, intent: Intent, link: Link) -> Ending:
        """Return that this name or uid is another's: the next generation gets a new one."""
        if link.failures + 1 >= MOST_REFUSALS:
            return self.unsyncable(intent, link, "name_taken")
        link = replace(link, failures=link.failures + 1, generation=link.generation + 1)
        return ended(intent, Changes(links=(link,), dirty=(link.id,)))

    def found_gone(self, intent: Intent, view: View) -> Ending:
        """Return that the item is not there any more."""
        if intent.op is Op.DELETE:
            return self.deleted(intent, view)
        seen = Seen(side=intent.side, gone=view.link.end(intent.side).key)
        return ended(intent, Changes(dirty=(view.link.id,)), seen)

    def changed(self, intent: Intent, view: View, item: Item) -> Ending:
        """Return that somebody changed the item: the link is planned anew from what is there."""
        link = view.link
        current = aged(item, view.item(intent.side), self.scene.now)
        seen = Seen(side=intent.side, item=current, own=False)
        return ended(intent, Changes(links=(link,), dirty=(link.id,)), seen)

    def unsyncable(
        self,
        intent: Intent,
        link: Link,
        reason: str,
        seen: Seen | None = None,
        *,
        wait: timedelta | None = None,
    ) -> Ending:
        """Leave this one alone for a while; nobody else waits for it."""
        wait = wait or min(_BACKOFF * 2 ** min(link.failures, 16), LONGEST_BACKOFF)
        link = replace(
            link,
            state=LinkState.UNSYNCABLE,
            reason=reason,
            failures=link.failures + 1,
            retry_at=self.scene.now + wait,
        )
        return ended(intent, Changes(links=(link,)), seen, Outcome.REFUSED)

    def held(self, intent: Intent) -> Units:
        """Return what a side holds of an intent's target, as units."""
        norm = self.scene.norms[intent.side]
        return units_of(norm.held(leaves(intent.target or {})))

    def shows_shadow(self, link: Link, side: Side, item: Item) -> bool:
        """Tell whether an item says what it said when we last saw it."""
        norm = self.scene.norms[side]
        return norm.shown(item.units) == norm.shown(link.end(side).shadow or {})

    def has_lost_rule(self, intent: Intent, shown: Item) -> bool:
        """Tell whether a series was written and a single event is kept."""
        return RULE in self.held(intent) and not (shown.fault or shown.units.get(RULE))
