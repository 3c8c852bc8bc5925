"""What intents came to, and how that is kept: whole endings only, many of them in one commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from booking.sync.gather import StateT
from booking.sync.ports import Item, Side
from booking.sync.rows import Changes, Intent, StateStore


class Outcome(StrEnum):
    """How an intent ended. `unclear`: it did not, and waits to be settled."""

    WRITTEN = "written"
    DROPPED = "dropped"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a request showed of a replica: an item that stands, or a key that is gone.

    `own`: as it is since we wrote it, so that this pair need not look at it.
    """

    side: Side
    item: Item | None = None
    gone: str | None = None
    own: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What one intent changes of the replica and of the rows of the pair."""

    link_id: int
    changes: Changes
    seen: Seen | None = None
    outcome: Outcome = Outcome.DROPPED


def ended(
    intent: Intent, changes: Changes, seen: Seen | None = None, outcome: Outcome = Outcome.DROPPED
) -> Ending:
    """Return the end of an intent, which goes."""
    done = Changes(done=((intent.link_id, intent.side),))
    return Ending(link_id=intent.link_id, changes=done + changes, seen=seen, outcome=outcome)


def keep(store: StateStore[StateT], ended: Sequence[Ending]) -> None:
    """Commit endings together, in their order. Errors: LeaseLost, and none is kept."""
    if not ended:
        return
    with store.writing() as state:
        _take_in(state, [ending.seen for ending in ended if ending.seen is not None])
        state.save(Changes.of(ending.changes for ending in ended))


def _take_in(state: StateT, seen: Iterable[Seen]) -> None:
    """Put and drop in the order of the endings, as many at a time as are of one kind."""
    in_order = sorted(seen, key=lambda one: one.side)
    for (side, own, stands), group in groupby(in_order, key=_kind):
        some = list(group)
        if stands:
            items = [one.item for one in some if one.item is not None]
            state.replica(side).put(items, own=own)
        else:
            keys = [one.gone for one in some if one.gone is not None]
            state.replica(side).drop(keys, own=own)


def _kind(seen: Seen) -> tuple[Side, bool, bool]:
    return seen.side, seen.own, seen.item is not None
