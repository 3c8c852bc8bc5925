"""Rules made to hurt: each is refused or done within the two seconds promised."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from booking.core.event import CalendarEvent, ExtraDate, Recurrence
from booking.core.recurrence import TooComplex, canonical_rule, occurrences
from booking.core.recurrence_rule import rule_of
from tests.core.series import BERLIN, all_day, local, series, timed, wall, window

SECONDS = 2.0


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=2",
        "FREQ=HOURLY;INTERVAL=24",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=999999999",
        "FREQ=DAILY;" + "BYDAY=" + ",".join(["MO"] * 1_000),
    ],
)
def test_bombs_are_refused_with_a_reason(rule: str) -> None:
    with pytest.raises(TooComplex, match="the rule"):
        canonical_rule(rule, timed("2026-01-05T09:00"))


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "COUNT=3",
        "FREQ=OFTEN",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=many",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;BYMONTH=",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=DAILY;BYMONTHDAY=0",
        "FREQ=DAILY;BYDAY=XX",
        "FREQ=MONTHLY;BYDAY=99MO",
        "FREQ=DAILY;UNTIL=tomorrow",
        "FREQ=DAILY;UNTIL=20260231",
        "FREQ=DAILY;UNTIL=00010101",
        "FREQ=DAILY;X-MORE=1",
        "FREQ=DAILY;WKST=NO",
        "RSCALE=CHINESE;FREQ=YEARLY",
        "FREQ=MONTHLY;SKIP=FORWARD",
        "FREQ=DAILY;COUNT=\u0661",
    ],
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=r"the rule|Gregorian|year|day"):
        canonical_rule(rule, timed("2026-01-05T09:00"))


def test_a_rule_for_every_minute_of_a_day_is_refused() -> None:
    minutes = ",".join(str(minute) for minute in range(60))
    text = canonical_rule(f"FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE={minutes}", timed("2026-01-05T09:00"))

    with pytest.raises(TooComplex, match="times a day"):
        rule_of(text, "Europe/Berlin")


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=366",
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=366;BYMONTH=2",
        "FREQ=DAILY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=7;INTERVAL=1000",
    ],
)
def test_a_rule_that_never_matches_leaves_its_start_alone(rule: str) -> None:
    event = series(timed("2026-01-05T09:00"), rule)

    assert local(event, "2026-01-01T00:00", "2028-01-01T00:00") == ["2026-01-05 09:00-10:00"]


def test_a_count_of_a_thousand_million_is_walked_only_to_the_window() -> None:
    event = series(timed("2020-01-05T09:00"), "FREQ=DAILY;COUNT=999999999")

    assert len(local(event, "2026-01-01T00:00", "2027-01-01T00:00")) == 365


def test_a_daily_rule_since_1604_is_counted_or_skipped() -> None:
    counted = series(all_day("1604-01-01"), "FREQ=DAILY;COUNT=154200")
    endless = series(all_day("1604-01-01"), "FREQ=DAILY")

    assert len(local(counted, "2026-01-01T00:00", "2027-01-01T00:00")) > 0
    assert len(local(endless, "2026-01-01T00:00", "2027-01-01T00:00")) == 365


def test_positions_in_every_year_since_1600_cost_little() -> None:
    rule = "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=9;BYSETPOS=1,-1,183;COUNT=999999999"
    event = series(timed("1601-01-05T09:00"), rule)

    assert len(local(event, "2026-01-01T00:00", "2027-01-01T00:00")) == 3


def test_many_rules_share_one_budget() -> None:
    rules = [f"FREQ=DAILY;COUNT={10**8 + number}" for number in range(50)]
    event = series(timed("1900-01-05T09:00"), *rules)

    with pytest.raises(TooComplex, match="work"):
        occurrences(event, window("2026-01-01T00:00", "2027-01-01T00:00"), BERLIN)


def test_more_than_five_thousand_instances_at_once_are_refused() -> None:
    hours = ",".join(str(hour) for hour in range(24))
    event = series(timed("2026-01-05T00:00", minutes=5), f"FREQ=DAILY;BYHOUR={hours}")

    with pytest.raises(TooComplex, match="5000 instances"):
        occurrences(event, window("2026-01-01T00:00", "2027-01-01T00:00"), BERLIN)


def test_more_than_five_thousand_single_dates_are_refused() -> None:
    day = wall("2026-01-05T09:00")
    extra = tuple(ExtraDate(start=day.replace(year=2000 + n % 50)) for n in range(5_001))
    event = series(timed("2026-01-05T09:00"), extra=extra)

    with pytest.raises(TooComplex, match="single dates"):
        occurrences(event, window("2026-01-01T00:00", "2027-01-01T00:00"), BERLIN)


def test_instances_that_last_for_centuries_are_refused() -> None:
    event = series(all_day("1700-01-01", days=100_000), "FREQ=DAILY")

    with pytest.raises(TooComplex, match="days"):
        occurrences(event, window("2026-01-01T00:00", "2027-01-01T00:00"), BERLIN)


def test_a_single_event_may_last_for_centuries() -> None:
    event = CalendarEvent(uid="a", when=all_day("1700-01-01", days=200_000))

    assert len(occurrences(event, window("2026-01-01T00:00", "2027-01-01T00:00"), BERLIN)) == 1


def test_a_negative_count_as_some_exporters_write_it_means_no_end() -> None:
    assert canonical_rule("FREQ=DAILY;COUNT=-1", timed("2026-01-05T09:00")) == "FREQ=DAILY"


def test_a_rule_at_the_edge_of_all_years_does_not_overflow() -> None:
    event = series(timed("9890-01-05T09:00"), "FREQ=DAILY")

    assert event.recurrence != Recurrence()
    assert local(event, "2026-01-01T00:00", "2027-01-01T00:00") == []
