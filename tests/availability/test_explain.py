"""Why not? Each situation names its one cause, and the stretch it stands on."""

from __future__ import annotations

import pytest

from booking.availability.calculator import check_slot, explain
from booking.availability.facts import Ask, Situation
from booking.availability.hours import WorkingHours
from booking.availability.reasons import Reason, ReasonCode
from booking.availability.rules import (
    WindowType,
)
from booking.core.instants import Instant
from booking.core.zones import zone
from tests.availability.scene import (
    MONDAY,
    UTC,
    ask,
    at,
    booking,
    daily,
    day_wall,
    event,
    hold,
    offer,
    wall,
)
from tests.availability.situations import SITUATIONS, limited, window


def reasons(situation: Situation, question: Ask | None = None) -> dict[str, list[Reason]]:
    """Return the reasons against each candidate of MONDAY, by its wall time."""
    days = explain(situation, question or ask())
    return {wall(c.start): list(c.reasons) for day in days for c in day.candidates}


def told(reason: Reason) -> str:
    """Return "code from-to"; a dot stands for an end that is not there."""
    edges = (reason.start, reason.end)
    since, until = (". " if edge is None else day_wall(edge)[8:] for edge in edges)
    return f"{reason.code} {since} - {until}".replace("23 ", "").replace(". ", ".")


@pytest.mark.parametrize(
    ("situation", "start", "expected"),
    [situation[1:] for situation in SITUATIONS],
    ids=[situation[0] for situation in SITUATIONS],
)
def test_the_cause_is_named(situation: Situation, start: str, expected: list[str]) -> None:
    assert sorted(told(reason) for reason in reasons(situation)[start]) == sorted(expected)


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
