"""What a run would do: planned from the rows as they are, and forgotten.

It leaves reading the sides to the caller, who does that first, and sending to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from booking.sync.gather import Gather, StateT
from booking.sync.planner import plan, release
from booking.sync.ports import Side
from booking.sync.rows import Changes, Dirty, Hold
from booking.sync.scene import Scene, Stranger, View


def foresee(
    state: StateT,
    gather: Gather[StateT],
    scene: Scene,
    batches: Iterable[Dirty],
    *,
    listed: bool,
) -> Changes:
    """Return the plan of everything that is dirty; deletions that the brake stops stay holds."""
    result, met = Changes(), set[tuple[Side, str]]()
    found: list[View] = []
    for batch in batches:
        views, strangers = gather.dirty(state, batch)
        unmet = [one for one in strangers if (one.side, one.item.key) not in met]
        met.update(at for one in unmet for at in _places(one))
        changes = plan(views, unmet, scene)
        holds = {hold.link_id: hold for hold in changes.holds}
        found += [
            replace(view, hold=holds[view.link.id]) for view in views if view.link.id in holds
        ]
        result += replace(changes, holds=())
    waiting = gather.views(state, [hold.link_id for hold in state.holds()])
    views = [*_still_held(waiting, result.released), *found]
    totals = state.totals(scene.now)
    judged = release(views, totals, scene.policy, scene.now, listed=listed)
    return result + replace(judged, holds=_stopped(views, judged))


def _places(stranger: Stranger) -> Iterable[tuple[Side, str]]:
    yield stranger.side, stranger.item.key
    if stranger.peer is not None:
        yield stranger.side.other, stranger.peer.key


def _still_held(views: Sequence[View], released: Sequence[int]) -> list[View]:
    gone = set(released)
    return [view for view in views if view.link.id not in gone]


def _stopped(views: Sequence[View], judged: Changes) -> tuple[Hold, ...]:
    """Return the deletions that would go on waiting for a person."""
    sent = {intent.link_id for intent in judged.intents} | set(judged.released)
    return tuple(view.hold for view in views if view.hold and view.link.id not in sent)
