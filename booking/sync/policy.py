"""What an engine's run may do: four presets, and the brake on mass deletion.

    preset      left      right        writable      adopts from   right deleted   right edited
    MIRROR      calendar  calendar     by direction  both/source   propagate*      merge*
    BUSY_CACHE  replica   busy store   right         left          rewrite         put back
    BOOKINGS    bookings  destination  right         left          report          report
    TASKS       tasks     calendar     both          left          unlink          merge

    * of a one-way mirror: rewrite, put back.

`adopts` is a field of its own: without it an event left behind after an unlink, or a stranger's
event, would come in as a booking or a task.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from booking.sync.ports import SIDES, Side


class Direction(StrEnum):
    """Which way a mirror works."""

    BOTH = "both"
    LEFT_TO_RIGHT = "left_to_right"
    RIGHT_TO_LEFT = "right_to_left"


class Prefer(StrEnum):
    """Which of several values of one leaf is kept."""

    NEWEST = "newest"
    LEFT = "left"
    RIGHT = "right"


class OnDeleted(StrEnum):
    """What the disappearance of an item on one side means."""

    PROPAGATE = "propagate"  # the other side's goes too, unless it was edited
    REWRITE = "rewrite"  # it is made again
    REPORT = "report"  # whoever owns the other side is told and decides
    UNLINK = "unlink"  # the link ends, the other side's item stays


class OnEdited(StrEnum):
    """What an edit on one side means."""

    MERGE = "merge"
    PUT_BACK = "put_back"
    REPORT = "report"  # left as it is, and whoever owns the other side is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """When deletions wait for a person: too many, all, or too many found by a listing alone."""

    floor: int = 5
    share: float = 0.2
    listing_share: float = 0.05

    def holds(self, found: int, waiting: int, lately: int, links: int, *, listed: bool) -> bool:
        """Tell whether `found` new deletions have to wait.

        `waiting` are held already, `lately` were carried out within a day, `links` exist (with
        those found and waiting); `listed`: they were found by a complete listing, no feed told.
        """
        if not found:
            return False
        if found == links > 1:
            return True
        share = self.listing_share if listed else self.share
        return found + waiting + lately >= max(self.floor, share * (links + lately))


@dataclass(frozen=True, slots=True, kw_only=True)
class SideRules:
    """What one side may and does."""

    is_writable: bool
    is_adopted: bool
    on_deleted: OnDeleted
    on_edited: OnEdited = OnEdited.MERGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How two sides are kept the same.

    `favours` decides ties. `keeps_uid`: a copy has the uid of its original. `mute_after`: a copy
    that is deleted by hand again so soon after it was put back stays away.
    """

    name: str
    left: SideRules
    right: SideRules
    prefer: Prefer = Prefer.NEWEST
    favours: Side = Side.LEFT
    keeps_uid: bool = False
    mute_after: timedelta | None = timedelta(days=1)
    brake: Brake | None = field(default_factory=Brake)

    def of(self, side: Side) -> SideRules:
        """Return the rules of one side."""
        return self.left if side is Side.LEFT else self.right

    @property
    def winner(self) -> Side | None:
        """The side whose values win whatever their age, None where the newest wins."""
        return None if self.prefer is Prefer.NEWEST else Side(self.prefer.value)

    def swapped(self) -> Policy:
        """Return the same policy for sides that have changed places."""
        prefer = self.prefer if self.winner is None else Prefer(self.winner.other.value)
        return replace(
            self, left=self.right, right=self.left, prefer=prefer, favours=self.favours.other
        )


_EQUAL = SideRules(is_writable=True, is_adopted=True, on_deleted=OnDeleted.PROPAGATE)
_SOURCE = SideRules(is_writable=False, is_adopted=True, on_deleted=OnDeleted.PROPAGATE)
_COPY = SideRules(
    is_writable=True,
    is_adopted=False,
    on_deleted=OnDeleted.REWRITE,
    on_edited=OnEdited.PUT_BACK,
)

MIRROR = Policy(name="mirror", left=_EQUAL, right=_EQUAL)

BUSY_CACHE = Policy(
    name="busy_cache", left=_SOURCE, right=_COPY, prefer=Prefer.LEFT, mute_after=None, brake=None
)

BOOKINGS = Policy(
    name="bookings",
    left=_SOURCE,
    right=SideRules(
        is_writable=True,
        is_adopted=False,
        on_deleted=OnDeleted.REPORT,
        on_edited=OnEdited.REPORT,
    ),
    prefer=Prefer.LEFT,
    keeps_uid=True,
    brake=None,
)

TASKS = Policy(
    name="tasks",
    left=_EQUAL,
    right=SideRules(is_writable=True, is_adopted=False, on_deleted=OnDeleted.UNLINK),
    prefer=Prefer.LEFT,
    brake=None,
)

PRESETS = {preset.name: preset for preset in (MIRROR, BUSY_CACHE, BOOKINGS, TASKS)}


def mirror(direction: Direction) -> Policy:
    """Return the preset MIRROR for one direction."""
    if direction is Direction.BOTH:
        return MIRROR
    one_way = replace(MIRROR, left=_SOURCE, right=_COPY)
    return one_way if direction is Direction.LEFT_TO_RIGHT else one_way.swapped()


def bookings_restored() -> Policy:
    """Return BOOKINGS for a host who wants what was changed by hand to be put back."""
    return replace(BOOKINGS, right=_COPY, mute_after=None)


def writable_sides(policy: Policy) -> tuple[Side, ...]:
    """Return the sides that the engine may write to."""
    return tuple(side for side in SIDES if policy.of(side).is_writable)
