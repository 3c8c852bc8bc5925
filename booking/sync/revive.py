"""Bringing back what was lost, or is about to be: an item, a copy, a value. Pure.

What is brought back counts as given now, so it wins against what stands there, and a later edit
wins against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from booking.sync.drafts import creation_of, tombstone_of
from booking.sync.merge import leaves, units_of
from booking.sync.names import root_of
from booking.sync.policy import writable_sides
from booking.sync.ports import JSON, Side, Units
from booking.sync.rows import Changes, End, HoldState, Link, LinkState, Stamp
from booking.sync.scene import Scene, View


def revived(units: Units, scene: Scene) -> Changes:
    """Return what makes a deleted item again, on every side that may be written.

    Where one side is only read, it comes back on the other as an item that stands by itself. The
    two sides' names differ in their generation, as one account may hold both.
    """
    sides = writable_sides(scene.policy)
    link_id = scene.new_id()
    link = Link(
        id=link_id,
        generation=len(sides) - 1,
        origin=sides[0],
        root=root_of("restored", str(link_id)),
        agreed=units,
        state=LinkState.LINKED if len(sides) > 1 else LinkState.DETACHED,
    )
    intents = tuple(
        creation_of(replace(link, generation=number), side, scene)
        for number, side in enumerate(sides)
    )
    return Changes(links=(link,), intents=intents)


def restored(link: Link, leaf: str, value: JSON, side: Side, now: datetime) -> Changes:
    """Return a link with a value that had given way as the agreed one."""
    flat = leaves(link.agreed)
    flat.pop(leaf, None)
    if value is not None:
        flat[leaf] = value
    stamps = {**link.stamps, leaf: Stamp(at=now, side=side)}
    link = replace(link, agreed=units_of(flat), stamps=stamps)
    return Changes(links=(link,), dirty=(link.id,))


def kept(views: Iterable[View], scene: Scene) -> Changes:
    """Return what undoes the deletions that the brake held: what was deleted is made again.

    Where the side that deleted is only read, nothing can be made there: what is left on the other
    side becomes an event of its own.
    """
    result = Changes()
    for view in views:
        if view.hold is None or view.hold.state is not HoldState.HELD:
            continue
        link, gone = view.link, view.hold.side.other
        if scene.policy.of(gone).is_writable:
            again = replace(link.with_end(gone, End()), generation=link.generation + 1)
            result += Changes(links=(again,), released=(link.id,), dirty=(link.id,))
        else:
            end = tombstone_of(link, scene.now)
            result += Changes(dropped=(link.id,), tombstones=(end,))
    return result


def tried_again(link: Link) -> Changes:
    """Return a link that was left alone, by a person's will or a server's, as one to be planned."""
    again = replace(
        link, state=LinkState.LINKED, reason="", failures=0, retry_at=None, put_back_at=None
    )
    return Changes(links=(again,), dirty=(link.id,))


def given_back(link: Link, side: Side, units: Units, now: datetime, *, is_gone: bool) -> Changes:
    """Return a link whose item on `side` is to show these units again, whatever was done to it.

    An item that `is_gone` there is made again, under a name never used before; of one that stands,
    all that is not among `units` stays as it is.
    """
    agreed = {**leaves(link.agreed), **leaves(units)}
    stamp = Stamp(at=now, side=side.other)
    link = replace(
        link,
        agreed=units_of(agreed),
        stamps={**link.stamps, **dict.fromkeys(leaves(units), stamp)},
        state=LinkState.LINKED,
        reason="",
        put_back_at=now,
    )
    if is_gone:
        link = replace(link, generation=link.generation + 1).with_end(side, End())
    return Changes(links=(link,), dirty=(link.id,))
