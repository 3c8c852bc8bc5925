"""Why not? Each situation names its one cause, and the stretch it stands on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from booking.availability.calculator import check_slot, explain
from booking.availability.facts import Ask, Counted, Coverage, Situation, Tally
from booking.availability.hours import WorkingHours
from booking.availability.reasons import Reason, ReasonCode
from booking.availability.rules import (
    BookingWindow,
    Limits,
    OnStale,
    PeriodLimits,
    WindowType,
)
from booking.core.instants import Instant
from booking.core.zones import zone
from tests.availability.scene import (
    EVENT_TYPE,
    MONDAY,
    UTC,
    ask,
    at,
    away,
    booking,
    daily,
    day_wall,
    event,
    hold,
    offer,
    override,
    wall,
)


def reasons(situation: Situation, question: Ask | None = None) -> dict[str, list[Reason]]:
    """Return the reasons against each candidate of MONDAY, by its wall time."""
    days = explain(situation, question or ask())
    return {wall(c.start): list(c.reasons) for day in days for c in day.candidates}


def told(reason: Reason) -> str:
    """Return "code from-to"; a dot stands for an end that is not there."""
    edges = (reason.start, reason.end)
    since, until = (". " if edge is None else day_wall(edge)[8:] for edge in edges)
    return f"{reason.code} {since} - {until}".replace("23 ", "").replace(". ", ".")


def window(kind: WindowType, **more: Any) -> BookingWindow:
    return BookingWindow(type=kind, **more)


def limited(minutes: int | None = None, **most: int) -> dict[str, Any]:
    limits = Limits(bookings=PeriodLimits(**most), minutes=PeriodLimits(day=minutes))
    return {"tallies": (Tally(limits=limits, counted=(Counted(at(MONDAY), 60, 1),)),)}


def hours(**more: Any) -> WorkingHours:
    return WorkingHours(zone=UTC, weekly=daily(), **more)


def stale(start: str, end: str, read: str = "2026-11-20") -> dict[str, Any]:
    coverage = Coverage(
        calendar_id=4, start=at(start), end=at(end), synced_at=at(read), max_age=600
    )
    return {"coverage": (coverage,)}


SITUATIONS: list[tuple[str, Situation, str, list[str]]] = [
    ("an event inside", offer(busy=[event("11:10", "11:50")]), "11:00",
     ["busy_calendar 11:10 - 11:50"]),
    ("an event over the start", offer(busy=[event("10:30", "11:30")]), "11:00",
     ["busy_calendar 10:30 - 11:30"]),
    ("an event of no length", offer(busy=[event("11:30", "11:30")]), "11:00",
     ["busy_calendar 11:30 - 11:30"]),
    ("two events", offer(busy=[event("11:00", "11:15"), event("11:30", "12:00")]), "11:00",
     ["busy_calendar 11:00 - 11:15", "busy_calendar 11:30 - 12:00"]),
    ("a booking", offer(own=[booking("11:00", "12:00")]), "11:00", ["booking 11:00 - 12:00"]),
    ("a hold", offer(own=[hold("11:00", "12:00")]), "11:00", ["hold 11:00 - 12:00"]),
    ("a buffer before an event", offer(busy=[event("12:00", "13:00")], buffer_after_minutes=15),
     "11:00", ["buffer 11:45 - 12:00"]),
    ("a buffer after an event", offer(busy=[event("10:00", "11:00")], buffer_before_minutes=10),
     "11:00", ["buffer 11:00 - 11:10"]),
    ("a booking's own buffer", offer(own=[booking("10:00", "11:00", after=20)]), "11:00",
     ["buffer 11:00 - 11:20"]),
    ("the host's floor", offer(busy=[event("12:00", "13:00")], floor=5), "11:00",
     ["buffer 11:55 - 12:00"]),
    ("an override that opens later",
     offer(hours(overrides=(override(MONDAY, "13:00-17:00"),))), "11:00",
     ["override 00:00 - 24 00:00"]),
    ("an override that closes", offer(hours(overrides=(override(MONDAY),))), "11:00",
     ["override 00:00 - 24 00:00"]),
    ("an absence", offer(hours(out_of_office=(away(MONDAY, "2026-11-25"),))), "11:00",
     ["out_of_office 00:00 - 26 00:00"]),
    ("a restriction", offer(restriction=WorkingHours(zone=UTC, weekly=daily("09:00-11:00"))),
     "11:00", ["outside_hours 11:00 - 24 09:00"]),
    ("a rolling window", offer(window=window(WindowType.ROLLING_DAYS, days=2)), "11:00",
     ["window 00:00 - ."]),
    ("business days", offer(window=window(WindowType.ROLLING_BUSINESS_DAYS, days=0)), "11:00",
     ["window 21 00:00 - ."]),
    ("available days", offer(window=window(WindowType.ROLLING_AVAILABLE_DAYS, days=3)), "11:00",
     ["window 00:00 - ."]),
    ("a range that is over",
     offer(window=window(WindowType.RANGE, start_date=date(2026, 11, 1),
                         end_date=date(2026, 11, 22))), "11:00", ["window 00:00 - ."]),
    ("a range yet to begin",
     offer(window=window(WindowType.RANGE, start_date=date(2026, 11, 24),
                         end_date=date(2026, 11, 30))), "11:00", ["window . - 24 00:00"]),
    ("a full day", offer(facts=limited(day=1)), "11:00", ["limit 00:00 - 24 00:00"]),
    ("a full week", offer(facts=limited(week=1)), "11:00", ["limit 00:00 - 30 00:00"]),
    ("a day full of minutes", offer(facts=limited(minutes=90)), "11:00",
     ["limit 00:00 - 24 00:00"]),
    ("not the first slot", offer(first_slot_only=True), "11:00", ["limit 09:00 - 10:00"]),
    ("a calendar not covered", offer(facts=stale("2026-11-01", f"{MONDAY} 11:30"),
                                     on_stale=OnStale.HIDE), "11:00", ["stale 11:30 - ."]),
    ("a calendar grown old", offer(facts=stale("2026-11-01", "2026-12-01", "2026-11-19"),
                                   on_stale=OnStale.HIDE), "11:00", ["stale . - ."]),
    ("a full seated slot",
     offer(seats=1, own=[booking("11:00", "12:00", event_type_id=EVENT_TYPE)]), "11:00",
     ["booking 11:00 - 12:00"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("situation", "start", "expected"),
    [situation[1:] for situation in SITUATIONS],
    ids=[situation[0] for situation in SITUATIONS],
)
def test_the_cause_is_named(situation: Situation, start: str, expected: list[str]) -> None:
    assert [told(reason) for reason in reasons(situation)[start]] == expected


def test_notice_is_named_from_now_on() -> None:
    named = reasons(offer(minimum_notice_minutes=120), ask(now=f"{MONDAY} 10:00"))

    assert [told(reason) for reason in named["11:00"]] == ["notice 10:00 - 12:00"]
    assert [told(reason) for reason in named["09:00"]] == ["notice 10:00 - 12:00"]
    assert named["12:00"] == []


def test_every_reason_is_named_and_not_only_the_first() -> None:
    situation = offer(
        busy=[event("11:00", "12:00", calendar_id=3)],
        own=[booking("11:30", "12:30", ref=8)],
        facts=limited(day=1),
        minimum_notice_minutes=120,
    )

    codes = {reason.code for reason in reasons(situation, ask(now=f"{MONDAY} 10:00"))["11:00"]}

    assert codes == {
        ReasonCode.BUSY_CALENDAR,
        ReasonCode.BOOKING,
        ReasonCode.LIMIT,
        ReasonCode.NOTICE,
    }


def test_a_reason_carries_the_row_behind_it() -> None:
    own = [booking("12:00", "13:00", ref=8), hold("13:00", "14:00", ref=9)]
    named = reasons(offer(busy=[event("11:00", "12:00", calendar_id=3)], own=own))

    assert (named["11:00"][0].calendar_id, named["11:00"][0].ref) == (3, 103)
    assert (named["12:00"][0].booking_id, named["12:00"][0].hold_id) == (8, None)
    assert (named["13:00"][0].booking_id, named["13:00"][0].hold_id) == (None, 9)


def test_a_rule_is_named_where_one_is_behind_it() -> None:
    assert reasons(offer(facts=limited(week=1)))["11:00"][0].rule == "bookings.week"
    assert reasons(offer(facts=limited(minutes=60)))["11:00"][0].rule == "minutes.day"
    assert reasons(offer(first_slot_only=True))["11:00"][0].rule == "first_slot_only"
    rolling = offer(window=window(WindowType.ROLLING_DAYS, days=0))
    assert reasons(rolling)["11:00"][0].rule == "rolling_days"
    restricted = offer(restriction=WorkingHours(zone=UTC, weekly=daily("09:00-10:00")))
    assert reasons(restricted)["11:00"][0].rule == "restriction"


def test_what_is_offered_stands_among_the_candidates_without_a_reason() -> None:
    named = reasons(offer("09:00-12:00", busy=[event("10:10", "10:40")]))

    assert [start for start, found in named.items() if not found] == ["09:00", "11:00"]
    assert list(named) == ["09:00", "10:00", "11:00"]


def test_each_of_the_guests_dates_shows_the_hours_inside_it() -> None:
    tokyo = zone("Asia/Tokyo")

    days = explain(offer("12:00-18:00"), ask(MONDAY, "2026-11-25", where=tokyo))

    assert [str(day.date) for day in days] == ["2026-11-23", "2026-11-24"]
    shown = [[wall(edge, tokyo) for span in day.hours for edge in span] for day in days]
    assert shown == [["00:00", "03:00", "21:00", "00:00"], ["00:00", "03:00", "21:00", "00:00"]]


@pytest.mark.parametrize(
    ("start", "codes"),
    [
        ("09:30", [ReasonCode.OFF_GRID]),
        ("08:00", [ReasonCode.OUTSIDE_HOURS]),
        ("16:30", [ReasonCode.OUTSIDE_HOURS]),
        ("13:00", [ReasonCode.BUSY_CALENDAR]),
        ("10:00", []),
    ],
)
def test_a_check_refuses_with_every_reason(start: str, codes: list[ReasonCode]) -> None:
    situation = offer(busy=[event("13:00", "14:00")])

    verdict = check_slot(situation, ask(), at(f"{MONDAY} {start}"))

    assert [reason.code for reason in verdict.reasons] == codes
    assert verdict.is_ok == (not codes)


def test_a_start_that_is_no_whole_minute_is_off_the_grid() -> None:
    verdict = check_slot(offer(), ask(), Instant(at(f"{MONDAY} 10:00") + 1))

    assert [reason.code for reason in verdict.reasons] == [ReasonCode.OFF_GRID]
