"""The engine and an independent brute force say the same of every random situation."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from booking.availability.calculator import find_slots
from tests.availability.oracle import oracle
from tests.availability.strategies import Case, cases


@settings(max_examples=350, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_slots_are_those_of_a_brute_force_over_every_minute(case: Case) -> None:
    answer = find_slots(case.situation, case.ask)

    shown = [(slot.start, slot.seats_left, slot.on_request) for slot in answer.slots]

    assert shown == oracle(case.situation, case.ask)
