"""Seated slots of several hosts: who sits in one already, together, and how many places are left.

A guest joins the people who sit there, or a company that is wholly free; never a mixture, as a
host cannot be in two rooms. Those sit together whom the same bookings and holds name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from booking.availability import blocks
from booking.availability.facts import OwnBlock, Situation
from booking.availability.walk import Walk, open_seats
from booking.core.spans import Spans


class Sitting(NamedTuple):
    """The bits of those who serve together, with the places left; None without seats."""

    left: int | None
    bits: int


Sittings = dict[int, tuple[Sitting, ...]]
"""By start, the fullest first: guests fill one sitting before they open another."""


def sittings(
    members: Sequence[tuple[Situation, Walk]], each: Sequence[Spans], period: tuple[int, int]
) -> Sittings:
    """Return the seated slots in `period` with places left that nothing else touches.

    Shapes: `members` in order of their bits; `each` is their open time, in whole ranges.
    """
    found: dict[int, dict[frozenset[OwnBlock], Sitting]] = {}
    for place, ((situation, walked), ranges) in enumerate(zip(members, each, strict=True)):
        if situation.rules.seats is None:
            return {}
        left = blocks.seated(situation, walked.own, walked.lengths)
        for start in open_seats(situation, walked, ranges, period):
            parties = found.setdefault(start, {})
            company = _company(situation, walked, start)
            others = parties[company].bits if company in parties else 0
            parties[company] = Sitting(left[start], others | 1 << place)
    return {start: tuple(sorted(parties.values())) for start, parties in found.items()}


def _company(situation: Situation, walked: Walk, start: int) -> frozenset[OwnBlock]:
    """Return the bookings and holds that name a member at a seated slot."""
    return frozenset(
        block
        for block in walked.own
        if block.start == start
        and block.event_type_id == situation.event_type_id
        and block.end - block.start == walked.lengths.duration
    )
