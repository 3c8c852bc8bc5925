from __future__ import annotations

from datetime import date

import pytest

from booking.availability.fields import RULE_FIELDS, parse_limits, parse_rules, parse_window
from booking.availability.rules import (
    Alignment,
    BookingWindow,
    Limits,
    OnStale,
    PeriodLimits,
    SlotRules,
    WindowType,
)
from booking.core.errors import InvalidInput


def pointers_of(fields: dict[str, object]) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        parse_rules(fields)
    return [fault.pointer for fault in refused.value.fields]


def test_a_duration_is_enough() -> None:
    rules = parse_rules({"duration_minutes": 30})

    assert rules == SlotRules(duration_minutes=30)
    assert rules.minimum_notice_minutes == 120
    assert rules.window.type is WindowType.UNLIMITED


def test_every_field_is_read() -> None:
    rules = parse_rules(
        {
            "duration_minutes": 30,
            "durations_minutes": [15, 45],
            "slot_interval_minutes": 20,
            "slot_alignment": "clock",
            "start_offset_minutes": 5,
            "buffer_before_minutes": 1,
            "buffer_after_minutes": 2,
            "minimum_notice_minutes": 3,
            "window": {"type": "rolling_days", "days": 4},
            "limits": {"bookings": {"day": 1, "week": None}, "minutes": {"month": 90}},
            "first_slot_only": True,
            "seats": 6,
            "on_stale": "hide",
            "title": "Not a rule",
        }
    )

    assert rules == SlotRules(
        duration_minutes=30,
        durations_minutes=(15, 45),
        slot_interval_minutes=20,
        slot_alignment=Alignment.CLOCK,
        start_offset_minutes=5,
        buffer_before_minutes=1,
        buffer_after_minutes=2,
        minimum_notice_minutes=3,
        window=BookingWindow(type=WindowType.ROLLING_DAYS, days=4),
        limits=Limits(bookings=PeriodLimits(day=1), minutes=PeriodLimits(month=90)),
        first_slot_only=True,
        seats=6,
        on_stale=OnStale.HIDE,
    )


def test_none_takes_the_default() -> None:
    fields = dict.fromkeys(RULE_FIELDS)

    assert parse_rules(fields | {"duration_minutes": 30}) == SlotRules(duration_minutes=30)


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({}, ["/duration_minutes"]),
        ({"duration_minutes": 0}, ["/duration_minutes"]),
        ({"duration_minutes": True}, ["/duration_minutes"]),
        ({"duration_minutes": 30.0}, ["/duration_minutes"]),
        ({"duration_minutes": 1441}, ["/duration_minutes"]),
        ({"duration_minutes": 30, "durations_minutes": [15, 0]}, ["/durations_minutes/1"]),
        ({"duration_minutes": 30, "durations_minutes": "15"}, ["/durations_minutes"]),
        ({"duration_minutes": 30, "durations_minutes": [15, "x"]}, ["/durations_minutes/1"]),
        ({"duration_minutes": 30, "slot_interval_minutes": 0}, ["/slot_interval_minutes"]),
        ({"duration_minutes": 30, "slot_alignment": "round"}, ["/slot_alignment"]),
        ({"duration_minutes": 30, "buffer_after_minutes": -1}, ["/buffer_after_minutes"]),
        ({"duration_minutes": 30, "seats": 0}, ["/seats"]),
        ({"duration_minutes": 30, "first_slot_only": 1}, ["/first_slot_only"]),
        ({"duration_minutes": 30, "on_stale": ["hide"]}, ["/on_stale"]),
        (
            {"seats": "two", "window": 5, "limits": []},
            ["/limits", "/seats", "/window", "/duration_minutes"],
        ),
    ],
)
def test_every_fault_is_named_by_its_pointer(
    fields: dict[str, object], pointers: list[str]
) -> None:
    assert pointers_of(fields) == pointers


@pytest.mark.parametrize(
    ("value", "pointers"),
    [
        ({"type": "soon"}, ["/window/type"]),
        ({"days": 5}, ["/window/type"]),
        ({"type": "rolling_days"}, ["/window/days"]),
        ({"type": "rolling_days", "days": -1}, ["/window/days"]),
        ({"type": "rolling_days", "days": "many"}, ["/window/days"]),
        ({"type": "rolling_available_days", "days": 0}, ["/window/days"]),
        ({"type": "range"}, ["/window/start_date", "/window/end_date"]),
        (
            {"type": "range", "start_date": "2026-02-30", "end_date": "x"},
            [
                "/window/start_date",
                "/window/end_date",
            ],
        ),
        (
            {"type": "range", "start_date": "2026-02-02", "end_date": "2026-02-01"},
            ["/window/end_date"],
        ),
        (
            {"type": "range", "start_date": "0001-01-01", "end_date": "9999-12-31"},
            [
                "/window/start_date",
                "/window/end_date",
            ],
        ),
    ],
)
def test_every_fault_of_a_window_is_named(value: dict[str, object], pointers: list[str]) -> None:
    assert pointers_of({"duration_minutes": 30, "window": value}) == pointers


def test_a_window_of_nothing_is_no_limit() -> None:
    assert parse_window({}) == BookingWindow()


def test_a_range_keeps_its_dates() -> None:
    window = parse_window({"type": "range", "start_date": "2026-12-01", "end_date": "2026-12-24"})

    assert (window.start_date, window.end_date) == (date(2026, 12, 1), date(2026, 12, 24))


@pytest.mark.parametrize(
    ("value", "pointers"),
    [
        ({"bookings": {"day": 3, "week": 2}}, ["/limits/bookings/week"]),
        ({"bookings": {"day": 3, "year": 2}}, ["/limits/bookings/year"]),
        (
            {"minutes": {"week": 90, "month": 60, "year": 80}},
            [
                "/limits/minutes/month",
                "/limits/minutes/year",
            ],
        ),
        ({"bookings": {"day": 0}}, ["/limits/bookings/day"]),
        ({"bookings": {"day": "three"}}, ["/limits/bookings/day"]),
        ({"bookings": {"hour": 1}}, ["/limits/bookings/hour"]),
        ({"seats": {"day": 1}}, ["/limits/seats"]),
        ({"bookings": 5}, ["/limits/bookings"]),
    ],
)
def test_a_longer_period_may_not_have_a_smaller_limit(
    value: dict[str, object], pointers: list[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_limits(value)

    assert [fault.pointer for fault in refused.value.fields] == pointers


def test_limits_may_stay_equal_from_one_period_to_the_next() -> None:
    limits = parse_limits({"bookings": {"day": 2, "month": 2}, "minutes": {}})

    assert limits.bookings == PeriodLimits(day=2, month=2)


def test_a_duration_that_is_not_offered_is_refused() -> None:
    rules = SlotRules(duration_minutes=30, durations_minutes=(15, 60))

    assert [rules.chosen_duration(asked) for asked in (None, 30, 15, 60)] == [30, 30, 15, 60]
    with pytest.raises(InvalidInput) as refused:
        rules.chosen_duration(45)
    assert refused.value.fields[0].pointer == "/duration_minutes"
