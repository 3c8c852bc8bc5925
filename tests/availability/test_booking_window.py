"""When a slot may be booked: notice, every kind of window, and what the clock does to answers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from booking.availability.calculator import check_slot, find_slots, grouped
from booking.availability.facts import Ask
from booking.availability.hours import WorkingHours
from booking.availability.rules import BookingWindow, WindowType
from booking.core.zones import zone
from tests.availability.scene import (
    BERLIN,
    MONDAY,
    UTC,
    ask,
    at,
    daily,
    day_wall,
    event,
    found,
    hold,
    offer,
    override,
)

FRIDAY = "2026-11-20"


def window(kind: str, **more: Any) -> BookingWindow:
    return BookingWindow(type=WindowType(kind), **more)


def dates(question: Ask, **rules: Any) -> list[str]:
    """Return the dates (day of November or December) that have a slot."""
    answer = find_slots(offer(**rules), question)
    return [f"{day:%m-%d}" for day, _ in grouped(answer.slots, question.guest_zone)]


def ahead(days: int, *, now: str = f"{FRIDAY} 12:00") -> Ask:
    """Return a question about so many days from FRIDAY on."""
    last = date.fromisoformat(FRIDAY) + timedelta(days=days)
    return ask(FRIDAY, f"{last}", now=now)


def test_notice_hides_what_starts_too_soon() -> None:
    situation = offer(minimum_notice_minutes=120)

    assert found(situation, ask(now=f"{MONDAY} 12:00"))[0] == "14:00"
    assert found(situation, ask(now=f"{MONDAY} 12:01"))[0] == "15:00"


def test_nothing_is_offered_in_the_past() -> None:
    assert found(offer(), ask(now=f"{MONDAY} 15:30")) == ["16:00"]


def test_rolling_days_are_today_and_so_many_more() -> None:
    assert dates(ahead(10), window=window("rolling_days", days=2)) == ["11-20", "11-21", "11-22"]
    assert dates(ahead(10), window=window("rolling_days", days=0)) == ["11-20"]


def test_rolling_days_end_with_the_local_day_of_the_schedule() -> None:
    hours = WorkingHours(zone=zone("Pacific/Apia"), weekly=daily("00:00-24:00"))
    situation = offer(hours, window=window("rolling_days", days=0))

    slots = find_slots(situation, ask(FRIDAY, "2026-11-25", now=f"{FRIDAY} 12:00")).slots

    assert day_wall(slots[-1].start, zone("Pacific/Apia")) == "2026-11-21 23:00"


@pytest.mark.parametrize(
    ("now", "days", "last"),
    [
        ("2026-11-20 12:00", 1, "11-23"),
        ("2026-11-20 12:00", 5, "11-27"),
        ("2026-11-20 12:00", 6, "11-30"),
        ("2026-11-21 12:00", 1, "11-23"),
        ("2026-11-21 12:00", 5, "11-27"),
        ("2026-11-22 12:00", 10, "12-04"),
        ("2026-11-23 12:00", 4, "11-27"),
        ("2026-11-23 12:00", 5, "11-30"),
        ("2026-11-21 12:00", 0, "11-21"),
    ],
)
def test_business_days_are_counted_without_the_weekend(now: str, days: int, last: str) -> None:
    shown = dates(ahead(40, now=now), window=window("rolling_business_days", days=days))

    assert shown[-1] == last


def test_the_weekend_between_business_days_stays_open() -> None:
    shown = dates(ahead(10), window=window("rolling_business_days", days=1))

    assert shown == ["11-20", "11-21", "11-22", "11-23"]


def test_available_days_are_those_that_have_a_slot() -> None:
    full = [event(f"2026-11-{day} 08:00", f"2026-11-{day} 18:00") for day in (21, 23)]

    shown = dates(ahead(40), busy=full, window=window("rolling_available_days", days=3))

    assert shown == ["11-20", "11-22", "11-24"]


def test_available_days_do_not_hang_on_the_period_asked_about() -> None:
    rules = {"window": window("rolling_available_days", days=3)}

    assert dates(ask("2026-11-22", "2026-11-26", now=FRIDAY + " 12:00"), **rules) == ["11-22"]
    assert dates(ask("2026-11-23", "2026-11-26", now=FRIDAY + " 12:00"), **rules) == []


def test_available_days_are_looked_for_sixty_one_days_ahead() -> None:
    closed = WorkingHours(
        zone=UTC,
        weekly=daily(""),
        overrides=(override("2027-01-20", "09:00-10:00"), override("2027-01-21", "09:00-10:00")),
    )

    rules = {"hours": closed, "window": window("rolling_available_days", days=2)}

    assert dates(ahead(90), **rules) == ["01-20"]


def test_a_range_holds_its_first_date_and_its_last() -> None:
    span = window("range", start_date=date(2026, 11, 22), end_date=date(2026, 11, 23))

    assert dates(ahead(10), window=span) == ["11-22", "11-23"]


def test_a_range_is_one_of_dates_in_the_schedules_zone() -> None:
    span = window("range", start_date=date(2026, 11, 23), end_date=date(2026, 11, 23))
    hours = WorkingHours(zone=BERLIN, weekly=daily("00:00-24:00"))

    slots = find_slots(offer(hours, window=span), ask("2026-11-22", "2026-11-25")).slots

    assert (day_wall(slots[0].start), day_wall(slots[-1].start)) == (
        "2026-11-22 23:00",
        "2026-11-23 22:00",
    )


@pytest.mark.parametrize("days", [0, 3])
def test_the_window_holds_when_booking_too(days: int) -> None:
    situation = offer(window=window("rolling_days", days=days))

    verdict = check_slot(situation, ask(now=FRIDAY), at(f"{MONDAY} 09:00"))

    assert verdict.is_ok == (days == 3)


def good_until(question: Ask | None = None, **more: Any) -> str | None:
    moment = find_slots(offer(**more), question or ask()).good_until
    return None if moment is None else day_wall(moment)


def test_an_answer_without_a_slot_is_good_for_ever() -> None:
    assert good_until(hours="09:00-09:30") is None


def test_an_answer_is_good_until_its_first_slot_falls_under_the_notice() -> None:
    answer = find_slots(offer(minimum_notice_minutes=120), ask())

    assert answer.good_until == at(f"{MONDAY} 07:00") + 1


def test_an_answer_is_good_until_a_hold_expires() -> None:
    held = hold("10:00", "11:00", expires_at=at("2026-11-20 00:05"))

    assert good_until(own=[held]) == "2026-11-20 00:05"


def test_the_askers_own_hold_does_not_shorten_the_answer() -> None:
    held = hold("10:00", "11:00", ref=3, expires_at=at("2026-11-20 00:05"))

    assert good_until(ask(own_hold=3), own=[held]) == "2026-11-23 09:00"


def test_an_answer_is_good_until_midnight_where_the_window_ends_inside_the_period() -> None:
    rolling = {"window": window("rolling_days", days=3)}

    assert good_until(ask(MONDAY, "2026-11-25"), **rolling) == "2026-11-21 00:00"
    assert good_until(ask(MONDAY, "2026-11-24"), **rolling) == "2026-11-23 09:00"


def test_a_range_does_not_move_with_the_date() -> None:
    span = window("range", start_date=date(2026, 11, 23), end_date=date(2026, 11, 23))

    assert good_until(ask(MONDAY, "2026-11-30"), window=span) == "2026-11-23 09:00"
