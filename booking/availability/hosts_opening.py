"""When a team is open: where everybody who is needed works, followed to the true ends.

Whoever is needed must be open, and one of each group; the restriction holds for all. What blocks
is not looked at here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from booking.availability.hosts_facts import Member, Rota, TeamSituation
from booking.availability.hours import WorkingHours
from booking.availability.opening import lay, whole_ranges
from booking.core.spans import Spans, join, overlap


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """The team's whole ranges, and each member's open time inside them, in order of members."""

    ranges: Spans
    each: tuple[Spans, ...]


def team_openings(
    situation: TeamSituation, start: int, end: int, *, weekly_only: bool = False
) -> Openings:
    """Return when the team is open, in whole ranges that touch `[start, end]`.

    `weekly_only` leaves overrides, absences and the restriction aside: what the weeks alone
    would give.
    """
    if not situation.hosts:
        return Openings(ranges=(), each=((),) * len(situation.resources))
    sheet = _Sheet(situation, weekly_only=weekly_only)
    ranges = whole_ranges(sheet.between, situation.counting, start, end)
    inside = {hours: overlap(laid, ranges) for hours, laid in sheet.laid.items()}
    return Openings(ranges=ranges, each=tuple(inside[hours] for hours in sheet.hours))


class _Sheet:
    """The open time of all members laid out over some days; equal hours are laid once."""

    def __init__(self, situation: TeamSituation, *, weekly_only: bool) -> None:
        members: tuple[Member, ...] = situation.members
        self.hours = [member.situation.host.hours for member in members]
        self.laid: dict[WorkingHours, Spans] = {}
        self._rota = Rota.of(situation)
        self._restriction = None if weekly_only else situation.restriction
        self._weekly_only = weekly_only

    def between(self, first: int, last: int) -> Spans:
        """Return when the team is open on the local dates from one ordinal to another."""
        self.laid = {
            hours: lay(hours, first, last, weekly_only=self._weekly_only)
            for hours in set(self.hours)
        }
        layers = [self.laid[hours] for hours in self._of(self._rota.required)]
        layers += [self._any(group) for group in self._rota.groups]
        if self._restriction is not None:
            layers.append(lay(self._restriction, first, last))
        return reduce(overlap, layers)

    def _any(self, group: int) -> Spans:
        return join(span for hours in self._of(group) for span in self.laid[hours])

    def _of(self, bits: int) -> set[WorkingHours]:
        return {hours for place, hours in enumerate(self.hours) if bits >> place & 1}
