"""The plan: what links and items, as they now are, make due. Pure; it decides and sends nothing.

`plan` looks at links and at items without a link, `release` lets the deletions that were found go
on or stops them. Both answer with `Changes`, to be committed before anything is sent.

Leaves to others: gathering what is looked at (`gather`), sending (`apply`), and what one side
changed against the other (`merge`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from booking.sync.drafts import (
    agreeing,
    conflicts_of,
    creation_of,
    edits_to_report,
    face_of,
    merged_of,
    shown_as,
    tombstone_of,
    updates_of,
)
from booking.sync.merge import differing, leaves, units_of
from booking.sync.policy import OnDeleted, OnEdited, Policy
from booking.sync.ports import SIDES, Item, Side
from booking.sync.rows import (
    Changes,
    Conflict,
    ConflictKind,
    End,
    Hold,
    HoldState,
    Intent,
    Link,
    LinkState,
    Notice,
    NoticeKind,
    Op,
    Totals,
    Trash,
)
from booking.sync.scene import Scene, Stranger, View


def plan(views: Iterable[View], strangers: Iterable[Stranger], scene: Scene) -> Changes:
    """Return what these links and items make due.

    An item that goes back to its link does so first: that link is planned next time, with it.
    """
    parts: list[Changes] = []
    back: set[int] = set()
    others: list[Stranger] = []
    for stranger in strangers:
        if stranger.marked is None or stranger.marked.link.id in back:
            others.append(stranger)
        else:
            back.add(stranger.marked.link.id)
            parts.append(_adopted(stranger, stranger.marked, scene))
    parts.extend(_of_link(view, scene) for view in views if view.link.id not in back)
    return Changes.of([*parts, *_of_strangers(others, scene)])


def _of_strangers(strangers: Iterable[Stranger], scene: Scene) -> Iterator[Changes]:
    taken: set[tuple[Side, str]] = set()
    for stranger in strangers:
        if (stranger.side, stranger.item.key) in taken:
            continue
        if stranger.peer is not None:
            taken.add((stranger.side.other, stranger.peer.key))
        yield _of_stranger(stranger, scene)


def release(
    views: Sequence[View], totals: Totals, policy: Policy, now: datetime, *, listed: bool
) -> Changes:
    """Let found deletions go on, or hold them where there are too many at once.

    `views` are those of links with a hold; `listed` tells that a complete listing found them.
    """
    waiting = [view for view in views if view.hold is not None and not view.is_busy]
    found = [v for v in waiting if v.hold and v.hold.state is HoldState.PENDING]
    held = sum(1 for v in waiting if v.hold and v.hold.state is HoldState.HELD)
    stops = policy.brake is not None and policy.brake.holds(
        len(found), held, totals.deleted_lately, totals.links, listed=listed
    )
    if stops:
        holds = tuple(replace(v.hold, state=HoldState.HELD) for v in found if v.hold)
        go_on = [v for v in waiting if v.hold and v.hold.state is HoldState.APPROVED]
        return sum((_deletion(view, now) for view in go_on), Changes(holds=holds))
    go_on = [v for v in waiting if v.hold and v.hold.state is not HoldState.HELD]
    return sum((_deletion(view, now) for view in go_on), Changes())


def _deletion(view: View, now: datetime) -> Changes:
    """Send a deletion on; the hold stays, approved, until the link is gone."""
    if view.hold is None:
        return Changes()
    side, link = view.hold.side, view.link
    item = view.item(side)
    if item is None or view.item(side.other) is not None:
        return Changes(released=(link.id,), dirty=(link.id,))
    intent = Intent(link_id=link.id, side=side, op=Op.DELETE, if_match=item.version)
    hold = replace(view.hold, state=HoldState.APPROVED, found_at=now)
    return Changes(intents=(intent,), holds=(hold,))


def _of_link(view: View, scene: Scene) -> Changes:
    if view.link.state is LinkState.DETACHED:
        return Changes()
    if view.is_busy:
        return Changes(dirty=(view.link.id,))
    faults = [item.fault for side in SIDES if (item := view.item(side)) and item.fault]
    if faults:
        link = replace(view.link, state=LinkState.UNSYNCABLE, reason=faults[0], retry_at=None)
        return Changes(links=(link,))
    missing = [side for side in SIDES if view.item(side) is None]
    if len(missing) == 2:
        return _of_nothing(view.link, scene.now)
    if missing:
        return _of_one(view, missing[0], scene)
    return _of_both(view, scene)


def _of_nothing(link: Link, now: datetime) -> Changes:
    """Both ends are gone: the link ends, its last content goes into the trash."""
    key = link.end(link.origin).key or link.end(link.origin.other).key or ""
    trash = Trash(link_id=link.id, side=link.origin, key=key, units=link.agreed, at=now)
    return Changes(dropped=(link.id,), trash=(trash,), tombstones=(tombstone_of(link, now),))


def _of_both(view: View, scene: Scene) -> Changes:
    merged = merged_of(view, SIDES, scene)
    link = shown_as(agreeing(view.link, merged), view, scene)
    intents = updates_of(link, view, scene)
    if not intents:
        link = replace(link, state=LinkState.LINKED, reason="", failures=0, retry_at=None)
    return Changes(
        links=(link,) if link != view.link else (),
        intents=intents,
        released=(link.id,) if view.hold else (),
        conflicts=conflicts_of(link, merged, scene.now),
        notices=edits_to_report(view, scene),
    )


def _of_one(view: View, gone: Side, scene: Scene) -> Changes:
    link, rules = view.link, scene.policy.of(gone)
    if link.state is LinkState.MUTED and rules.on_deleted is not OnDeleted.REPORT:
        return Changes()
    if link.end(gone).key is None:
        return _remade(view, gone, scene) if rules.is_writable else Changes()
    answer = _ON_DELETED[rules.on_deleted]
    return answer(view, gone, scene)


def _propagated(view: View, gone: Side, scene: Scene) -> Changes:
    if _must_survive(view, gone, scene):
        return _remade(view, gone, scene)
    return _deletion_found(view, gone, scene)


def _must_survive(view: View, gone: Side, scene: Scene) -> bool:
    """Tell whether an edit stands against the deletion.

    Either somebody edited the other side's item, or the deleted side had not yet received what was
    agreed: whoever deleted it had not seen that.
    """
    rules = scene.policy.of(gone)
    if not rules.is_writable or scene.policy.winner is gone:
        return False
    left_over = face_of(view, gone.other, scene)
    edits_count = scene.policy.of(gone.other).on_edited is not OnEdited.PUT_BACK
    if edits_count and left_over is not None and left_over.changed():
        return True
    norm, shadow = scene.norms[gone], view.link.end(gone).shadow
    undelivered = differing(norm.held(leaves(view.link.agreed)), norm.shown(shadow or {}))
    return shadow is not None and bool(undelivered)


def _deletion_found(view: View, gone: Side, scene: Scene) -> Changes:
    link, there = view.link, gone.other
    if not scene.policy.of(there).is_writable:
        return Changes(dropped=(link.id,), tombstones=(tombstone_of(link, scene.now),))
    link = shown_as(link, view, scene)
    hold = Hold(link_id=link.id, side=there, found_at=scene.now)
    return Changes(
        links=(link,) if link != view.link else (),
        holds=() if view.hold else (hold,),
    )


def _put_back(view: View, gone: Side, scene: Scene) -> Changes:
    link, limit = view.link, scene.policy.mute_after
    if limit and link.put_back_at and scene.now - link.put_back_at < limit:
        return Changes(links=(replace(link, state=LinkState.MUTED, reason="deleted_by_hand"),))
    again = replace(view, link=replace(link, put_back_at=scene.now))
    return _remade(again, gone, scene, is_edit=False)


def _reported(view: View, gone: Side, scene: Scene) -> Changes:
    """Tell of the deletion and leave it at that, until the other side's item changes."""
    notice = Notice(link_id=view.link.id, kind=NoticeKind.DELETED, side=gone, at=scene.now)
    is_muted = view.link.state is LinkState.MUTED
    notices = () if is_muted else (notice,)
    if _must_survive(view, gone, scene):
        link = replace(view.link, state=LinkState.LINKED, reason="")
        again = _remade(replace(view, link=link), gone, scene, is_edit=False)
        return again + Changes(notices=notices)
    link = replace(view.link, state=LinkState.MUTED, reason="deleted_by_hand")
    return Changes(links=() if is_muted else (link,), notices=notices)


def _unlinked(view: View, gone: Side, scene: Scene) -> Changes:
    link = view.link
    item = view.item(gone.other)
    notice = Notice(
        link_id=link.id,
        kind=NoticeKind.UNLINKED,
        side=gone,
        key=item.key if item else None,
        at=scene.now,
    )
    return Changes(
        dropped=(link.id,), tombstones=(tombstone_of(link, scene.now),), notices=(notice,)
    )


_ON_DELETED = {
    OnDeleted.PROPAGATE: _propagated,
    OnDeleted.REWRITE: _put_back,
    OnDeleted.REPORT: _reported,
    OnDeleted.UNLINK: _unlinked,
}


def _remade(view: View, gone: Side, scene: Scene, *, is_edit: bool = True) -> Changes:
    """Make the item on `gone`: again under a name never used before, or still for the first time.

    A copy that was never made keeps its name, so that no lost request can make it twice.
    """
    merged = merged_of(view, (gone.other,), scene)
    deleted = view.link.end(gone)
    link = shown_as(agreeing(view.link, merged), view, scene)
    generation = link.generation + (deleted.key is not None)
    link = replace(link.with_end(gone, End()), generation=generation)
    beaten = Conflict(
        link_id=link.id,
        kind=ConflictKind.EDIT_BEATS_DELETION,
        side=gone,
        kept=link.agreed,
        lost=None,
        at=scene.now,
    )
    return Changes(
        links=(link,),
        intents=(creation_of(link, gone, scene), *updates_of(link, view, scene)),
        released=(link.id,) if view.hold else (),
        conflicts=(
            *conflicts_of(link, merged, scene.now),
            *((beaten,) if is_edit and deleted.key is not None else ()),
        ),
        notices=edits_to_report(view, scene),
    )


def _of_stranger(stranger: Stranger, scene: Scene) -> Changes:
    side, rules = stranger.side, scene.policy.of(stranger.side)
    if stranger.peer is not None and (stranger.is_same_root or _are_both_adopted(scene)):
        return _joined(stranger, stranger.peer, scene)
    is_wanted = rules.is_adopted and stranger.item.mirrored and not stranger.item.fault
    if not is_wanted or not scene.policy.of(side.other).is_writable:
        return Changes()
    shown = units_of(scene.norms[side].shown(stranger.item.units))
    end = End(key=stranger.item.key, uid=stranger.item.uid, shadow=shown)
    link = Link(id=scene.new_id(), origin=side, root=stranger.root, agreed=shown)
    link = link.with_end(side, end)
    return Changes(links=(link,), intents=(creation_of(link, side.other, scene),))


def _are_both_adopted(scene: Scene) -> bool:
    return scene.policy.left.is_adopted and scene.policy.right.is_adopted


def _adopted(stranger: Stranger, view: View, scene: Scene) -> Changes:
    """Take our own item back to its link; where it differs from the agreed, it was edited."""
    if view.is_busy:
        return Changes(dirty=(view.link.id,), later=((stranger.side, stranger.item.key),))
    held = scene.norms[stranger.side].held(leaves(view.link.agreed))
    end = End(key=stranger.item.key, uid=stranger.item.uid, shadow=units_of(held))
    link = view.link.with_end(stranger.side, end)
    return Changes(links=(link,), dirty=(link.id,))


def _joined(stranger: Stranger, peer: Item, scene: Scene) -> Changes:
    """Link two items that are the same event, and merge them without a base."""
    side = stranger.side
    link = Link(id=scene.new_id(), origin=side, root=stranger.root, agreed={})
    link = link.with_end(side, End(key=stranger.item.key, uid=stranger.item.uid))
    link = link.with_end(side.other, End(key=peer.key, uid=peer.uid))
    items = {side: stranger.item, side.other: peer}
    return _of_both(View(link=link, left=items[Side.LEFT], right=items[Side.RIGHT]), scene)
