"""Full days, ISO weeks, months and years; the new booking counts."""

from __future__ import annotations

from typing import Any

import pytest

from booking.availability.calculator import check_slot, needed
from booking.availability.facts import Counted, Situation, Tally
from booking.availability.hours import WorkingHours
from booking.availability.rules import Limits, PeriodLimits
from booking.core.zones import zone
from tests.availability.scene import ask, at, daily, day_wall, found, offer


def counted(*moments: str, minutes: int = 60) -> tuple[Counted, ...]:
    return tuple(Counted(at(moment), minutes, ref) for ref, moment in enumerate(moments, 1))


def tally(*rows: Counted, minutes: PeriodLimits | None = None, **most: Any) -> Tally:
    limits = Limits(bookings=PeriodLimits(**most), minutes=minutes or PeriodLimits())
    return Tally(limits=limits, counted=rows)


def limited(*tallies: Tally, hours: str | WorkingHours = "09:00-17:00", **more: Any) -> Situation:
    return offer(hours, facts={"tallies": tallies}, **more)


def is_open(situation: Situation, moment: str) -> bool:
    return check_slot(situation, ask(now="2026-01-01"), at(moment)).is_ok


@pytest.mark.parametrize(
    ("kind", "same", "other"),
    [
        ("day", "2026-11-23 16:00", "2026-11-24 09:00"),
        ("week", "2026-11-29 09:00", "2026-11-30 09:00"),
        ("month", "2026-11-01 09:00", "2026-12-01 09:00"),
        ("year", "2026-12-31 09:00", "2027-01-01 09:00"),
    ],
)
def test_a_full_period_closes_to_its_last_day(kind: str, same: str, other: str) -> None:
    most: dict[str, Any] = {kind: 1}
    situation = limited(tally(*counted("2026-11-23 09:00"), **most))

    assert not is_open(situation, same)
    assert is_open(situation, other)


def test_the_iso_week_runs_across_the_new_year() -> None:
    situation = limited(tally(*counted("2026-12-30 09:00"), week=1))

    assert not is_open(situation, "2027-01-03 09:00")
    assert is_open(situation, "2027-01-04 09:00")


def test_the_new_booking_counts() -> None:
    rows = counted("2026-11-23 09:00", "2026-11-23 10:00")

    assert found(limited(tally(*rows, day=2))) == []
    assert found(limited(tally(*rows, day=3))) != []


def test_minutes_are_summed_with_those_of_the_new_booking() -> None:
    rows = counted("2026-11-23 09:00", minutes=45)

    assert found(limited(tally(*rows, minutes=PeriodLimits(day=104)))) == []
    assert found(limited(tally(*rows, minutes=PeriodLimits(day=105)))) != []


def test_a_slot_longer_than_the_minutes_of_a_period_never_fits() -> None:
    assert found(limited(tally(minutes=PeriodLimits(week=30)))) == []


def test_a_shorter_duration_may_fit_where_the_usual_one_does_not() -> None:
    limits = tally(*counted("2026-11-23 09:00", minutes=45), minutes=PeriodLimits(day=90))
    situation = offer("09:00-10:00", durations_minutes=(30,), facts={"tallies": (limits,)})

    assert found(situation) == []
    assert found(situation, ask(duration_minutes=30)) == ["09:00", "09:30"]


def test_the_booking_that_is_being_moved_leaves_every_count() -> None:
    situation = limited(tally(*counted("2026-11-23 09:00"), day=1, week=1))

    assert found(situation) == []
    assert found(situation, ask(moving=1)) != []


def test_a_teams_limits_close_as_well_as_the_event_types() -> None:
    own, team = tally(day=5), tally(*counted("2026-11-23 09:00"), day=1)

    assert found(limited(own, team)) == []


def test_a_day_is_one_of_the_schedules_zone() -> None:
    where = zone("Asia/Kolkata")
    hours = WorkingHours(zone=where, weekly=daily("00:00-24:00"))
    situation = limited(tally(*counted("2026-11-23 18:00"), day=1), hours=hours)

    assert is_open(situation, "2026-11-22 17:30")
    assert not is_open(situation, "2026-11-22 18:30")
    assert not is_open(situation, "2026-11-23 17:30")
    assert is_open(situation, "2026-11-23 18:30")


def test_what_is_counted_is_needed_for_the_whole_longest_period() -> None:
    span = needed(limited(tally(day=1, month=9)), ask("2026-11-23", "2026-12-02")).counted

    assert span is not None
    assert [day_wall(edge) for edge in span] == ["2026-11-01 00:00", "2027-01-01 00:00"]
