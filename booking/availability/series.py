"""Recurring bookings: where a series falls, and whether all of it can be booked.

Every occurrence is asked about like a single booking, with the earlier ones counted as if they
stood already: they block, bring their buffers along, and limits count them. With several hosts
the same ones serve the whole series.
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.availability.calculator import Verdict, check_slot
from booking.availability.facts import (
    Ask,
    Busy,
    Counted,
    HostFacts,
    OwnBlock,
    Situation,
    Source,
    Tally,
)
from booking.availability.hosts import check_team_slot, refuse_team_slot
from booking.availability.hosts_facts import TeamSituation, TeamSlot, TeamVerdict
from booking.core.instants import MINUTE, Instant
from booking.core.zones import wall_to_instant

_LAST_DATE = date(2199, 12, 31)


class Frequency(StrEnum):
    """How often a series recurs."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesVerdict:
    """The answer about each occurrence, in order."""

    starts: tuple[Instant, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def conflicts(self) -> tuple[tuple[Instant, Verdict], ...]:
        """Return the occurrences that cannot be booked, each with every reason."""
        pairs = zip(self.starts, self.verdicts, strict=True)
        return tuple((start, verdict) for start, verdict in pairs if not verdict.is_ok)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSeriesVerdict:
    """The answer about each occurrence, in order.

    `free` are the hosts among whom one chooses for the whole series; none where it has conflicts.
    """

    starts: tuple[Instant, ...]
    verdicts: tuple[TeamVerdict, ...]
    free: tuple[int, ...]

    @property
    def conflicts(self) -> tuple[tuple[Instant, TeamVerdict], ...]:
        """Return the occurrences that cannot be booked, each with every reason."""
        pairs = zip(self.starts, self.verdicts, strict=True)
        return tuple((start, verdict) for start, verdict in pairs if not verdict.is_ok)


def series_starts(
    first: Instant, frequency: Frequency, *, interval: int, count: int, zone: ZoneInfo
) -> tuple[Instant, ...]:
    """Return where the `count` occurrences of a series start that begins at `first`.

    Each keeps the wall time of the first in `zone`; where clocks skip it, it moves forward by the
    gap. A month or year that lacks the date is passed over (RFC 5545, 3.3.10).
    There are fewer where the series would go on after 2199.
    Errors: ValueError for an interval or count below 1.
    """
    if interval < 1 or count < 1:
        raise ValueError("A series has an interval and a count of at least 1.")
    begin = datetime.fromtimestamp(first, zone)
    minute, second = begin.hour * 60 + begin.minute, begin.second
    starts = [first]
    for day in _dates(begin.date(), frequency, interval):
        if len(starts) == count:
            break
        starts.append(Instant(wall_to_instant(day, minute, zone) + second))
    return tuple(starts)


def _dates(first: date, frequency: Frequency, interval: int) -> Iterator[date]:
    """Yield the dates after the first, until 2199."""
    for ahead in range(interval, _LAST_DATE.toordinal(), interval):
        if frequency in {Frequency.DAILY, Frequency.WEEKLY}:
            ordinal = first.toordinal() + ahead * (1 if frequency == Frequency.DAILY else 7)
            if ordinal > _LAST_DATE.toordinal():
                return
            yield date.fromordinal(ordinal)
            continue
        months = ahead if frequency == Frequency.MONTHLY else 12 * ahead
        years, month = divmod(first.month - 1 + months, 12)
        if first.year + years > _LAST_DATE.year:
            return
        if first.day <= calendar.monthrange(first.year + years, month + 1)[1]:
            yield date(first.year + years, month + 1, first.day)


def check_series(situation: Situation, ask: Ask, starts: Sequence[Instant]) -> SeriesVerdict:
    """Tell for each of `starts`, in order of time, whether it can be booked after the earlier ones.

    Gather with `needed(situation, series_ask(ask, starts))`.
    Errors: InvalidInput for a duration that is not offered.
    """
    verdicts: list[Verdict] = []
    for start in starts:
        verdict = check_slot(situation, ask, start)
        verdicts.append(verdict)
        if verdict.slot is not None:
            situation = replace(
                situation, host=_after(situation.host, _block(situation, *verdict.slot[:2]))
            )
    return SeriesVerdict(starts=tuple(starts), verdicts=tuple(verdicts))


def check_team_series(
    situation: TeamSituation, ask: Ask, starts: Sequence[Instant], company: Collection[int] = ()
) -> TeamSeriesVerdict:
    """Tell the same of several hosts, who serve the whole series together.

    With a `company` only these hosts are asked about: check again with those who were chosen.
    Without one, and where nobody can serve throughout, the conflicts are those of the hosts who
    come nearest to it. Gather with `team_needed(situation, series_ask(ask, starts))`.
    Errors: InvalidInput for a duration that is not offered.
    """
    verdicts = _run(situation, ask, starts, company)
    free = _throughout(situation, verdicts)
    if not free and not company:
        verdicts = _run(situation, ask, starts, _nearest(situation, verdicts))
    return TeamSeriesVerdict(starts=tuple(starts), verdicts=tuple(verdicts), free=free)


def series_ask(ask: Ask, starts: Sequence[Instant]) -> Ask:
    """Return the question whose period holds the whole series."""
    return replace(ask, start=min(starts), end=Instant(max(starts) + 1))


def _run(
    situation: TeamSituation, ask: Ask, starts: Sequence[Instant], company: Collection[int]
) -> list[TeamVerdict]:
    """Ask about one occurrence after the other; those who serve it are busy for the later ones.

    Without a company all who are free serve: one of them will have served throughout.
    """
    verdicts: list[TeamVerdict] = []
    for start in starts:
        verdict = check_team_slot(situation, ask, start)
        if verdict.slot is not None and not set(company) <= set(verdict.slot.free):
            verdict = refuse_team_slot(situation, ask, start)
        verdicts.append(verdict)
        if verdict.slot is not None:
            situation = _after_all(situation, start, verdict.slot, company)
    return verdicts


def _throughout(situation: TeamSituation, verdicts: Sequence[TeamVerdict]) -> tuple[int, ...]:
    """Return the hosts who are free each time, if they can serve together."""
    free = {host.host_id for host in situation.hosts}
    for verdict in verdicts:
        free &= set(verdict.slot.free) if verdict.slot is not None else set()
    can_serve = all(host.host_id in free for host in situation.required) and all(
        any(host.host_id in free for host in group) for group in situation.groups
    )
    return tuple(h.host_id for h in situation.hosts if h.host_id in free) if can_serve else ()


def _nearest(situation: TeamSituation, verdicts: Sequence[TeamVerdict]) -> tuple[int, ...]:
    """Return those who are needed, and of each group whoever is free most often."""
    times = Counter(
        host_id for verdict in verdicts if verdict.slot for host_id in verdict.slot.free
    )
    nearest = [max(group, key=lambda host: times[host.host_id]) for group in situation.groups]
    return tuple(host.host_id for host in (*situation.required, *nearest))


def _after_all(
    situation: TeamSituation, start: Instant, slot: TeamSlot, company: Collection[int]
) -> TeamSituation:
    """Return the situation once an occurrence stands."""
    block = _block(situation.lead, start, slot.end)
    serving = set(company or slot.free)
    return replace(
        situation,
        tallies=_counting(situation.tallies, block),
        hosts=tuple(
            replace(host, facts=_after(host.facts, block)) if host.host_id in serving else host
            for host in situation.hosts
        ),
        resources=tuple(
            replace(resource, busy=_busy(resource.busy, block)) for resource in situation.resources
        ),
    )


def _after(facts: HostFacts, block: OwnBlock) -> HostFacts:
    """Return a host's facts once an occurrence stands."""
    busy, tallies = _busy(facts.busy, block), _counting(facts.tallies, block)
    return replace(facts, busy=busy, tallies=tallies)


def _busy(busy: Busy, block: OwnBlock) -> Busy:
    return replace(busy, own=(*busy.own, block))


def _counting(tallies: tuple[Tally, ...], block: OwnBlock) -> tuple[Tally, ...]:
    counted = Counted(block.start, (block.end - block.start) // MINUTE)
    return tuple(replace(tally, counted=(*tally.counted, counted)) for tally in tallies)


def _block(situation: Situation, start: Instant, end: Instant) -> OwnBlock:
    """Return an occurrence as the booking that it will be; no booking has its number yet."""
    rules = situation.rules
    return OwnBlock(
        start=start,
        end=end,
        source=Source.BOOKING,
        ref=-start,
        before=rules.buffer_before_minutes * MINUTE,
        after=rules.buffer_after_minutes * MINUTE,
        event_type_id=situation.event_type_id,
    )
