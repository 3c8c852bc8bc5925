"""Gathers what the slot calculator needs to know, in a fixed number of queries.

However many hosts there are: one query each for the event type with its hosts and their calendars,
its resources, the schedules, absences, travel, busy rows and claims, and, only where limits are
set, the bookings that count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from booking.availability.calculator import Needed, needed
from booking.availability.facts import (
    Ask,
    Busy,
    CalendarBlock,
    Coverage,
    HostFacts,
    Situation,
    Tally,
)
from booking.availability.fields import RULE_FIELDS, parse_limits, parse_rules
from booking.availability.hosts import team_needed
from booking.availability.hosts_facts import (
    Resource,
    Scheduling,
    TeamHost,
    TeamSituation,
)
from booking.availability.hours import WorkingHours
from booking.availability.rules import Alignment, BookingWindow, Limits, OnStale, SlotRules
from booking.availability.store import find_schedules
from booking.availability.wire import plain_hours
from booking.bookings.counted import bookings_of, bookings_of_team
from booking.bookings.host_hours import hours_of_hosts, schedule_ids
from booking.bookings.own_blocks import own_blocks
from booking.bookings.subjects import HostSubject, Known, ResourceSubject, Subject
from booking.calendars.busy_rows import Block, BusyQuery, busy_between
from booking.core.instants import Instant, to_instant
from booking.eventtypes.models import EventType

FRESH_SECONDS = 2 * 3600
HIDDEN_AFTER_SECONDS = 24 * 3600


def situation_of(
    session: Session,
    subject: Subject,
    ask: Ask,
    doubted: frozenset[int] = frozenset(),
    guests: int = 1,
) -> Situation | TeamSituation:
    """Return everything the calculator needs to answer `ask`.

    `doubted` are calendars that gave no answer just now: what is known of them counts as stale.
    Of several `guests` all but one are seated before the calculator looks for a seat.
    Errors: InvalidInput for a duration that is not offered.
    """
    bare = _Bare.read(session, subject, ask, doubted, guests)
    if subject.is_one_host:
        one = bare.one_host()
        return bare.filled(session, needed(one, ask)).one_host()
    return bare.filled(session, team_needed(bare.team(), ask)).team()


def staying_situation_of(
    session: Session,
    subject: Subject,
    ask: Ask,
    doubted: frozenset[int] = frozenset(),
    guests: int = 1,
) -> TeamSituation:
    """Return what decides who else could serve a booking that keeps its time.

    What is asked of a new time is not asked again: grid, notice, window, the event type's limits.
    Its hosts answer for themselves: hours, calendars, bookings, limits of the team.
    """
    bare = _Bare.read(session, subject, ask, doubted, guests)
    rules = replace(
        bare.rules,
        slot_interval_minutes=1,
        slot_alignment=Alignment.FIT,
        minimum_notice_minutes=0,
        window=BookingWindow(),
        limits=Limits(),
        first_slot_only=False,
    )
    bare = replace(bare, rules=rules, tallies=())
    return bare.filled(session, team_needed(bare.team(), ask)).team()


def grows_too_old_at(calendars: tuple[Known, ...], now: Instant) -> Instant | None:
    """Return the next instant at which a calendar grows too old for its doubt to be acceptable."""
    edges = [
        to_instant(known.synced_at) + HIDDEN_AFTER_SECONDS + 1
        for known in calendars
        if known.synced_at is not None
    ]
    return min((Instant(edge) for edge in edges if edge > now), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bare:
    """The facts about everybody as far as they are read: first without busy time, then with it."""

    subject: Subject
    now: Instant
    doubted: frozenset[int]
    rules: SlotRules
    hours: tuple[WorkingHours, ...]
    clocks: WorkingHours | None
    restriction: WorkingHours | None
    busy: Mapping[int, Busy]
    tallies: tuple[Tally, ...]
    host_tallies: Mapping[int, tuple[Tally, ...]]

    @classmethod
    def read(
        cls,
        session: Session,
        subject: Subject,
        ask: Ask,
        doubted: frozenset[int],
        guests: int,
    ) -> _Bare:
        """Read what is known without looking at busy time."""
        event_type = subject.event_type
        rules = _rules(event_type, ask, guests)
        rows = find_schedules(session, schedule_ids(subject))
        own = rows.get(event_type.schedule_id or 0)
        limit = rows.get(event_type.restriction_schedule_id or 0)
        team = Tally(limits=parse_limits(subject.team_limits))
        of_host = (team,) if team.limits else ()
        return cls(
            subject=subject,
            now=ask.now,
            doubted=doubted,
            rules=rules,
            hours=hours_of_hosts(session, subject, rows, ask),
            clocks=None if own is None else plain_hours(own),
            restriction=None if limit is None else plain_hours(limit),
            busy={},
            tallies=(Tally(limits=rules.limits),) if rules.limits else (),
            host_tallies={host.user.id: of_host for host in subject.hosts},
        )

    def filled(self, session: Session, span: Needed) -> _Bare:
        """Return the same with everybody's busy time, and the bookings that limits count."""
        filled = replace(self, busy=_busy(session, self.subject, span))
        if span.counted is None:
            return filled
        counted = tuple(bookings_of(session, self.subject.event_type.id, *span.counted))
        return replace(
            filled,
            tallies=tuple(replace(tally, counted=counted) for tally in self.tallies),
            host_tallies=self._host_tallies(session, span.counted),
        )

    def _host_tallies(
        self, session: Session, span: tuple[int, int]
    ) -> Mapping[int, tuple[Tally, ...]]:
        team_id = self.subject.event_type.team_id
        if team_id is None or not any(self.host_tallies.values()):
            return self.host_tallies
        given = bookings_of_team(session, team_id, list(self.host_tallies), *span)
        return {
            host_id: tuple(replace(tally, counted=given.get(host_id, ())) for tally in tallies)
            for host_id, tallies in self.host_tallies.items()
        }

    def one_host(self) -> Situation:
        """Return the situation of the one host."""
        facts = self._facts(self.subject.hosts[0], self.hours[0])
        rules = self.rules
        if facts.on_stale is not None:
            rules = replace(rules, on_stale=facts.on_stale)
        return Situation(
            rules=rules,
            host=replace(facts, tallies=(*self.tallies, *facts.tallies)),
            restriction=self.restriction,
            event_type_id=self.subject.event_type.id,
        )

    def team(self) -> TeamSituation:
        """Return the situation of several hosts, or of one with resources."""
        event_type = self.subject.event_type
        is_turns = event_type.scheduling == Scheduling.ROUND_ROBIN
        pairs = zip(self.subject.hosts, self.hours, strict=True)
        return TeamSituation(
            rules=self.rules,
            scheduling=Scheduling.ROUND_ROBIN if is_turns else Scheduling.COLLECTIVE,
            hosts=tuple(
                TeamHost(
                    host_id=host.user.id,
                    facts=self._facts(host, hours),
                    is_fixed=host.row is not None and host.row.fixed,
                    group=0 if host.row is None else host.row.group,
                )
                for host, hours in pairs
            ),
            resources=tuple(self._resource(each) for each in self.subject.resources),
            restriction=self.restriction,
            event_type_id=event_type.id,
            clocks=self.clocks,
            tallies=self.tallies,
        )

    def _facts(self, host: HostSubject, hours: WorkingHours) -> HostFacts:
        return HostFacts(
            hours=hours,
            busy=self.busy.get(host.user.id, Busy()),
            floor_minutes=host.user.buffer_minutes,
            coverage=self._coverage(host.calendars),
            tallies=self.host_tallies[host.user.id],
            on_stale=self._on_stale(host.calendars),
        )

    def _resource(self, each: ResourceSubject) -> Resource:
        return Resource(
            resource_id=each.resource.id,
            busy=self.busy.get(each.resource.id, Busy()),
            coverage=self._coverage(each.calendars),
            on_stale=self._on_stale(each.calendars),
        )

    def _on_stale(self, calendars: Iterable[Known]) -> OnStale | None:
        """Return `hide` where a calendar was read so long ago that no doubt is acceptable."""
        is_too_old = any(
            known.synced_at is not None
            and self.now - to_instant(known.synced_at) > HIDDEN_AFTER_SECONDS
            for known in calendars
        )
        return OnStale.HIDE if is_too_old else None

    def _coverage(self, calendars: Iterable[Known]) -> tuple[Coverage, ...]:
        return tuple(
            Coverage(
                calendar_id=known.calendar_id,
                start=Instant(known.covered_from),
                end=Instant(known.covered_until),
                synced_at=None if known.synced_at is None else to_instant(known.synced_at),
                max_age=-1 if known.calendar_id in self.doubted else FRESH_SECONDS,
            )
            for known in calendars
        )


def _rules(event_type: EventType, ask: Ask, guests: int) -> SlotRules:
    """Return the rules of an event type, as they are for this question."""
    rules = parse_rules({name: getattr(event_type, name) for name in RULE_FIELDS})
    if ask.moving is not None and ask.duration_minutes is not None:
        # A booking is moved at its own length, whatever lengths are offered today.
        lengths = (*rules.durations_minutes, ask.duration_minutes)
        rules = replace(rules, durations_minutes=lengths)
    if rules.seats is not None and guests > 1:
        rules = replace(rules, seats=max(1, rules.seats - guests + 1))
    return rules


def _busy(session: Session, subject: Subject, span: Needed) -> Mapping[int, Busy]:
    """Return what blocks each host and resource, by id."""
    calendars = subject.calendars
    tentative: dict[int, bool] = {}
    for known in calendars:
        is_any = tentative.get(known.calendar_id, False) or known.tentative_blocks
        tentative[known.calendar_id] = is_any
    queries = [BusyQuery(*pair) for pair in tentative.items()]
    rows = busy_between(session, queries, *span.calendar) if queries else []
    own = own_blocks(session, subject.ids, *span.own)
    each = [(host.user.id, host.calendars) for host in subject.hosts]
    each += [(resource.resource.id, resource.calendars) for resource in subject.resources]
    if len(each) == 1:
        return {each[0][0]: Busy(calendar=_blocks(rows), own=own.get(each[0][0], ()))}
    by_calendar: dict[int, list[Block]] = {}
    for row in rows:
        by_calendar.setdefault(row.calendar_id, []).append(row)
    return {
        subject_id: Busy(calendar=_of_calendars(by_calendar, known), own=own.get(subject_id, ()))
        for subject_id, known in each
    }


def _blocks(rows: Iterable[Block]) -> tuple[CalendarBlock, ...]:
    return tuple(CalendarBlock(row.start, row.end, row.calendar_id, row.ref) for row in rows)


def _of_calendars(
    by_calendar: Mapping[int, list[Block]], calendars: Iterable[Known]
) -> tuple[CalendarBlock, ...]:
    """Return the rows of one member's calendars by start; tentative ones where they block."""
    found = [
        row
        for known in calendars
        for row in by_calendar.get(known.calendar_id, ())
        if known.tentative_blocks or not row.is_tentative
    ]
    return _blocks(sorted(found))
