"""What is true of every situation: the list, the check, the reasons and the clock agree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from booking.availability.calculator import at, check_slot, explain, find_slots, needed
from booking.availability.facts import Busy, OwnBlock, Situation, Slot, Source
from booking.availability.reasons import ReasonCode
from booking.core.instants import Instant
from booking.core.spans import Span
from tests.availability.oracle import oracle
from tests.availability.scene import EVENT_TYPE
from tests.availability.strategies import Case, cases

often = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@often
@given(cases(), st.data())
def test_a_start_is_listed_if_and_only_if_the_check_says_it_can_be_booked(
    case: Case, data: st.DataObject
) -> None:
    listed = {slot.start: slot for slot in find_slots(case.situation, case.ask).slots}
    near = st.sampled_from(sorted(listed)) if listed else st.just(case.ask.start)
    drawn = data.draw(near) + data.draw(st.sampled_from((-1, 0, 0, 0, 60, 300, 900, 3600)))
    start = Instant(min(max(drawn, case.ask.start), case.ask.end - 1))

    verdict = check_slot(case.situation, case.ask, start)

    assert verdict.slot == listed.get(start)
    assert verdict.is_ok == (not verdict.reasons)


@often
@given(cases())
def test_a_candidate_is_offered_if_and_only_if_it_has_no_reason(case: Case) -> None:
    listed = {slot.start for slot in find_slots(case.situation, case.ask).slots}

    candidates = [c for day in explain(case.situation, case.ask) for c in day.candidates]

    assert {c.start for c in candidates if not c.reasons} == listed
    assert [c.start for c in candidates] == sorted({c.start for c in candidates})
    assert all(r.code is not ReasonCode.OFF_GRID for c in candidates for r in c.reasons)


@often
@given(cases())
def test_a_wider_period_lists_the_same_slots_inside_the_narrower_one(case: Case) -> None:
    ask = case.ask
    wider = replace(ask, start=Instant(ask.start - 90_000), end=Instant(ask.end + 200_000))

    narrow, wide = (find_slots(case.situation, question).slots for question in (ask, wider))

    assert narrow == tuple(slot for slot in wide if ask.start <= slot.start < ask.end)


@often
@given(cases())
def test_only_what_is_said_to_be_needed_matters(case: Case) -> None:
    span = needed(case.situation, case.ask)
    busy = case.situation.host.busy
    kept = Busy(
        calendar=tuple(row for row in busy.calendar if _touches(row[:2], span.calendar)),
        own=tuple(block for block in busy.own if _touches((block.start, block.end), span.own)),
    )
    tallies = tuple(
        replace(tally, counted=tuple(c for c in tally.counted if _holds(span.counted, c.start)))
        for tally in case.situation.host.tallies
    )
    gathered = _with(case.situation, busy=kept, tallies=tallies)

    answer = find_slots(gathered, case.ask)

    whole = find_slots(case.situation, case.ask)
    assert (answer.slots, answer.freshness) == (whole.slots, whole.freshness)
    assert explain(gathered, case.ask) == explain(case.situation, case.ask)


@often
@given(cases(), st.integers(0, 2 * 86_400))
def test_an_answer_stays_the_same_until_the_instant_it_names(case: Case, later: int) -> None:
    answer = find_slots(case.situation, case.ask)
    last = case.ask.now + later if answer.good_until is None else answer.good_until - 1
    moment = Instant(min(case.ask.now + later, last))

    again = find_slots(case.situation, replace(case.ask, now=moment))

    assert moment >= case.ask.now
    assert (again.slots, again.freshness) == (answer.slots, answer.freshness)


@often
@given(cases(), st.data())
def test_nothing_offered_survives_being_booked_by_somebody_else(
    case: Case, data: st.DataObject
) -> None:
    situation = _with(case.situation, rules=replace(case.situation.rules, seats=None))
    listed = find_slots(situation, case.ask).slots
    assume(listed)
    slot = data.draw(st.sampled_from(listed))

    taken = _with(situation, own=(*situation.host.busy.own, _sitting(slot, 99, 1)))

    assert not check_slot(taken, case.ask, slot.start).is_ok


@often
@given(cases(), st.integers(1, 3), st.data())
def test_a_seated_slot_is_counted_as_the_brute_force_counts_it(
    case: Case, guests: int, data: st.DataObject
) -> None:
    situation = _with(case.situation, rules=replace(case.situation.rules, seats=3))
    listed = find_slots(situation, case.ask).slots
    assume(listed)
    slot = data.draw(st.sampled_from(listed))
    sitting = tuple(_sitting(slot, 90 + guest, 1) for guest in range(guests))
    seated = _with(situation, own=(*situation.host.busy.own, *sitting))

    answer = find_slots(seated, at(case.ask, slot.start))

    narrow = at(case.ask, slot.start)
    shown = [(found.start, found.seats_left, found.on_request) for found in answer.slots]
    assert shown == oracle(seated, narrow)


def _sitting(slot: Slot, ref: int, seats: int) -> OwnBlock:
    return OwnBlock(
        start=slot.start,
        end=slot.end,
        source=Source.BOOKING,
        ref=ref,
        seats=seats,
        event_type_id=EVENT_TYPE,
    )


def _with(situation: Situation, **more: Any) -> Situation:
    """Return the situation with other rules, tallies or busy blocks."""
    host = situation.host
    own = more.get("own")
    busy = replace(host.busy, own=own) if own is not None else more.get("busy", host.busy)
    facts = replace(host, busy=busy, tallies=more.get("tallies", host.tallies))
    return replace(situation, host=facts, rules=more.get("rules", situation.rules))


def _touches(block: tuple[int, ...], span: Span) -> bool:
    return block[0] <= span[1] and block[1] >= span[0]


def _holds(span: Span | None, start: int) -> bool:
    return span is not None and span[0] <= start < span[1]
