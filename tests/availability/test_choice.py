"""Who gets the booking: by share, priority, rest, and lot; and why."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from booking.availability.hosts_choice import (
    Assignment,
    ChoiceReason,
    Given,
    Ledger,
    Share,
    choose_hosts,
)
from booking.availability.hosts_facts import TeamSituation
from booking.core.instants import DAY, Instant
from tests.availability.scene import MONDAY, at
from tests.availability.team_scene import host, robin, together

NOW, START = at("2026-11-20"), at(f"{MONDAY} 10:00")
PAIR = robin(host(1), host(2))
TRIO = robin(host(1), host(2), host(3))


def choose(
    team: TeamSituation, free: tuple[int, ...], ledger: Ledger, seed: int = 1, **more: Any
) -> Assignment:
    return choose_hosts(team, free, ledger, **{"now": NOW, "start": START, "seed": seed, **more})


def shares(*weights: int, **more: Any) -> tuple[Share, ...]:
    return tuple(Share(host_id=n, weight=w, **more) for n, w in enumerate(weights, start=1))


def given(*hosts: int, days_ago: int = 10) -> tuple[Given, ...]:
    """Bookings made a day after the other, the first `days_ago`."""
    made = [NOW - (days_ago - number) * DAY for number in range(len(hosts))]
    return tuple(Given(h, at_, at_ + DAY) for h, at_ in zip(hosts, made, strict=True))


def test_whoever_lacks_most_of_their_share_is_chosen() -> None:
    chosen = choose(PAIR, (1, 2), Ledger(given=given(1, 1, 2)))

    assert chosen.hosts == (2,)
    assert chosen.reason == ChoiceReason.WEIGHT_SHORTFALL
    assert chosen.choices[0].shortfall == 1.0  # two of four are due, one is booked


def test_a_share_grows_with_the_weight() -> None:
    ledger = Ledger(shares=shares(300, 100), given=given(1, 1, 2))

    assert choose(PAIR, (1, 2), ledger).hosts == (1,)


def test_over_time_bookings_follow_the_weights() -> None:
    ledger = Ledger(shares=shares(500, 300, 200))
    for number in range(100):
        chosen = choose(TRIO, (1, 2, 3), ledger, seed=number)
        booked = Given(chosen.hosts[0], NOW + number, START)
        ledger = Ledger(shares=ledger.shares, given=(*ledger.given, booked))

    assert Counter(g.host_id for g in ledger.given) == {1: 50, 2: 30, 3: 20}


def test_a_new_host_is_not_given_everything_at_once() -> None:
    new = Share(host_id=2, since=Instant(NOW - DAY))
    ledger = Ledger(shares=(new,), given=given(1, 1, 1, 1, 1))

    chosen = choose(PAIR, (1, 2), ledger)

    # What was booked before the second host came counts for neither.
    assert chosen.choices[0].shortfall == 0.5
    assert chosen.reason == ChoiceReason.LEAST_RECENTLY_BOOKED


def test_an_absent_host_has_nothing_to_catch_up_with() -> None:
    away = Share(host_id=2, absences=((int(NOW - 11 * DAY), int(NOW)),))
    ledger = Ledger(shares=(away,), given=(*given(1, 1, 1), Given(2, NOW - 1, START)))

    assert choose(PAIR, (1, 2), ledger).hosts == (1,)


def test_absence_is_seen_by_when_a_booking_starts() -> None:
    away = Share(host_id=2, absences=((int(START), int(START + DAY)),))
    later = tuple(Given(1, NOW, START + 5 * DAY) for _ in range(3))

    assert choose(PAIR, (1, 2), Ledger(shares=(away,), given=later)).hosts == (2,)


def test_on_a_par_the_highest_priority_is_chosen() -> None:
    ledger = Ledger(shares=(Share(host_id=1, priority=1), Share(host_id=2, priority=3)))

    chosen = choose(PAIR, (1, 2), ledger)

    assert (chosen.hosts, chosen.reason) == ((2,), ChoiceReason.PRIORITY)


def test_then_whoever_was_booked_least_recently() -> None:
    chosen = choose(TRIO, (1, 2, 3), Ledger(given=given(2, 3, 1)))

    assert (chosen.hosts, chosen.reason) == ((2,), ChoiceReason.LEAST_RECENTLY_BOOKED)


def test_then_the_lot_decides_and_can_be_drawn_again() -> None:
    drawn = [choose(TRIO, (1, 2, 3), Ledger(), seed=seed) for seed in range(60)]

    assert {chosen.reason for chosen in drawn} == {ChoiceReason.DRAW}
    assert {chosen.hosts[0] for chosen in drawn} == {1, 2, 3}
    assert drawn == [choose(TRIO, (1, 2, 3), Ledger(), seed=seed) for seed in range(60)]


def test_only_those_who_are_free_are_chosen() -> None:
    chosen = choose(TRIO, (3,), Ledger(given=given(3, 3)))

    assert (chosen.hosts, chosen.reason) == ((3,), ChoiceReason.ONLY_ONE_FREE)


def test_the_host_of_a_moved_booking_keeps_it_where_free() -> None:
    ledger = Ledger(given=given(1, 1, 1))

    assert choose(PAIR, (1, 2), ledger, same=(1,)).reason == ChoiceReason.SAME_HOST
    assert choose(PAIR, (1, 2), ledger, same=(1,)).hosts == (1,)
    assert choose(PAIR, (2,), ledger, same=(1,)).hosts == (2,)


def test_fixed_hosts_take_part_beside_the_one_who_is_chosen() -> None:
    team = robin(host(1), host(2, is_fixed=True), host(3))

    chosen = choose(team, (1, 2, 3), Ledger(given=given(1)))

    assert chosen.hosts == (2, 3)
    assert chosen.reason == ChoiceReason.WEIGHT_SHORTFALL
    assert chosen.choices[0].reason == ChoiceReason.FIXED


def test_each_group_gives_one_by_its_own_account() -> None:
    team = robin(host(1, group=1), host(2, group=1), host(3, group=2), host(4, group=2))

    assert choose(team, (1, 2, 3, 4), Ledger(given=given(1, 4))).hosts == (2, 3)


def test_where_all_take_part_nobody_is_chosen() -> None:
    chosen = choose(together(host(1), host(2)), (1, 2), Ledger())

    assert (chosen.hosts, chosen.reason) == ((1, 2), ChoiceReason.FIXED)


def test_bookings_of_hosts_who_left_count_for_nobody() -> None:
    assert choose(PAIR, (1, 2), Ledger(given=given(7, 7, 1))).hosts == (2,)


@pytest.mark.parametrize("free", [(), (1,), (3,)])
def test_those_who_cannot_serve_are_refused(free: tuple[int, ...]) -> None:
    team = robin(host(1, is_fixed=True), host(2), host(4))

    with pytest.raises(ValueError, match="free"):
        choose(team, free, Ledger())


def test_a_weight_is_at_least_one() -> None:
    with pytest.raises(ValueError, match="weight"):
        Share(host_id=1, weight=0)
