"""Several hosts: the engine and a brute force over every company say the same."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from booking.availability.hosts import find_team_slots
from tests.availability.team_oracle import team_oracle
from tests.availability.team_strategies import TeamCase, team_cases


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(team_cases())
def test_a_slot_is_offered_if_and_only_if_some_company_can_serve_it(case: TeamCase) -> None:
    answer = find_team_slots(case.situation, case.ask)

    shown = [(s.start, s.seats_left, s.on_request, s.free) for s in answer.slots]

    assert shown == team_oracle(case.situation, case.ask)
