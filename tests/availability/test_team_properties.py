"""What is true of every team: the list, the check, the reasons and the clock agree."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from booking.availability.calculator import at, find_slots
from booking.availability.facts import Busy, HostFacts, OwnBlock, Source
from booking.availability.hosts import (
    check_team_slot,
    explain_team,
    find_team_slots,
    team_needed,
)
from booking.availability.hosts_choice import Ledger, choose_hosts
from booking.availability.hosts_facts import Resource, Scheduling, TeamHost, TeamSituation
from booking.core.instants import Instant
from booking.core.spans import Span
from tests.availability.scene import EVENT_TYPE
from tests.availability.strategies import Case, cases
from tests.availability.team_oracle import team_oracle
from tests.availability.team_strategies import TeamCase, team_cases

often = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@often
@given(team_cases(), st.data())
def test_a_start_is_listed_if_and_only_if_the_check_says_it_can_be_booked(
    case: TeamCase, data: st.DataObject
) -> None:
    listed = {slot.start: slot for slot in find_team_slots(case.situation, case.ask).slots}
    near = st.sampled_from(sorted(listed)) if listed else st.just(case.ask.start)
    drawn = data.draw(near) + data.draw(st.sampled_from((-1, 0, 0, 0, 60, 300, 900, 3600)))
    start = Instant(min(max(drawn, case.ask.start), case.ask.end - 1))

    verdict = check_team_slot(case.situation, case.ask, start)

    assert verdict.slot == listed.get(start)
    assert verdict.is_ok == (not verdict.reasons and not verdict.members)


@often
@given(team_cases())
def test_a_candidate_is_offered_if_and_only_if_those_whom_nothing_bars_can_serve(
    case: TeamCase,
) -> None:
    situation = replace(case.situation, rules=replace(case.situation.rules, seats=None))
    listed = {slot.start: slot.free for slot in find_team_slots(situation, case.ask).slots}

    candidates = [c for day in explain_team(situation, case.ask) for c in day.candidates]

    assert {c.start: c.free for c in candidates if c.is_offered} == listed
    assert [c.start for c in candidates] == sorted({c.start for c in candidates})
    for candidate in candidates:
        barred = {member.member_id for member in candidate.members}
        is_open = not candidate.reasons and _can_serve(situation, barred)
        assert candidate.is_offered == is_open


def _can_serve(situation: TeamSituation, barred: set[int]) -> bool:
    needed = [host.host_id for host in situation.required]
    needed += [resource.resource_id for resource in situation.resources]
    groups = [{host.host_id for host in group} for group in situation.groups]
    return barred.isdisjoint(needed) and all(group - barred for group in groups)


@often
@given(team_cases())
def test_whatever_is_not_offered_has_a_reason_with_seats_too(case: TeamCase) -> None:
    candidates = [c for day in explain_team(case.situation, case.ask) for c in day.candidates]

    listed = {slot.start for slot in find_team_slots(case.situation, case.ask).slots}
    assert {c.start for c in candidates if c.is_offered} == listed
    assert all(c.is_offered or c.reasons or c.members for c in candidates)


@often
@given(cases(), st.sampled_from(Scheduling))
def test_a_team_of_one_is_answered_as_one_host_is(case: Case, scheduling: Scheduling) -> None:
    situation = case.situation
    alone = TeamSituation(
        rules=situation.rules,
        scheduling=scheduling,
        hosts=(TeamHost(host_id=1, facts=situation.host),),
        restriction=situation.restriction,
        event_type_id=EVENT_TYPE,
    )

    team, single = find_team_slots(alone, case.ask), find_slots(situation, case.ask)

    assert tuple(slot[:4] for slot in team.slots) == single.slots
    assert (team.freshness, team.good_until) == (single.freshness, single.good_until)


@often
@given(team_cases())
def test_each_host_of_a_slot_is_free_for_the_whole_of_it(case: TeamCase) -> None:
    rules = replace(case.situation.rules, slot_interval_minutes=5, start_offset_minutes=0)
    rules = replace(rules, first_slot_only=False, seats=None)
    situation = replace(case.situation, rules=rules)
    facts = {host.host_id: host.facts for host in situation.hosts}

    for slot in find_team_slots(situation, case.ask).slots[:4]:
        for host_id in slot.free:
            alone = TeamSituation(
                rules=rules,
                scheduling=Scheduling.SINGLE,
                hosts=(TeamHost(host_id=host_id, facts=facts[host_id]),),
                restriction=situation.restriction,
                clocks=situation.counting,
            )
            verdict = check_team_slot(alone, case.ask, slot.start)
            assert not verdict.members


@often
@given(team_cases())
def test_a_wider_period_lists_the_same_slots_inside_the_narrower_one(case: TeamCase) -> None:
    ask = case.ask
    wider = replace(ask, start=Instant(ask.start - 90_000), end=Instant(ask.end + 200_000))

    narrow, wide = (find_team_slots(case.situation, question).slots for question in (ask, wider))

    assert narrow == tuple(slot for slot in wide if ask.start <= slot.start < ask.end)


@often
@given(team_cases(), st.integers(0, 2 * 86_400))
def test_an_answer_stays_the_same_until_the_instant_it_names(case: TeamCase, later: int) -> None:
    answer = find_team_slots(case.situation, case.ask)
    last = case.ask.now + later if answer.good_until is None else answer.good_until - 1
    moment = Instant(min(case.ask.now + later, last))

    again = find_team_slots(case.situation, replace(case.ask, now=moment))

    assert (again.slots, again.freshness) == (answer.slots, answer.freshness)


@often
@given(team_cases())
def test_only_what_is_said_to_be_needed_matters(case: TeamCase) -> None:
    span = team_needed(case.situation, case.ask)
    gathered = replace(
        case.situation,
        hosts=tuple(
            replace(host, facts=_gathered(host.facts, span.calendar, span.own, span.counted))
            for host in case.situation.hosts
        ),
        resources=tuple(
            replace(resource, busy=_near(resource.busy, span.calendar, span.own))
            for resource in case.situation.resources
        ),
    )

    assert (
        find_team_slots(gathered, case.ask).slots == find_team_slots(case.situation, case.ask).slots
    )
    assert explain_team(gathered, case.ask) == explain_team(case.situation, case.ask)


def _gathered(facts: HostFacts, calendar: Span, own: Span, counted: Span | None) -> HostFacts:
    since, until = counted or (0, 0)
    tallies = tuple(
        replace(tally, counted=tuple(c for c in tally.counted if since <= c.start < until))
        for tally in facts.tallies
    )
    return replace(facts, busy=_near(facts.busy, calendar, own), tallies=tallies)


def _near(busy: Busy, calendar: Span, own: Span) -> Busy:
    return Busy(
        calendar=tuple(r for r in busy.calendar if r[0] <= calendar[1] and r[1] >= calendar[0]),
        own=tuple(b for b in busy.own if b.start <= own[1] and b.end >= own[0]),
    )


@often
@given(team_cases(), st.integers(1, 3), st.data())
def test_guests_join_those_who_sit_together_until_their_seats_are_gone(
    case: TeamCase, guests: int, data: st.DataObject
) -> None:
    situation = replace(case.situation, rules=replace(case.situation.rules, seats=3))
    listed = find_team_slots(situation, case.ask).slots
    assume(listed)
    slot = data.draw(st.sampled_from(listed))
    company = {data.draw(st.sampled_from(slot.free)), *(h.host_id for h in situation.required)}
    party = tuple(_guest(slot.start, slot.end, 90 + number) for number in range(guests))

    seated = _booked(situation, company, party)

    narrow = at(case.ask, slot.start)
    found = find_team_slots(seated, narrow).slots
    assert [(s.start, s.seats_left, s.on_request, s.free) for s in found] == team_oracle(
        seated, narrow
    )


@often
@given(team_cases(), st.integers())
def test_whoever_is_chosen_can_serve_by_themselves(case: TeamCase, seed: int) -> None:
    now = case.ask.now
    for slot in find_team_slots(case.situation, case.ask).slots[:5]:
        chosen = choose_hosts(
            case.situation, slot.free, Ledger(), now=now, start=slot.start, seed=seed
        )

        others = {host.host_id for host in case.situation.hosts} - set(chosen.hosts)
        assert set(chosen.hosts) <= set(slot.free)
        assert _serves(case.situation, others)


def _serves(situation: TeamSituation, others: set[int]) -> bool:
    """Whether everybody who is needed stays, and of each group exactly one."""
    needed = {host.host_id for host in situation.required}
    groups = [{host.host_id for host in group} - others for group in situation.groups]
    return not needed & others and all(len(group) == 1 for group in groups)


def _guest(start: Instant, end: Instant, ref: int) -> OwnBlock:
    return OwnBlock(start=start, end=end, source=Source.BOOKING, ref=ref, event_type_id=EVENT_TYPE)


def _booked(
    situation: TeamSituation, company: set[int], party: tuple[OwnBlock, ...]
) -> TeamSituation:
    """The situation once the company and all resources are booked by a party."""

    def more(busy: Busy) -> Busy:
        return replace(busy, own=(*busy.own, *party))

    return replace(
        situation,
        hosts=tuple(
            replace(host, facts=replace(host.facts, busy=more(host.facts.busy)))
            if host.host_id in company
            else host
            for host in situation.hosts
        ),
        resources=tuple(
            Resource(
                resource_id=room.resource_id,
                busy=more(room.busy),
                floor_minutes=room.floor_minutes,
            )
            for room in situation.resources
        ),
    )
