"""Recurring bookings: where they fall, and which of them stand in the way."""

from __future__ import annotations

import pytest

from booking.availability.calculator import find_slots
from booking.availability.facts import Tally
from booking.availability.hosts_facts import TeamSituation
from booking.availability.rules import BookingWindow, Limits, PeriodLimits, WindowType
from booking.availability.series import (
    Frequency,
    check_series,
    check_team_series,
    series_ask,
    series_starts,
)
from booking.core.instants import Instant
from tests.availability.scene import (
    BERLIN,
    EVENT_TYPE,
    MONDAY,
    UTC,
    ask,
    at,
    booking,
    day_wall,
    event,
    offer,
)
from tests.availability.team_scene import host, robin, room

FIRST = at(f"{MONDAY} 10:00")
WEEKLY = series_starts(FIRST, Frequency.WEEKLY, interval=1, count=3, zone=UTC)
SECOND = ("2026-11-30 10:00", "2026-11-30 11:00")


def days(starts: tuple[Instant, ...]) -> list[str]:
    return [day_wall(start, BERLIN) for start in starts]


def clashes(team: TeamSituation) -> list[str]:
    verdict = check_team_series(team, ask(), WEEKLY)
    return [day_wall(start)[:10] for start, _ in verdict.conflicts]


def test_a_series_keeps_its_wall_time_when_clocks_change() -> None:
    starts = series_starts(
        at("2026-10-19 09:30", BERLIN), Frequency.WEEKLY, interval=1, count=3, zone=BERLIN
    )

    assert days(starts) == ["2026-10-19 09:30", "2026-10-26 09:30", "2026-11-02 09:30"]
    assert starts[1] - starts[0] == 7 * 86_400 + 3600


def test_a_wall_time_that_clocks_skip_moves_forward() -> None:
    starts = series_starts(
        at("2026-03-28 02:30", BERLIN), Frequency.DAILY, interval=1, count=3, zone=BERLIN
    )

    assert days(starts) == ["2026-03-28 02:30", "2026-03-29 03:30", "2026-03-30 02:30"]


@pytest.mark.parametrize(
    ("frequency", "interval", "expected"),
    [
        (Frequency.DAILY, 2, ["2026-01-31", "2026-02-02", "2026-02-04"]),
        (Frequency.WEEKLY, 2, ["2026-01-31", "2026-02-14", "2026-02-28"]),
        (Frequency.MONTHLY, 1, ["2026-01-31", "2026-03-31", "2026-05-31"]),
        (Frequency.MONTHLY, 6, ["2026-01-31", "2026-07-31", "2027-01-31"]),
        (Frequency.YEARLY, 1, ["2026-01-31", "2027-01-31", "2028-01-31"]),
    ],
)
def test_dates_that_a_month_lacks_are_passed_over(
    frequency: Frequency, interval: int, expected: list[str]
) -> None:
    starts = series_starts(at("2026-01-31 09:00"), frequency, interval=interval, count=3, zone=UTC)

    assert [day_wall(start)[:10] for start in starts] == expected


def test_a_leap_day_recurs_every_four_years() -> None:
    starts = series_starts(at("2028-02-29 09:00"), Frequency.YEARLY, interval=1, count=2, zone=UTC)

    assert day_wall(starts[1])[:10] == "2032-02-29"


def test_a_series_ends_with_the_calendar() -> None:
    starts = series_starts(FIRST, Frequency.YEARLY, interval=100, count=9, zone=UTC)

    assert [day_wall(start)[:4] for start in starts] == ["2026", "2126"]
    assert len(series_starts(FIRST, Frequency.DAILY, interval=10**6, count=9, zone=UTC)) == 1


@pytest.mark.parametrize(("interval", "count"), [(0, 3), (1, 0)])
def test_a_series_goes_forward(interval: int, count: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        series_starts(FIRST, Frequency.DAILY, interval=interval, count=count, zone=UTC)


def test_a_series_that_fits_has_no_conflicts() -> None:
    verdict = check_series(offer(), ask(), WEEKLY)

    assert verdict.conflicts == ()
    assert [v.slot.start for v in verdict.verdicts if v.slot] == list(WEEKLY)


def test_each_conflict_is_named_with_its_reasons() -> None:
    verdict = check_series(offer(busy=[event(*SECOND)]), ask(), WEEKLY)

    ((start, refused),) = verdict.conflicts
    assert start == WEEKLY[1]
    assert [reason.code for reason in refused.reasons] == ["busy_calendar"]


def test_earlier_occurrences_count_against_limits() -> None:
    tally = Tally(limits=Limits(bookings=PeriodLimits(month=2)))

    verdict = check_series(
        offer(facts={"tallies": (tally,)}),
        ask(),
        series_starts(at("2026-12-01 10:00"), Frequency.WEEKLY, interval=1, count=6, zone=UTC),
    )

    assert [day_wall(start)[:10] for start, _ in verdict.conflicts] == [
        "2026-12-15",
        "2026-12-22",
        "2026-12-29",
    ]


def test_earlier_occurrences_block_with_their_buffers() -> None:
    starts = (at(f"{MONDAY} 10:00"), at(f"{MONDAY} 11:00"), at(f"{MONDAY} 12:00"))

    verdict = check_series(offer(buffer_after_minutes=30), ask(), starts)

    ((_, refused),) = verdict.conflicts
    assert {reason.code for reason in refused.reasons} == {"buffer"}


def test_an_occurrence_that_cannot_be_counts_for_nothing() -> None:
    tally = Tally(limits=Limits(bookings=PeriodLimits(year=2)))
    busy = [event(*SECOND)]

    verdict = check_series(offer(busy=busy, facts={"tallies": (tally,)}), ask(), WEEKLY)

    assert [start for start, _ in verdict.conflicts] == [WEEKLY[1]]


def test_occurrences_beyond_the_window_conflict() -> None:
    window = BookingWindow(type=WindowType.ROLLING_DAYS, days=9)

    verdict = check_series(offer(window=window), ask(), WEEKLY)

    assert [refused.reasons[0].code for _, refused in verdict.conflicts] == ["window", "window"]


def test_an_occurrence_alone_is_the_same_as_a_slot() -> None:
    situation = offer(busy=[event("11:00", "12:00")])

    for slot in find_slots(situation, ask()).slots:
        assert check_series(situation, ask(), [slot.start]).conflicts == ()


def test_the_period_of_a_series_holds_all_of_it() -> None:
    asked = series_ask(ask(), WEEKLY)

    assert (asked.start, asked.end) == (WEEKLY[0], WEEKLY[-1] + 1)


def test_one_host_serves_the_whole_series() -> None:
    team = robin(host(1, busy=[event(*SECOND)]), host(2))

    verdict = check_team_series(team, ask(), WEEKLY)

    assert (verdict.free, verdict.conflicts) == ((2,), ())


def test_where_nobody_can_serve_throughout_the_nearest_hosts_conflicts_are_named() -> None:
    first = [event("2026-11-23 10:00", "2026-11-23 11:00")]
    team = robin(
        host(1, busy=[*first, event(*SECOND)]),
        host(2, busy=[event(*SECOND)]),
        host(3, "09:00-10:00"),
    )

    verdict = check_team_series(team, ask(), WEEKLY)

    ((start, refused),) = verdict.conflicts
    assert (verdict.free, start) == ((), WEEKLY[1])
    assert [member.member_id for member in refused.members] == [1, 2, 3]


def test_a_series_needs_the_same_host_each_time() -> None:
    first = [event("2026-11-23 10:00", "2026-11-23 11:00")]

    assert clashes(robin(host(1, busy=[event(*SECOND)]), host(2, busy=first))) == ["2026-11-30"]


def test_the_chosen_hosts_are_checked_by_themselves() -> None:
    team = robin(host(1, busy=[event(*SECOND)]), host(2))

    assert check_team_series(team, ask(), WEEKLY, company=(2,)).conflicts == ()
    refused = check_team_series(team, ask(), WEEKLY, company=(1,))
    assert [start for start, _ in refused.conflicts] == [WEEKLY[1]]
    assert refused.free == ()


def test_fixed_hosts_and_rooms_serve_each_time() -> None:
    booked = booking(*SECOND)

    assert clashes(robin(host(1, is_fixed=True, own=[booked]), host(2))) == ["2026-11-30"]
    assert clashes(robin(host(1), resources=(room(booked),))) == ["2026-11-30"]


def test_a_teams_limits_count_the_earlier_occurrences() -> None:
    twice = Tally(limits=Limits(bookings=PeriodLimits(year=2)))

    assert clashes(robin(host(1), host(2), tallies=(twice,))) == ["2026-12-07"]
    assert clashes(robin(host(1, tallies=(twice,)))) == ["2026-12-07"]
    assert clashes(robin(host(1, tallies=(twice,)), host(2))) == []


def test_earlier_occurrences_take_the_room_along() -> None:
    hourly = (at(f"{MONDAY} 09:00"), at(f"{MONDAY} 10:00"))
    team = robin(host(1), resources=(room(floor=15),), buffer_after_minutes=0)

    verdict = check_team_series(team, ask(), hourly)

    assert [member.member_id for _, v in verdict.conflicts for member in v.members] == [90]


def test_a_seated_series_takes_a_seat_each_time() -> None:
    guest = booking("10:00", "11:00", event_type_id=EVENT_TYPE, seats=2)

    verdict = check_team_series(robin(host(1), host(2, own=[guest]), seats=3), ask(), WEEKLY)

    assert (verdict.free, verdict.conflicts) == ((2,), ())
