"""Giving a booking to another host: who can take it, who is next, and the change itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from booking.availability.facts import Ask
from booking.availability.hosts import check_team_slot
from booking.availability.hosts_choice import Assignment, Choice, ChoiceReason, choose_hosts
from booking.availability.hosts_facts import Scheduling, TeamSituation
from booking.bookings import choosing, conferences, copies, history, placing, store
from booking.bookings.gather import staying_situation_of
from booking.bookings.lifecycle import Step, check_time, kind_of, next_status
from booking.bookings.making import settle_place
from booking.bookings.models import Booking
from booking.bookings.subjects import Known, Subject
from booking.bookings.values import Candidate, Cause
from booking.core.errors import Conflict, InvalidInput, SlotUnavailable
from booking.core.instants import Instant, to_instant
from booking.core.zones import zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Whom a booking leaves, and who may take it instead."""

    leaving: int
    candidates: tuple[int, ...]


def swap_of(situation: TeamSituation, current: Sequence[int], to: int | None) -> Swap:
    """Return whose part of a booking with these hosts can be taken by `to`, or by anybody.

    One host of a group that takes turns is replaced by another, the first of the booking first;
    who always takes part replaces only a host whom the event type no longer has.
    Errors: InvalidInput at `/user_id` for nobody of the event type; Conflict where nobody can
    take it, or `to` has it.
    """
    known = [host.host_id for host in situation.hosts]
    if to is not None and to not in known:
        raise InvalidInput.at("/user_id", "Must be a host of the event type.")
    if to in current:
        raise Conflict("This host has the booking already.")
    gone = [host_id for host_id in current if host_id not in known]
    for swap in _swaps(situation, current, gone):
        if to is None or to in swap.candidates:
            return swap if to is None else replace(swap, candidates=(to,))
    raise Conflict("No other host of the event type can take this booking.")


def _swaps(situation: TeamSituation, current: Sequence[int], gone: Sequence[int]) -> Iterable[Swap]:
    """Return every swap, the one of the booking's first host first."""
    turns = [[host.host_id for host in group] for group in situation.groups]
    found = [(host_id, pool) for host_id in current for pool in turns if host_id in pool]
    served = [pool for _, pool in found]
    unserved = [pool for pool in turns if pool not in served]
    always = [host.host_id for host in situation.required]
    found += [(host_id, pool) for host_id in gone for pool in (*unserved, always)]
    for leaving, pool in found:
        others = tuple(host_id for host_id in pool if host_id not in current)
        if others:
            yield Swap(leaving=leaving, candidates=others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassigner:
    """Gives a booking to the host `to`, or to whoever is next, for a cause."""

    cause: Cause
    to: int | None

    def calendars(self, session: Session, booking: Booking, subject: Subject) -> tuple[Known, ...]:
        """Return the calendars of whoever would get the booking, as far as is known now.

        Errors: as `reassign`.
        """
        newcomer = self._newcomer(session, booking, subject, frozenset())[1]
        return tuple(
            known
            for host in subject.hosts
            if host.user.id == newcomer.host_id
            for known in host.calendars
        )

    def reassign(
        self, session: Session, booking: Booking, subject: Subject, doubted: frozenset[int]
    ) -> Iterable[int]:
        """Change the hosts under the caller's lock; return the hosts and resources concerned.

        `doubted` are calendars that gave no answer just now.
        Errors: IllegalTransition, InvalidInput, Conflict, SlotUnavailable; IntegrityError where
        the database refuses the overlap.
        """
        status = self.check(booking)
        swap, newcomer = self._newcomer(session, booking, subject, doubted)
        occupied = store.occupied_by_booking(session, booking)
        before = history.Before.of(session, booking)
        placing.give_up(session, booking_id=booking.id)
        hosts = self._set_hosts(session, booking, subject, swap, newcomer)
        store.change(
            session,
            booking,
            self.cause.actor,
            self.cause.now,
            status=status,
            reason=self.cause.reason,
            buffer_before_minutes=subject.event_type.buffer_before_minutes,
            buffer_after_minutes=subject.event_type.buffer_after_minutes,
        )
        settle_place(session, booking, subject, hosts)
        history.record(session, booking, kind_of(Step.REASSIGN), self.cause, before)
        return {*occupied, *before.host_ids, *subject.occupied_with(hosts)}

    def check(self, booking: Booking) -> str:
        """Return the booking's status afterwards. Errors: IllegalTransition."""
        status = next_status(booking.status, Step.REASSIGN)
        now = to_instant(self.cause.now)
        check_time(Step.REASSIGN, starts_at=booking.starts_at, now=now)
        return status

    def candidates(
        self, session: Session, booking: Booking, subject: Subject
    ) -> tuple[Candidate, ...]:
        """Return every host who could take a part of the booking, and whether each is free."""
        ask = self._ask(booking)
        situation = _situation(session, booking, subject, ask, frozenset())
        current = choosing.hosts_of(session, booking.id)
        known = {host.host_id for host in situation.hosts}
        gone = [host_id for host_id in current if host_id not in known]
        able = {each for swap in _swaps(situation, current, gone) for each in swap.candidates}
        return tuple(
            Candidate(
                user_id=host.user.id,
                name=host.user.name,
                is_free=bool(_free(situation, ask, (host.user.id,))),
            )
            for host in subject.hosts
            if host.user.id in able
        )

    def _newcomer(
        self, session: Session, booking: Booking, subject: Subject, doubted: frozenset[int]
    ) -> tuple[Swap, Choice]:
        ask = self._ask(booking)
        situation = _situation(session, booking, subject, ask, doubted)
        swap = swap_of(situation, choosing.hosts_of(session, booking.id), self.to)
        free = _free(situation, ask, swap.candidates)
        if not free:
            who = "This host is not" if self.to is not None else "None of the other hosts is"
            raise SlotUnavailable(f"{who} free at this time.")
        if self.to is not None:
            return swap, Choice(host_id=self.to, reason=ChoiceReason.NAMED, among=free)
        chosen = choose_hosts(
            _narrowed(situation, swap.candidates),
            free,
            choosing.ledger_of(session, subject, self.cause.now, booking),
            now=ask.now,
            start=ask.start,
            seed=booking.id,
        )
        return swap, chosen.choices[0]

    def _ask(self, booking: Booking) -> Ask:
        start = Instant(booking.starts_at)
        return Ask(
            now=to_instant(self.cause.now),
            start=start,
            end=Instant(start + 1),
            guest_zone=zone(booking.guest_time_zone),
            duration_minutes=(booking.ends_at - booking.starts_at) // 60,
            moving=booking.id,
        )

    def _set_hosts(
        self, session: Session, booking: Booking, subject: Subject, swap: Swap, newcomer: Choice
    ) -> tuple[int, ...]:
        before = choosing.choices_of(session, booking.id)
        choices = [newcomer if each.host_id == swap.leaving else each for each in before]
        assignment = Assignment(choices=tuple(choices))
        choosing.set_hosts(session, booking, assignment)
        wanted = subject.event_type.destination_calendar_id
        calendars = copies.wanted_calendars(session, assignment.hosts, wanted)
        maker = conferences.maker_of(session, booking)
        copies.set_wanted(session, booking.id, calendars)
        conferences.made_elsewhere(session, booking, maker)
        return assignment.hosts


def _situation(
    session: Session, booking: Booking, subject: Subject, ask: Ask, doubted: frozenset[int]
) -> TeamSituation:
    guests = 1 + len(booking.additional_guests)
    return staying_situation_of(session, subject, ask, doubted, guests)


def _free(situation: TeamSituation, ask: Ask, host_ids: Sequence[int]) -> tuple[int, ...]:
    """Return who of these hosts is free, by the validator behind listing and booking.

    Those who stay, and what the booking occupies besides, are not asked: they have it already.
    """
    slot = check_team_slot(_narrowed(situation, host_ids), ask, ask.start).slot
    return () if slot is None else slot.free


def _narrowed(situation: TeamSituation, host_ids: Sequence[int]) -> TeamSituation:
    """Return the situation in which one of these hosts takes the booking, on the same clocks."""
    hosts = (host for host in situation.hosts if host.host_id in host_ids)
    return replace(
        situation,
        scheduling=Scheduling.ROUND_ROBIN,
        hosts=tuple(replace(host, is_fixed=False, group=0) for host in hosts),
        resources=(),
        clocks=situation.counting,
    )
