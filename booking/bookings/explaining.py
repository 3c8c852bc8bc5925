"""Why not 14:00: what the engine says against each start, told with names, and day lanes.

All is read before the engine is asked, in a number of queries that neither the days nor what
stands in them change. The engine is the one that lists, so both cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from booking.availability.calculator import ExplainedDay, explain, guest_days
from booking.availability.facts import Ask, Situation
from booking.availability.hosts import explain_team
from booking.availability.hosts_facts import TeamCandidate, TeamDay, TeamSituation
from booking.availability.reasons import Reason
from booking.bookings.explained import (
    Cause,
    ExplainedDate,
    ExplainedStart,
    Explanation,
)
from booking.bookings.explained_lanes import Lanes
from booking.bookings.explained_names import BookingName, Names
from booking.core.instants import Instant
from booking.core.spans import Spans

_UNKNOWN = BookingName()


def explained(situation: Situation | TeamSituation, ask: Ask, names: Names) -> Explanation:
    """Return every date of the period with its starts, the causes against them, and its lanes.

    One member alone is told like one host, however the event type is scheduled.
    Errors: InvalidInput for a duration that is not offered.
    """
    days = _days(situation, ask)
    lanes = Lanes.of(situation, ask, names)
    ends = [(Instant(since), Instant(until)) for _, since, until in guest_days(ask)]
    return Explanation(
        members=tuple(member for member, _ in names.members),
        dates=tuple(_date(day, span, lanes, names) for day, span in zip(days, ends, strict=True)),
    )


def _days(situation: Situation | TeamSituation, ask: Ask) -> Sequence[TeamDay | ExplainedDay]:
    if isinstance(situation, TeamSituation):
        return explain_team(situation, ask)
    return explain(situation, ask)


def _date(
    day: TeamDay | ExplainedDay, span: tuple[Instant, Instant], lanes: Lanes, names: Names
) -> ExplainedDate:
    host_hours: tuple[tuple[int, Spans], ...] = ()
    if isinstance(day, TeamDay):
        host_hours = day.host_hours if len(names.members) > 1 else ()
        starts = tuple(_of_team(candidate, names) for candidate in day.candidates)
    else:
        starts = tuple(
            ExplainedStart(start=each.start, end=each.end, causes=_causes(each.reasons, names))
            for each in day.candidates
        )
    return ExplainedDate(
        date=day.date,
        since=span[0],
        until=span[1],
        hours=day.hours,
        host_hours=host_hours,
        starts=starts,
        lanes=lanes.on(span, day.hours, host_hours, starts),
    )


def _of_team(candidate: TeamCandidate, names: Names) -> ExplainedStart:
    """Return a start of several members: what bars single ones bars it where it is not offered."""
    single = tuple(_of_members(candidate, names))
    causes = () if candidate.is_offered else (*_causes(candidate.reasons, names), *single)
    return ExplainedStart(
        start=candidate.start,
        end=candidate.end,
        causes=causes,
        absent=single if candidate.is_offered else (),
        free=candidate.free,
    )


def _of_members(candidate: TeamCandidate, names: Names) -> Iterator[Cause]:
    is_alone = len(names.members) == 1
    for member in candidate.members:
        for cause in _causes(member.reasons, names):
            yield cause if is_alone else replace(cause, member_id=member.member_id)


def _causes(reasons: Iterable[Reason], names: Names) -> tuple[Cause, ...]:
    return tuple(_cause(reason, names) for reason in reasons)


def _cause(reason: Reason, names: Names) -> Cause:
    name = names.bookings.get(reason.booking_id or 0, _UNKNOWN)
    return Cause(
        code=reason.code,
        start=reason.start,
        end=reason.end,
        rule=reason.rule,
        calendar_id=reason.calendar_id,
        calendar_name=names.calendars.get(reason.calendar_id or 0),
        booking_uid=name.uid,
        booking_title=name.title,
    )
