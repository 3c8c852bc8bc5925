"""The page of a plan that is not carried out: what a sync would do, counted and listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template

from booking.core.errors import BookingError, NotFound
from booking.pairs.values import PairView, PlannedItem, Preview
from booking.web import current
from booking.web.host import pairs_cards as cards
from booking.web.host import pairs_words, words
from booking.web.problems import status_of

_GROUPS = (
    ("create", "To create", "plus"),
    ("change", "To change", "edit"),
    ("delete", "To delete", "trash"),
    ("hold", "Deletions that wait for you", "alert"),
    ("link", "The same on both sides already", "link"),
    ("skip", "Left out", "x"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event of a plan: `place` is the calendar it concerns."""

    title: str
    when: str
    place: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What would be done alike; `count` may be more than is listed."""

    action: str
    heading: str
    icon: str
    count: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a sync would do, by kind, empty kinds among it."""

    groups: tuple[Group, ...]
    conflicts: int
    would_halt: bool

    def of(self, action: str) -> Group:
        """Return the group of one action."""
        return next(each for each in self.groups if each.action == action)

    @property
    def is_empty(self) -> bool:
        """Tell whether a sync would write nothing."""
        return not any(self.of(each).count for each in ("create", "change", "delete", "hold"))


def plan_of(pair: PairView, preview: Preview, zone_name: str) -> Plan:
    """Return a preview in words."""
    return Plan(
        groups=tuple(
            Group(
                action=action,
                heading=heading,
                icon=icon,
                count=getattr(preview, action),
                lines=_lines(pair, preview.items, action, zone_name),
            )
            for action, heading, icon in _GROUPS
        ),
        conflicts=preview.conflicts,
        would_halt=preview.would_halt,
    )


def _lines(
    pair: PairView, items: Sequence[PlannedItem], action: str, zone_name: str
) -> tuple[Line, ...]:
    return tuple(
        Line(
            title=pairs_words.title(item.title),
            when=pairs_words.when(item.when, zone_name),
            place=pair.left.name if item.side == "left" else pair.right.name,
            reason=pairs_words.reason(item.reason) if item.reason else "",
        )
        for item in items
        if item.action == action
    )


def foreseen(pair: PairView, template: str, **more: Any) -> str | tuple[str, int]:
    """Read both calendars and render their plan; a server's failure is told in its place.

    Errors: NotFound for a pair that was deleted meanwhile.
    """
    plan, fault, status = None, None, 200
    host = current.host()
    try:
        preview = current.services().pairs.preview(current.user_id(), pair.id)
        plan = plan_of(pair, preview, host.time_zone)
    except NotFound:
        raise
    except BookingError as error:
        fault, status = error.message, status_of(error)
    page = render_template(
        template,
        pair=pair,
        plan=plan,
        fault=fault,
        direction=cards.direction_words(pair),
        zone=words.zone_label(host.time_zone, current.now()),
        **more,
    )
    return page if status == 200 else (page, status)
