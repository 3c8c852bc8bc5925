from __future__ import annotations

from datetime import date

import pytest

from booking.availability.hours import (
    OFFICE_WEEK,
    OutOfOffice,
    Override,
    WorkingHours,
    parse_overrides,
    parse_weekly,
)
from booking.core.errors import InvalidInput
from tests.availability.scene import UTC, away, minutes, override, trip


def rule(*days: str, start: str = "09:00", end: str = "17:00") -> dict[str, object]:
    return {"days": list(days), "start": start, "end": end}


def faults(refused: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [fault.pointer for fault in refused.value.fields]


def test_a_rule_opens_each_of_its_days() -> None:
    week = parse_weekly([rule("mon", "tue", "wed", "thu", "fri")])

    assert week == OFFICE_WEEK


def test_touching_and_overlapping_rules_join() -> None:
    week = parse_weekly(
        [
            rule("mon", end="12:00"),
            rule("mon", start="12:00"),
            rule("mon", start="16:00", end="18:00"),
        ]
    )

    assert week[0] == minutes("09:00-18:00")


def test_a_minute_to_midnight_is_read_as_midnight() -> None:
    assert parse_weekly([rule("sun", end="23:59")])[6] == ((540, 1440),)
    assert parse_weekly([rule("sun", end="24:00")])[6] == ((540, 1440),)


def test_a_week_without_rules_is_closed() -> None:
    assert parse_weekly([]) == ((),) * 7


@pytest.mark.parametrize(
    ("value", "pointers"),
    [
        ("mon", ["/weekly"]),
        ({"days": ["mon"]}, ["/weekly"]),
        (None, ["/weekly"]),
        ([7], ["/weekly/0"]),
        ([rule("mon", start="17:00", end="09:00")], ["/weekly/0/end"]),
        ([rule("mon", start="09:00", end="09:00")], ["/weekly/0/end"]),
        ([rule("mon", start="22:00", end="02:00")], ["/weekly/0/end"]),
        ([rule("mon", start="24:00", end="24:00")], ["/weekly/0/end"]),
        ([rule("mon", start="9:00")], ["/weekly/0/start"]),
        ([rule("mon", start="09:60", end="25:00")], ["/weekly/0/start", "/weekly/0/end"]),
        ([rule("mon", start="٠٩:00")], ["/weekly/0/start"]),
        ([{"days": ["mon"]}], ["/weekly/0/start", "/weekly/0/end"]),
        ([rule()], ["/weekly/0/days"]),
        ([{"days": "mon", "start": "09:00", "end": "10:00"}], ["/weekly/0/days"]),
        ([rule("mon"), rule("mon", "funday")], ["/weekly/1/days/1"]),
        ([{"days": [["mon"]], "start": "09:00", "end": "10:00"}], ["/weekly/0/days/0"]),
    ],
)
def test_every_fault_of_a_week_is_named_by_its_pointer(value: object, pointers: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_weekly(value)

    assert faults(refused) == pointers


def test_overrides_come_sorted_by_date_and_may_hold_several_intervals_or_none() -> None:
    parsed = parse_overrides(
        [
            {"date": "2026-12-24", "intervals": []},
            {
                "date": "2026-12-23",
                "intervals": [
                    {"start": "13:00", "end": "15:00"},
                    {"start": "09:00", "end": "10:00"},
                ],
            },
        ]
    )

    assert parsed == (override("2026-12-23", "09:00-10:00 13:00-15:00"), override("2026-12-24"))


@pytest.mark.parametrize(
    ("value", "pointers"),
    [
        ({}, ["/overrides"]),
        ([{"intervals": []}], ["/overrides/0/date"]),
        ([{"date": "2026-02-29"}], ["/overrides/0/date"]),
        ([{"date": "20260228"}], ["/overrides/0/date"]),
        ([{"date": 20260228}], ["/overrides/0/date"]),
        ([{"date": "2026-12-24"}, {"date": "2026-12-24"}], ["/overrides/1/date"]),
        ([{"date": "2026-12-24", "intervals": "all"}], ["/overrides/0/intervals"]),
        (
            [{"date": "2026-12-24", "intervals": [{"start": "12:00", "end": "11:00"}]}],
            ["/overrides/0/intervals/0/end"],
        ),
    ],
)
def test_every_fault_of_overrides_is_named_by_its_pointer(
    value: object, pointers: list[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_overrides(value)

    assert faults(refused) == pointers


def test_two_overrides_of_one_date_cannot_stand_in_a_value_either() -> None:
    with pytest.raises(InvalidInput) as refused:
        WorkingHours(
            zone=UTC, overrides=(override("2026-12-24"), Override(date=date(2026, 12, 24)))
        )

    assert faults(refused) == ["/overrides"]


def test_two_journeys_cannot_share_a_date() -> None:
    trips = (trip("2026-12-05", "2026-12-09", "UTC"), trip("2026-12-01", "2026-12-05", "UTC"))

    with pytest.raises(InvalidInput) as refused:
        WorkingHours(zone=UTC, travel=trips)

    assert faults(refused) == ["/travel"]


def test_an_absence_cannot_end_before_it_starts() -> None:
    with pytest.raises(InvalidInput):
        OutOfOffice(first=date(2026, 12, 2), last=date(2026, 12, 1))

    assert away("2026-12-01", "2026-12-01").last == date(2026, 12, 1)
