"""Three-way merge, leaf by leaf, with one shadow per side and the agreed value as third contender.

A leaf is a unit, or one entry of a unit that is a map (an attendee, an exception): `title`,
`attendees/guest@example.org`. A side changed a leaf if what it shows differs from its shadow, so
a side that rewrites or cuts what it is given never counts as a person who edited.

Leaves to others: what becomes of deletions, intents and links (`planner`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from booking.sync.ports import JSON, Side, Units
from booking.sync.rekey import EXCEPTIONS, moved_leaf, rekeyed, shift_between
from booking.sync.rows import Stamp

MAP_UNITS = ("attendees", "exceptions")
RULE = "recurrence"
_WHEN = "when"

Leaves = Mapping[str, JSON]


def leaves(units: Units, masked: frozenset[str] = frozenset()) -> dict[str, JSON]:
    """Return `units` as leaves, without the masked ones; null is the same as absent."""
    flat: dict[str, JSON] = {}
    for name, value in units.items():
        if value is None or name in masked:
            continue
        if name in MAP_UNITS and isinstance(value, Mapping):
            flat.update({f"{name}/{key}": entry for key, entry in value.items()})
        else:
            flat[name] = value
    return flat


def units_of(flat: Leaves) -> dict[str, JSON]:
    """Return the units that have these leaves."""
    units: dict[str, JSON] = {}
    maps: dict[str, dict[str, JSON]] = {}
    for leaf, value in flat.items():
        name, slash, key = leaf.partition("/")
        if slash and name in MAP_UNITS:
            maps.setdefault(name, {})[key] = value
        elif value is not None:
            units[leaf] = value
    return {**units, **maps}


@dataclass(frozen=True, slots=True)
class Norm:
    """What a side holds of given content, in leaves: its own `norm`, less what it masks."""

    keeps: Callable[[Units], Units]
    masked: frozenset[str] = frozenset()

    def shown(self, units: Units) -> dict[str, JSON]:
        """Return what can be compared of content that the side shows."""
        return leaves(units, self.masked)

    def held(self, flat: Leaves) -> dict[str, JSON]:
        """Return what the side will show after it was given `flat`; nothing of nothing."""
        return leaves(self.keeps(units_of(flat)), self.masked) if flat else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One side of a link as the merge sees it; `seen_at` tells when a leaf was changed there."""

    side: Side
    shown: Leaves
    shadow: Leaves
    norm: Norm
    seen_at: Callable[[str], datetime]

    def changed(self) -> set[str]:
        """Return the leaves that a person changed on this side."""
        return differing(self.shown, self.shadow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A value that gave way to another one."""

    leaf: str
    kept: JSON
    lost: JSON
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The content both sides should now have, whose it is, and what gave way."""

    agreed: Leaves
    stamps: Mapping[str, Stamp]
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """Which of several values is kept: those of `winner`, else the newest; ties: `favours`."""

    winner: Side | None
    favours: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contender:
    value: JSON
    stamp: Stamp
    is_live: bool
    norm: Norm | None


def differing(one: Leaves, two: Leaves) -> set[str]:
    """Return the leaves in which two contents differ."""
    return {leaf for leaf in one.keys() | two.keys() if one.get(leaf) != two.get(leaf)}


def merge(
    agreed: Leaves,
    stamps: Mapping[str, Stamp],
    faces: Iterable[Face],
    taste: Taste,
    *,
    origin: Side,
) -> Merged:
    """Merge what `faces` changed into `agreed`; a leaf without a stamp was given by `origin`.

    The agreed value contends wherever a side that changed a leaf had not yet received it: its
    write was refused, lost, or still waits. Without that such an edit would vanish unseen.
    """
    before = _Round(agreed=agreed, stamps=stamps, faces=tuple(faces), taste=taste, origin=origin)
    this = before.anchored()
    edits = {face.side: face.changed() for face in this.faces}
    result, marks = dict(this.agreed), dict(this.stamps)
    losses: list[Loss] = []
    for leaf in sorted(set[str]().union(*edits.values())):
        won, lost = this.settled(leaf)
        _put(result, leaf, won.value)
        marks[leaf] = won.stamp
        losses += [
            Loss(leaf=leaf, kept=won.value, lost=one.value, side=one.stamp.side) for one in lost
        ]
    losses += _schedule_wins(result, marks, this.faces, edits)
    return Merged(agreed=result, stamps=marks, losses=tuple(losses))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """What contends in one merge."""

    agreed: Leaves
    stamps: Mapping[str, Stamp]
    faces: tuple[Face, ...]
    taste: Taste
    origin: Side

    def settled(self, leaf: str) -> tuple[_Contender, list[_Contender]]:
        """Return who wins a leaf that some side changed, and who gives way."""
        changing = [face for face in self.faces if _is_changed(face, leaf)]
        contenders = [_live(face, leaf) for face in changing]
        if any(self._is_missed(face, leaf) for face in changing):
            first = Stamp(at=min(one.stamp.at for one in contenders), side=self.origin)
            stamp = self.stamps.get(leaf, first)
            contenders.append(_agreed(leaf, self.agreed, stamp, self.faces))
        return _decide(leaf, contenders, self.agreed, self.taste)

    def _is_missed(self, face: Face, leaf: str) -> bool:
        if not self.agreed:
            return False
        return face.norm.held(self.agreed).get(leaf) != face.shadow.get(leaf)

    def anchored(self) -> _Round:
        """Return the same with all exceptions named by the time of the series that holds."""
        if not any(_is_changed(face, _WHEN) for face in self.faces):
            return self
        when = self.settled(_WHEN)[0].value
        shift = shift_between(self.agreed.get(_WHEN), when) or timedelta(0)
        return replace(
            self,
            agreed=rekeyed(self.agreed, shift),
            stamps=rekeyed(self.stamps, shift),
            faces=tuple(_face_at(face, when) for face in self.faces),
        )


def _is_changed(face: Face, leaf: str) -> bool:
    return face.shown.get(leaf) != face.shadow.get(leaf)


def _face_at(face: Face, when: JSON) -> Face:
    """Return a side with its exceptions named by `when`, each as far as it can be."""
    nothing = timedelta(0)
    now = shift_between(face.shown.get(_WHEN), when) or nothing
    then = shift_between(face.shadow.get(_WHEN), when) or nothing
    return replace(
        face,
        shown=rekeyed(face.shown, now),
        shadow=rekeyed(face.shadow, then),
        seen_at=lambda leaf: face.seen_at(moved_leaf(leaf, -now)),
    )


def _live(face: Face, leaf: str) -> _Contender:
    stamp = Stamp(at=face.seen_at(leaf), side=face.side)
    return _Contender(value=face.shown.get(leaf), stamp=stamp, is_live=True, norm=face.norm)


def _agreed(leaf: str, agreed: Leaves, stamp: Stamp, faces: tuple[Face, ...]) -> _Contender:
    norm = next((face.norm for face in faces if face.side is stamp.side), None)
    return _Contender(value=agreed.get(leaf), stamp=stamp, is_live=False, norm=norm)


def _decide(
    leaf: str, contenders: list[_Contender], agreed: Leaves, taste: Taste
) -> tuple[_Contender, list[_Contender]]:
    ranked = sorted(contenders, key=lambda one: _rank(one, taste), reverse=True)
    won, lost = ranked[0], []
    for other in ranked[1:]:
        if other.value == won.value or _is_rendering(leaf, other, won, agreed):
            continue
        if _is_rendering(leaf, won, other, agreed):
            won = other
        else:
            lost.append(other)
    return won, lost


def _rank(one: _Contender, taste: Taste) -> tuple[bool, datetime, bool, bool]:
    by = one.stamp.side
    return by is taste.winner, one.stamp.at, one.is_live, by is taste.favours


def _is_rendering(leaf: str, cut: _Contender, full: _Contender, agreed: Leaves) -> bool:
    """Tell whether `cut` is no more than what its side makes of `full`."""
    if cut.norm is None or cut.value is None or full.value is None:
        return False
    return cut.norm.held({**agreed, leaf: full.value}).get(leaf) == cut.value


def _schedule_wins(
    result: dict[str, JSON],
    marks: Mapping[str, Stamp],
    faces: tuple[Face, ...],
    edits: Mapping[Side, set[str]],
) -> list[Loss]:
    """Drop exceptions of the other side where one side gave the series another kind of time.

    Their keys are original starts of the series as it was. After a constant shift they were renamed
    already; else they cannot be told to belong to the series as it now is: the side that moved it
    is followed, and the others' exceptions can be restored.
    """
    mover = next((face for face in faces if _moved_series(face, edits, marks)), None)
    if mover is None:
        return []
    held, losses = mover.norm.held(result), []
    for leaf in sorted(leaf for leaf in result if leaf.startswith(EXCEPTIONS)):
        kept = mover.shown.get(leaf)
        if held.get(leaf) != kept:
            losses.append(Loss(leaf=leaf, kept=kept, lost=result[leaf], side=mover.side.other))
            _put(result, leaf, kept)
    return losses


def _moved_series(face: Face, edits: Mapping[Side, set[str]], marks: Mapping[str, Stamp]) -> bool:
    if _WHEN not in edits[face.side] or marks[_WHEN].side is not face.side:
        return False
    if _WHEN not in face.shadow:
        return False
    now, then = face.shown.get(_WHEN), face.shadow.get(_WHEN)
    return _anchor(now) != _anchor(then) and shift_between(then, now) is None


def _anchor(when: JSON) -> JSON:
    """Return what the keys of exceptions hang on: the start, and the zone it is counted in."""
    return [when.get("start"), when.get("zone")] if isinstance(when, Mapping) else when


def _put(flat: dict[str, JSON], leaf: str, value: JSON) -> None:
    if value is None:
        flat.pop(leaf, None)
    else:
        flat[leaf] = value
