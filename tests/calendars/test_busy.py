"""What of a calendar blocks, and how busy rows are read."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as listening
from sqlalchemy import insert, text

from booking.calendars.busy_rows import BusyQuery, busy_between
from booking.calendars.sync_models import BusyRow
from booking.core.clock import FrozenClock
from booking.core.event import (
    Answer,
    CalendarEvent,
    EventException,
    EventStatus,
    Transparency,
)
from booking.core.instants import DAY, to_instant
from booking.db import db, reading, writing
from tests.calendars.memory_calendar import all_day, cancelled, event, series
from tests.calendars.refreshing import RefreshedCalendar, refreshed_calendar

NINE = "2026-11-24 09:00"
TUESDAY = [(NINE, "2026-11-24 10:00")]


@pytest.fixture
def place(app: Flask, clock: FrozenClock) -> RefreshedCalendar:
    return refreshed_calendar(clock)


def shown(place: RefreshedCalendar, one: CalendarEvent) -> list[tuple[str, str]]:
    place.server.put("a", one)
    place.refresh()
    return place.busy()


@pytest.mark.parametrize(
    "one",
    [
        event(NINE),
        event(NINE, status=EventStatus.TENTATIVE),
        event(NINE, my_answer=Answer.ACCEPTED),
        event(NINE, my_answer=Answer.NEEDS_ACTION),
        event(NINE, my_answer=Answer.TENTATIVE),
    ],
)
def test_what_takes_time_blocks(place: RefreshedCalendar, one: CalendarEvent) -> None:
    assert shown(place, one) == TUESDAY


@pytest.mark.parametrize(
    "one",
    [
        event(NINE, transparency=Transparency.TRANSPARENT),
        event(NINE, status=EventStatus.CANCELLED),
        event(NINE, my_answer=Answer.DECLINED),
        event("2028-01-01 09:00"),
        event("2026-10-01 09:00"),
    ],
)
def test_what_takes_no_time_or_lies_outside_the_window_does_not(
    place: RefreshedCalendar, one: CalendarEvent
) -> None:
    assert shown(place, one) == []


@pytest.mark.parametrize(
    ("one", "is_tentative"),
    [
        (event(NINE), False),
        (event(NINE, status=EventStatus.TENTATIVE), True),
        (event(NINE, my_answer=Answer.TENTATIVE), True),
    ],
)
def test_tentative_is_told_per_row(
    place: RefreshedCalendar, one: CalendarEvent, is_tentative: bool
) -> None:
    shown(place, one)

    assert [row.is_tentative for row in place.rows()] == [is_tentative]


def test_a_series_keeps_its_wall_time_across_a_clock_change(place: RefreshedCalendar) -> None:
    busy = shown(place, series("2027-03-26 09:00", "FREQ=DAILY;COUNT=4"))

    assert [start for start, _ in busy] == [f"2027-03-{day} 09:00" for day in (26, 27, 28, 29)]


def test_a_cancelled_instance_is_free(place: RefreshedCalendar) -> None:
    whole = series("2026-11-24 09:00", "FREQ=DAILY;COUNT=3")

    busy = shown(place, cancelled(whole, "2026-11-25 09:00"))

    assert [start for start, _ in busy] == ["2026-11-24 09:00", "2026-11-26 09:00"]


def test_a_moved_instance_blocks_where_it_was_moved_to(place: RefreshedCalendar) -> None:
    whole = series("2026-11-24 09:00", "FREQ=DAILY;COUNT=2")
    moved = EventException(
        original_start=datetime.fromisoformat("2026-11-25 09:00"),
        replacement=event("2026-11-25 14:00", 30, uid=whole.uid),
    )

    busy = shown(place, replace(whole, exceptions=(moved,)))

    assert busy == [*TUESDAY, ("2026-11-25 14:00", "2026-11-25 14:30")]


def test_a_declined_instance_is_free(place: RefreshedCalendar) -> None:
    whole = series("2026-11-24 09:00", "FREQ=DAILY;COUNT=2")
    declined = EventException(
        original_start=datetime.fromisoformat("2026-11-25 09:00"),
        replacement=event("2026-11-25 09:00", uid=whole.uid, my_answer=Answer.DECLINED),
    )

    assert shown(place, replace(whole, exceptions=(declined,))) == TUESDAY


def test_a_floating_time_stands_in_the_calendar_s_zone(place: RefreshedCalendar) -> None:
    assert shown(place, event(NINE, zone=None)) == TUESDAY


def test_an_all_day_event_on_the_night_of_a_clock_change_has_25_hours(
    place: RefreshedCalendar,
) -> None:
    shown(place, all_day("2027-10-31"))

    assert [row.ends_at - row.starts_at for row in place.rows()] == [25 * 3600]


def test_a_block_longer_than_a_week_is_cut_and_read_whole(place: RefreshedCalendar) -> None:
    shown(place, all_day("2026-11-24", 30))

    rows = place.rows()
    inside = to_instant(place.clock.now()) + 20 * DAY
    with reading() as session:
        found = busy_between(session, [BusyQuery(place.calendar, False)], inside, inside + 60)

    assert max(row.ends_at - row.starts_at for row in rows) == 7 * DAY
    assert all(one.ends_at == two.starts_at for one, two in pairwise(rows))
    assert sum(row.ends_at - row.starts_at for row in rows) == 30 * DAY
    assert len(found) == 1


def test_an_event_without_length_is_kept(place: RefreshedCalendar) -> None:
    assert shown(place, event(NINE, 0)) == [(NINE, NINE)]


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=7"])
def test_a_series_without_bounds_costs_only_itself(place: RefreshedCalendar, rule: str) -> None:
    place.server.put("bomb", series("2026-11-24 00:00", rule))

    assert shown(place, event(NINE)) == TUESDAY


def test_rows_are_read_sorted_and_without_own_copies(place: RefreshedCalendar) -> None:
    place.own.add("own")
    place.server.put("late", event("2026-11-24 12:00"))
    place.server.put("early", event("2026-11-24 08:00"))
    place.server.put("own", event("2026-11-24 10:00", uid="own"))
    place.refresh()

    with reading() as session:
        found = busy_between(session, [BusyQuery(place.calendar, False)], 0, 2**40)

    assert [block.start for block in found] == sorted(block.start for block in found)
    assert len(found) == 2


def test_tentative_rows_are_read_where_the_host_wants_them(place: RefreshedCalendar) -> None:
    place.server.put("maybe", event(NINE, status=EventStatus.TENTATIVE))
    place.refresh()

    with reading() as session:
        counts = [
            len(busy_between(session, [BusyQuery(place.calendar, blocks)], 0, 2**40))
            for blocks in (False, True)
        ]

    assert counts == [0, 1]


def test_a_question_costs_what_lies_in_its_range(place: RefreshedCalendar) -> None:
    row = {"calendar_id": place.calendar, "item_key": "x"}
    rows = [{**row, "starts_at": at * 3600, "ends_at": at * 3600 + 60} for at in range(20_000)]
    with writing() as session:
        session.execute(insert(BusyRow), rows)
        session.execute(text("ANALYZE"))
    asked: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        asked.append((sql, values))

    with reading() as session:
        listening.listen(db.engine, "before_cursor_execute", listen)
        busy_between(session, [BusyQuery(place.calendar, False)], 7200, 10_800)
        listening.remove(db.engine, "before_cursor_execute", listen)
        sql, values = asked[-1]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()

    assert "COVERING INDEX ix_busy_rows_range" in str(plan)


@pytest.mark.parametrize("seed", range(4))
def test_the_rows_always_equal_the_expansion_of_the_replica(
    place: RefreshedCalendar, seed: int
) -> None:
    dice = random.Random(seed)
    kinds = (
        lambda day: event(f"2026-11-{day} 09:00", dice.choice([0, 30, 60])),
        lambda day: all_day(f"2026-11-{day}", dice.choice([1, 9])),
        lambda day: series(f"2026-11-{day} 10:00", "FREQ=WEEKLY;COUNT=6"),
        lambda day: cancelled(series(f"2026-11-{day} 10:00", "FREQ=DAILY"), "2026-12-02 10:00"),
        lambda day: event(f"2026-11-{day} 09:00", transparency=Transparency.TRANSPARENT),
        lambda day: event(f"2026-11-{day} 09:00", status=dice.choice(list(EventStatus))),
        lambda day: event(f"2026-11-{day} 09:00", my_answer=dice.choice(list(Answer))),
    )
    for _ in range(12):
        key = f"e{dice.randrange(4)}"
        if dice.random() < 0.25:
            place.server.remove(key)
        else:
            place.server.put(key, dice.choice(kinds)(dice.randrange(10, 30)))
        place.clock.advance(days=dice.choice([0, 0, 1, 3]))
        place.refresh(full=dice.random() < 0.2)
        assert place.stored() == place.expansion()
