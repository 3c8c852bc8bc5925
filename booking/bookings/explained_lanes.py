"""The lanes of a day's timeline: cut from what the engine was given, without asking again."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from booking.availability import blocks
from booking.availability.facts import Ask, HostFacts, OwnBlock, Situation, Source
from booking.availability.hosts_facts import TeamSituation
from booking.availability.hours import WorkingHours
from booking.availability.opening import day_start
from booking.availability.reasons import ReasonCode
from booking.bookings.explained import ExplainedStart, Lane, LaneKind, Stretch
from booking.bookings.explained_names import BookingName, Names
from booking.core.instants import DAY, Instant
from booking.core.spans import Spans

_REACH = 8 * DAY  # longer than any busy row, and than any booking with its buffers
_ONE = timedelta(days=1)
_ALWAYS_SHOWN = {LaneKind.CALENDAR, LaneKind.BOOKINGS}
_RULES = {
    ReasonCode.NOTICE,
    ReasonCode.WINDOW,
    ReasonCode.LIMIT,
    ReasonCode.OVERRIDE,
    ReasonCode.STALE,
}
_UNKNOWN = BookingName()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """What stands in the way of each member over the whole period; `None` where one stands alone.

    Shapes: the stretches of a lane by start, none of them longer than `_REACH` but absences.
    """

    by_member: tuple[tuple[int | None, tuple[Lane, ...]], ...]

    @classmethod
    def of(cls, situation: Situation | TeamSituation, ask: Ask, names: Names) -> Lanes:
        """Gather the lanes of the period that was asked about."""
        if isinstance(situation, TeamSituation):
            facts = [member.situation.host for member in situation.members]
        else:
            facts = [situation.host]
        is_alone = len(names.members) == 1
        found: list[tuple[int | None, tuple[Lane, ...]]] = []
        for (member, calendar_ids), each in zip(names.members, facts, strict=True):
            member_id = None if is_alone else member.member_id
            lanes = _member_lanes(each, ask, names, calendar_ids)
            found.append((member_id, tuple(replace(lane, member_id=member_id) for lane in lanes)))
        return cls(by_member=tuple(found))

    def on(
        self,
        day: tuple[int, int],
        hours: Spans,
        host_hours: Sequence[tuple[int, Spans]],
        starts: Sequence[ExplainedStart],
    ) -> tuple[Lane, ...]:
        """Return the lanes of one date, given its ends and what the engine said about it."""
        own_hours = dict[int | None, Spans](host_hours)
        if not host_hours:
            own_hours[None] = hours
        lanes: list[Lane] = []
        for member_id, known in self.by_member:
            if member_id in own_hours:
                stretches = _stretches(own_hours[member_id])
                kind = LaneKind.WORKING_HOURS
                lanes.append(Lane(kind=kind, stretches=stretches, member_id=member_id))
            lanes += _on(day, known)
        offered = _stretches((each.start, each.end) for each in starts if each.is_offered)
        rules = _rules(day, starts)
        if rules:
            lanes.append(Lane(kind=LaneKind.RULES, stretches=rules))
        return (*lanes, Lane(kind=LaneKind.OFFERED, stretches=offered))


def _stretches(spans: Iterable[tuple[int, int]]) -> tuple[Stretch, ...]:
    return tuple(Stretch(start=Instant(start), end=Instant(end)) for start, end in spans)


def _member_lanes(
    facts: HostFacts, ask: Ask, names: Names, calendar_ids: Iterable[int]
) -> Iterator[Lane]:
    """Yield one member's lanes over the whole period."""
    yield Lane(kind=LaneKind.OUT_OF_OFFICE, stretches=tuple(_absences(facts.hours)))
    rows: dict[int, list[tuple[int, int]]] = {each: [] for each in calendar_ids}
    for start, end, calendar_id, _ in facts.busy.calendar:
        rows.setdefault(calendar_id, []).append((start, end))
    for calendar_id, spans in rows.items():
        yield Lane(
            kind=LaneKind.CALENDAR,
            stretches=_stretches(spans),
            calendar_id=calendar_id,
            calendar_name=names.calendars.get(calendar_id),
        )
    own = sorted(blocks.standing(facts.busy, ask), key=lambda block: (block.start, block.end))
    for kind, source in ((LaneKind.BOOKINGS, Source.BOOKING), (LaneKind.HOLDS, Source.HOLD)):
        found = (_own_stretch(block, names) for block in own if block.source == source)
        yield Lane(kind=kind, stretches=tuple(found))


def _absences(hours: WorkingHours) -> Iterator[Stretch]:
    for absence in sorted(hours.out_of_office, key=lambda each: each.first):
        first, after = day_start(absence.first, hours), day_start(absence.last + _ONE, hours)
        yield Stretch(start=first, end=after, code=ReasonCode.OUT_OF_OFFICE)


def _own_stretch(block: OwnBlock, names: Names) -> Stretch:
    is_booking = block.source == Source.BOOKING
    name = names.bookings.get(block.ref, _UNKNOWN) if is_booking else _UNKNOWN
    return Stretch(
        start=Instant(block.start),
        end=Instant(block.end),
        before=block.before,
        after=block.after,
        uid=name.uid,
        title=name.title,
    )


def _on(day: tuple[int, int], lanes: Iterable[Lane]) -> Iterator[Lane]:
    """Yield the part of each lane that a date shows; empty ones only where that says something."""
    for lane in lanes:
        near: Sequence[Stretch] = lane.stretches
        if lane.kind is not LaneKind.OUT_OF_OFFICE:
            first = bisect_left(near, day[0] - _REACH, key=_start_of)
            near = near[first : bisect_left(near, day[1] + _REACH, key=_start_of)]
        shown = tuple(stretch for stretch in near if stretch.touches(*day))
        if shown or lane.kind in _ALWAYS_SHOWN:
            yield replace(lane, stretches=shown)


def _start_of(stretch: Stretch) -> int:
    return stretch.start or 0


def _rules(day: tuple[int, int], starts: Iterable[ExplainedStart]) -> tuple[Stretch, ...]:
    """Return the rules that bar something on a date, each once."""
    found = dict.fromkeys(
        Stretch(start=cause.start, end=cause.end, code=cause.code, rule=cause.rule)
        for each in starts
        for cause in (*each.causes, *each.absent)
        if cause.code in _RULES
    )
    return tuple(stretch for stretch in found if stretch.touches(*day))
