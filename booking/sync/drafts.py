"""The parts that plans are made of: merged content, and the intents and rows that follow from it.

Leaves to others: which of them a link or a stranger calls for (`planner`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from booking.sync.merge import Face, Merged, Taste, leaves, merge, units_of
from booking.sync.names import Mark, mark_text, name_of, uid_of
from booking.sync.policy import OnEdited
from booking.sync.ports import SIDES, Side
from booking.sync.rows import (
    Conflict,
    ConflictKind,
    End,
    Intent,
    Link,
    Notice,
    NoticeKind,
    Op,
    Tombstone,
)
from booking.sync.scene import Scene, View


def face_of(view: View, side: Side, scene: Scene) -> Face | None:
    """Return one side of a link as the merge sees it, None where nothing stands."""
    item = view.item(side)
    if item is None:
        return None
    norm, known = scene.norms[side], item.first_seen_at or item.updated_at or scene.now
    return Face(
        side=side,
        shown=norm.shown(item.units),
        shadow=norm.shown(view.link.end(side).shadow or {}),
        norm=norm,
        seen_at=lambda leaf: min(item.touched.get(leaf, known), scene.now),
    )


def merged_of(view: View, sides: Sequence[Side], scene: Scene) -> Merged:
    """Merge what the given sides changed, except where edits are put back."""
    policy, link = scene.policy, view.link
    merging = [side for side in sides if policy.of(side).on_edited is not OnEdited.PUT_BACK]
    faces = [face for side in merging if (face := face_of(view, side, scene)) is not None]
    taste = Taste(winner=policy.winner, favours=policy.favours)
    return merge(leaves(link.agreed), link.stamps, faces, taste, origin=link.origin)


def agreeing(link: Link, merged: Merged) -> Link:
    """Return the link with what was merged as the agreed content."""
    return replace(link, agreed=units_of(merged.agreed), stamps=merged.stamps)


def shown_as(link: Link, view: View, scene: Scene) -> Link:
    """Return the link with what each side shows as its shadow."""
    for side in SIDES:
        item = view.item(side)
        if item is not None:
            shown = units_of(scene.norms[side].shown(item.units))
            end = End(key=item.key, uid=item.uid, shadow=shown)
            link = link.with_end(side, end)
    return link


def updates_of(link: Link, view: View, scene: Scene) -> tuple[Intent, ...]:
    """Return a write for each side that does not show what was agreed."""
    agreed, intents = leaves(link.agreed), []
    for side in SIDES:
        item, norm = view.item(side), scene.norms[side]
        if item is None or not scene.policy.of(side).is_writable:
            continue
        if norm.held(agreed) != norm.shown(item.units):
            intents.append(
                Intent(
                    link_id=link.id,
                    side=side,
                    op=Op.UPDATE,
                    target=link.agreed,
                    if_match=item.version,
                )
            )
    return tuple(intents)


def creation_of(link: Link, side: Side, scene: Scene) -> Intent:
    """Return the intent to make the copy on `side`, its name fixed by pair, link, generation."""
    own = uid_of(scene.pair_id, link.id, link.generation)
    mark = Mark(pair_id=scene.pair_id, link_id=link.id, root=link.root)
    return Intent(
        link_id=link.id,
        side=side,
        op=Op.CREATE,
        name=name_of(scene.pair_id, link.id, link.generation),
        uid=(link.end(side.other).uid if scene.policy.keeps_uid else "") or own,
        mark=mark_text(mark),
        target=link.agreed,
    )


def conflicts_of(link: Link, merged: Merged, now: datetime) -> tuple[Conflict, ...]:
    """Return what gave way in a merge, to be kept."""
    return tuple(
        Conflict(
            link_id=link.id,
            kind=ConflictKind.UNIT,
            unit=loss.leaf,
            side=loss.side,
            kept=loss.kept,
            lost=loss.lost,
            at=now,
        )
        for loss in merged.losses
    )


def edits_to_report(view: View, scene: Scene) -> tuple[Notice, ...]:
    """Return word of each edit on a side whose edits are left as they are."""
    notices = []
    for side in SIDES:
        item, face = view.item(side), face_of(view, side, scene)
        is_reported = scene.policy.of(side).on_edited is OnEdited.REPORT
        if item is not None and face is not None and is_reported and face.changed():
            notices.append(
                Notice(
                    link_id=view.link.id,
                    kind=NoticeKind.CHANGED,
                    side=side,
                    key=item.key,
                    units=item.units,
                    at=scene.now,
                )
            )
    return tuple(notices)


def tombstone_of(link: Link, now: datetime) -> Tombstone:
    """Return what remains of a link that ends."""
    return Tombstone(link_id=link.id, left_key=link.left.key, right_key=link.right.key, at=now)
