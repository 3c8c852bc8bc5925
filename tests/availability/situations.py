"""The table of situations: each with a start that is not offered there, and its causes."""

from __future__ import annotations

from datetime import date
from typing import Any

from booking.availability.facts import Counted, Coverage, Situation, Tally
from booking.availability.hours import WorkingHours
from booking.availability.rules import (
    BookingWindow,
    Limits,
    OnStale,
    PeriodLimits,
    WindowType,
)
from tests.availability.scene import (
    BERLIN,
    EVENT_TYPE,
    MONDAY,
    UTC,
    at,
    away,
    booking,
    daily,
    event,
    hold,
    offer,
    override,
    trip,
)


def window(kind: WindowType, **more: Any) -> BookingWindow:
    return BookingWindow(type=kind, **more)


def limited(minutes: int | None = None, **most: int) -> dict[str, Any]:
    limits = Limits(bookings=PeriodLimits(**most), minutes=PeriodLimits(day=minutes))
    return {"tallies": (Tally(limits=limits, counted=(Counted(at(MONDAY), 60, 1),)),)}


def hours(**more: Any) -> WorkingHours:
    return WorkingHours(zone=UTC, weekly=daily(), **more)


def stale(start: str, end: str, read: str | None = "2026-11-20") -> dict[str, Any]:
    coverage = Coverage(
        calendar_id=4,
        start=at(start),
        end=at(end),
        synced_at=at(read) if read else None,
        max_age=600,
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
    ("an event over the end", offer(busy=[event("11:45", "12:15")]), "11:00",
     ["busy_calendar 11:45 - 12:15"]),
    ("an event that lasts for days", offer(busy=[event("2026-11-21 00:00", "2026-11-26 00:00")]),
     "11:00", ["busy_calendar 21 00:00 - 26 00:00"]),
    ("two calendars at once",
     offer(busy=[event("11:00", "12:00"), event("11:00", "12:00", calendar_id=2)]), "11:00",
     ["busy_calendar 11:00 - 12:00", "busy_calendar 11:00 - 12:00"]),
    ("both buffers", offer(busy=[event("10:30", "11:00"), event("12:00", "12:30")],
                           buffer_before_minutes=5, buffer_after_minutes=10), "11:00",
     ["buffer 11:00 - 11:05", "buffer 11:50 - 12:00"]),
    ("an event inside and its buffer",
     offer(busy=[event("10:00", "11:00"), event("11:30", "12:00")], buffer_before_minutes=10),
     "11:00", ["buffer 11:00 - 11:10", "busy_calendar 11:30 - 12:00"]),
    ("a booking's buffer and the new one's",
     offer(own=[booking("12:00", "13:00", before=10)], buffer_after_minutes=20), "11:00",
     ["buffer 11:30 - 12:00"]),
    ("a floor above the buffer",
     offer(busy=[event("12:00", "13:00")], buffer_after_minutes=5, floor=30), "11:00",
     ["buffer 11:30 - 12:00"]),
    ("a hold's buffer", offer(own=[hold("12:00", "13:00", before=15)]), "11:00",
     ["buffer 11:45 - 12:00"]),
    ("a booking and an event", offer(busy=[event("11:30", "12:30")],
                                     own=[booking("10:30", "11:30")]), "11:00",
     ["booking 10:30 - 11:30", "busy_calendar 11:30 - 12:30"]),
    ("an absence over an override",
     offer(hours(overrides=(override(MONDAY),), out_of_office=(away(MONDAY, MONDAY),))), "11:00",
     ["out_of_office 00:00 - 24 00:00"]),
    ("an override with a break",
     offer(hours(overrides=(override(MONDAY, "09:00-11:00 12:00-17:00"),))), "11:00",
     ["override 00:00 - 24 00:00"]),
    ("hours that a journey moves",
     offer(WorkingHours(zone=UTC, weekly=daily(),
                        travel=(trip(MONDAY, MONDAY, "America/New_York"),)),
           restriction=WorkingHours(zone=UTC, weekly=daily("09:00-15:00"))), "15:00",
     ["outside_hours 15:00 - 24 09:00"]),
    ("a restriction in another zone",
     offer(restriction=WorkingHours(zone=BERLIN, weekly=daily("09:00-12:00"))), "11:00",
     ["outside_hours 11:00 - 24 08:00"]),
    ("a restriction that is closed for the day",
     offer(restriction=hours(overrides=(override(MONDAY),))), "11:00",
     ["override 00:00 - 24 00:00"]),
    ("an absence and an event",
     offer(hours(out_of_office=(away(MONDAY, MONDAY),)), busy=[event("11:00", "12:00")]), "11:00",
     ["busy_calendar 11:00 - 12:00", "out_of_office 00:00 - 24 00:00"]),
    ("a full month", offer(facts=limited(month=1)), "11:00",
     ["limit 01 00:00 - 01 00:00"]),
    ("a full year", offer(facts=limited(year=1)), "11:00",
     ["limit 01 00:00 - 01 00:00"]),
    ("two full periods", offer(facts=limited(day=1, week=1)), "11:00",
     ["limit 00:00 - 24 00:00", "limit 00:00 - 30 00:00"]),
    ("a full day of a team",
     offer(facts={"tallies": (Tally(limits=Limits()), *limited(day=1)["tallies"])}), "11:00",
     ["limit 00:00 - 24 00:00"]),
    ("a seated slot that is full for a party",
     offer(seats=2, own=[booking("11:00", "12:00", 1, event_type_id=EVENT_TYPE),
                         booking("11:00", "12:00", 2, event_type_id=EVENT_TYPE)]),
     "11:00", ["booking 11:00 - 12:00"] * 2),
    ("seats of another event type",
     offer(seats=3, own=[booking("11:00", "12:00", event_type_id=EVENT_TYPE + 1)]), "11:00",
     ["booking 11:00 - 12:00"]),
    ("a calendar never read",
     offer(facts=stale("2026-11-01", "2026-12-01", None), on_stale=OnStale.HIDE), "11:00",
     ["stale . - ."]),
    ("a calendar read from later on",
     offer(facts=stale(f"{MONDAY} 11:30", "2026-12-01"), on_stale=OnStale.HIDE), "11:00",
     ["stale . - 11:30"]),
    ("a pending booking", offer(own=[booking("11:00", "12:00", expires_at=at("2026-11-22"))]),
     "11:00", ["booking 11:00 - 12:00"]),
]  # fmt: skip
