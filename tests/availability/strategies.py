"""Random situations for the engine: odd hours, odd zones, the nights clocks change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from booking.availability.facts import (
    Ask,
    Busy,
    CalendarBlock,
    Counted,
    Coverage,
    HostFacts,
    OwnBlock,
    Situation,
    Source,
    Tally,
)
from booking.availability.hours import OutOfOffice, Override, Travel, WorkingHours
from booking.availability.rules import (
    Alignment,
    BookingWindow,
    Limits,
    OnStale,
    PeriodLimits,
    SlotRules,
    WindowType,
)
from booking.core.instants import Instant
from booking.core.spans import Spans, join
from booking.core.zones import wall_to_instant, zone
from tests.availability.scene import EVENT_TYPE

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Asia/Kolkata",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)
DAYS = (
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2026, 11, 23),
    date(2026, 12, 31),
)

zones = st.sampled_from(ZONES).map(zone)
lengths = st.sampled_from((5, 10, 15, 20, 25, 30, 45, 50, 60, 75, 90, 120, 240))
small = st.sampled_from((0, 0, 0, 5, 10, 15, 30, 60))


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """A situation and a question about it."""

    situation: Situation
    ask: Ask


def _mostly(usual: T, other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    return st.integers(0, 3).flatmap(lambda die: other if die == 3 else st.just(usual))


def _rarely(other: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.integers(0, 3).flatmap(lambda die: other if die == 3 else st.none())


@cache
def _intervals(most: int = 3) -> st.SearchStrategy[Spans]:
    edges = st.integers(0, 288).map(lambda fifth: fifth * 5)
    pair = st.tuples(edges, edges).map(lambda two: (min(two), max(two)))
    usual = st.sampled_from((((540, 1020),), ((0, 1440),), ((60, 300),), ((0, 120), (1320, 1440))))
    return st.one_of(usual, usual, st.lists(pair, min_size=1, max_size=most).map(join))


@cache
def _dates(around: date) -> st.SearchStrategy[date]:
    return st.integers(-4, 5).map(lambda ahead: around + timedelta(days=ahead))


@cache
def _spans_of_dates(around: date) -> st.SearchStrategy[tuple[date, date]]:
    return st.tuples(_dates(around), st.integers(0, 2)).map(
        lambda pair: (pair[0], pair[0] + timedelta(days=pair[1]))
    )


@cache
@st.composite
def working_hours(draw: st.DrawFn, around: date) -> WorkingHours:
    week = draw(st.one_of(st.tuples(*[_intervals()] * 7), _intervals().map(lambda day: (day,) * 7)))
    dates = draw(st.lists(_dates(around), max_size=2, unique=True))
    overrides = tuple(Override(date=day, intervals=draw(_overridden())) for day in dates)
    absence, journey = draw(_rarely(_spans_of_dates(around))), draw(_rarely(_journey(around)))
    return WorkingHours(
        zone=draw(zones),
        weekly=week,
        overrides=overrides,
        out_of_office=() if absence is None else (OutOfOffice(first=absence[0], last=absence[1]),),
        travel=() if journey is None else (journey,),
    )


@cache
def _overridden() -> st.SearchStrategy[Spans]:
    return st.one_of(st.just(()), _intervals())


@cache
def _journey(around: date) -> st.SearchStrategy[Travel]:
    return st.builds(
        lambda dates, where: Travel(first=dates[0], last=dates[1], zone=where),
        _spans_of_dates(around),
        zones,
    )


@cache
@st.composite
def rules(draw: st.DrawFn, around: date) -> SlotRules:
    return SlotRules(
        duration_minutes=draw(lengths),
        slot_interval_minutes=draw(st.one_of(st.none(), lengths)),
        slot_alignment=draw(st.sampled_from(Alignment)),
        start_offset_minutes=draw(small),
        buffer_before_minutes=draw(small),
        buffer_after_minutes=draw(small),
        minimum_notice_minutes=draw(st.sampled_from((0, 120, 1440))),
        window=draw(_windows(around)),
        first_slot_only=draw(st.sampled_from((False, False, False, True))),
        seats=draw(st.sampled_from((None, None, 1, 2, 3))),
        on_stale=draw(st.sampled_from(OnStale)),
    )


@cache
def _windows(around: date) -> st.SearchStrategy[BookingWindow]:
    rolling = (WindowType.ROLLING_DAYS, WindowType.ROLLING_BUSINESS_DAYS)
    days = st.builds(
        lambda kind, days: BookingWindow(type=kind, days=days),
        st.sampled_from(rolling),
        st.integers(0, 9),
    )
    dates = _spans_of_dates(around).map(
        lambda two: BookingWindow(type=WindowType.RANGE, start_date=two[0], end_date=two[1])
    )
    return _mostly(BookingWindow(), st.one_of(days, dates))


@cache
@st.composite
def _limits(draw: st.DrawFn) -> Limits:
    def rising(unit: int) -> PeriodLimits:
        values = sorted(draw(st.lists(st.integers(1, 4), min_size=4, max_size=4)))
        kept = [draw(st.sampled_from((None, value * unit))) for value in values]
        return PeriodLimits(day=kept[0], week=kept[1], month=kept[2], year=kept[3])

    return Limits(bookings=rising(1), minutes=rising(90))


def _quarters(around: date) -> st.SearchStrategy[int]:
    day = wall_to_instant(around, 0, zone("UTC"))
    return st.integers(-2 * 96, 4 * 96).map(lambda quarters: day + quarters * 900)


@cache
def calendar_rows(around: date) -> st.SearchStrategy[tuple[CalendarBlock, ...]]:
    """Events at any minute or quarter, some of no length, in order."""
    day = wall_to_instant(around, 0, zone("UTC"))
    minute = st.integers(-2 * 1440, 4 * 1440).map(lambda minutes: day + minutes * 60)
    drawn = st.tuples(st.one_of(minute, _quarters(around)), small, st.integers(1, 3))
    return st.lists(drawn, max_size=8).map(
        lambda rows: tuple(sorted(CalendarBlock(at, at + m * 60, c, None) for at, m, c in rows))
    )


@st.composite
def host_facts(draw: st.DrawFn, around: date, now: Instant, usual: int) -> HostFacts:
    rough = _quarters(around)
    busy = Busy(
        calendar=draw(calendar_rows(around)),
        own=tuple(draw(_own(rough, ref, now, usual)) for ref in range(draw(st.integers(0, 4)))),
    )
    counted = draw(st.lists(st.tuples(rough, lengths, st.integers(0, 3)), max_size=4))
    tally = Tally(limits=draw(_limits()), counted=tuple(Counted(*row) for row in counted))
    coverage = tuple(
        draw(_coverage(rough, now)) for _ in range(draw(st.sampled_from((0, 0, 1, 2))))
    )
    return HostFacts(
        hours=draw(working_hours(around)),
        busy=busy,
        floor_minutes=draw(small),
        coverage=coverage,
        tallies=(tally,) if draw(st.integers(0, 3)) == 3 else (),
    )


@st.composite
def _own(
    draw: st.DrawFn, moment: st.SearchStrategy[int], ref: int, now: Instant, usual: int
) -> OwnBlock:
    start = draw(moment)
    lapses = st.integers(-60, 7200).map(lambda seconds: Instant(now + seconds))
    return OwnBlock(
        start=start,
        end=start + draw(st.one_of(st.just(usual), lengths)) * 60,
        source=draw(st.sampled_from(Source)),
        ref=ref,
        before=draw(small) * 60,
        after=draw(small) * 60,
        event_type_id=draw(st.sampled_from((EVENT_TYPE, EVENT_TYPE + 1))),
        seats=draw(st.integers(1, 2)),
        expires_at=draw(_rarely(lapses)),
    )


def _reading(now: Instant) -> st.SearchStrategy[Instant | None]:
    return st.one_of(st.none(), st.integers(0, 1200).map(lambda age: Instant(now - age)))


@st.composite
def _coverage(draw: st.DrawFn, moment: st.SearchStrategy[int], now: Instant) -> Coverage:
    start = draw(moment) - draw(st.sampled_from((0, 5, 5))) * 86_400
    read = draw(_mostly(Instant(now - 60), _reading(now)))
    end = Instant(start + draw(st.sampled_from((0, 3, 90, 90))) * 86_400)
    return Coverage(
        calendar_id=draw(st.integers(1, 3)),
        start=Instant(start),
        end=end,
        synced_at=read,
        max_age=600,
    )


days = st.sampled_from(DAYS)


def cases() -> st.SearchStrategy[Case]:
    """A situation around one of DAYS, and a question about up to three days of it."""
    return days.flatmap(case_around)


@cache
@st.composite
def case_around(draw: st.DrawFn, around: date) -> Case:
    day = wall_to_instant(around, 0, zone("UTC"))
    now = Instant(day + draw(st.sampled_from((-30, -5, -1, 0))) * 86_400 + 7 * 3600 + 11)
    start = day + draw(st.integers(-24, 24)) * 3600
    demanded = draw(rules(around))
    situation = Situation(
        rules=demanded,
        host=draw(host_facts(around, now, demanded.duration_minutes)),
        restriction=draw(_rarely(working_hours(around))),
        event_type_id=EVENT_TYPE,
    )
    more: dict[str, Any] = {
        "own_hold": draw(_rarely(st.integers(0, 3))),
        "moving": draw(_rarely(st.integers(0, 3))),
    }
    ask = Ask(
        now=now,
        start=Instant(start),
        end=Instant(start + draw(st.integers(6, 72)) * 3600),
        guest_zone=draw(zones),
        **more,
    )
    return Case(situation, ask)
