"""What is not known is never free: what each answer to that looks like."""

from __future__ import annotations

from typing import Any

import pytest

from booking.availability.calculator import find_slots
from booking.availability.facts import Answer, Ask, Coverage, FreshnessState
from booking.availability.rules import OnStale
from tests.availability.scene import MONDAY, ask, at, day_wall, offer, starts

HOURLY = ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]
NOW = "2026-11-20 00:00"


def calendar(
    *,
    end: str = "2026-12-31",
    start: str = "2026-11-01",
    read: str | None = NOW,
    calendar_id: int = 1,
) -> Coverage:
    return Coverage(
        calendar_id=calendar_id,
        start=at(start),
        end=at(end),
        synced_at=None if read is None else at(read),
        max_age=600,
    )


def answer(
    *calendars: Coverage, on_stale: str = "hide", question: Ask | None = None, **more: Any
) -> Answer:
    situation = offer(facts={"coverage": calendars}, on_stale=OnStale(on_stale), **more)
    return find_slots(situation, question or ask())


def state(given: Answer) -> tuple[str, str | None]:
    as_of = given.freshness.as_of
    return given.freshness.state.value, None if as_of is None else day_wall(as_of)


def test_a_calendar_just_read_is_fresh() -> None:
    given = answer(calendar())

    assert starts(given) == HOURLY
    assert state(given) == ("fresh", NOW)


def test_no_calendar_at_all_is_fresh() -> None:
    assert state(answer()) == ("fresh", None)


@pytest.mark.parametrize(
    ("now", "expected"),
    [("2026-11-20 00:10", FreshnessState.FRESH), ("2026-11-20 00:11", FreshnessState.STALE)],
)
def test_older_than_the_limit_is_stale(now: str, expected: FreshnessState) -> None:
    given = answer(calendar(), question=ask(now=now))

    assert given.freshness.state is expected
    assert starts(given) == (HOURLY if expected is FreshnessState.FRESH else [])


def test_a_calendar_never_read_is_unknown() -> None:
    given = answer(calendar(), calendar(read=None, calendar_id=2))

    assert starts(given) == []
    assert state(given) == ("unknown", None)


def test_one_stale_calendar_makes_the_answer_stale_as_of_the_oldest() -> None:
    given = answer(calendar(), calendar(read="2026-11-19 12:00", calendar_id=2))

    assert state(given) == ("stale", "2026-11-19 12:00")


def test_time_beyond_what_was_read_is_unknown() -> None:
    given = answer(calendar(end=f"{MONDAY} 12:00"))

    assert starts(given) == ["09:00", "10:00", "11:00"]
    assert state(given) == ("unknown", NOW)


def test_a_buffer_must_be_known_as_well() -> None:
    given = answer(calendar(end=f"{MONDAY} 12:00"), buffer_after_minutes=30)

    assert starts(given) == ["09:00", "10:00"]


def test_time_before_what_was_read_is_unknown() -> None:
    given = answer(calendar(start=f"{MONDAY} 10:00"))

    assert starts(given) == HOURLY[1:]


def test_offer_shows_what_is_not_known_as_free() -> None:
    given = answer(calendar(read=None), on_stale="offer")

    assert starts(given) == HOURLY
    assert not any(slot.on_request for slot in given.slots)


def test_request_asks_the_host_where_it_is_not_known() -> None:
    given = answer(calendar(end=f"{MONDAY} 15:30"), on_stale="request")

    assert starts(given) == HOURLY
    assert [slot.on_request for slot in given.slots] == [False] * 6 + [True] * 2


def test_an_answer_is_good_until_a_calendar_grows_too_old() -> None:
    assert answer(calendar()).good_until == at("2026-11-20 00:10") + 1


def test_only_the_bookable_part_of_the_period_needs_to_be_known() -> None:
    early = ask("2026-10-01", "2026-11-24", now=NOW)

    assert state(answer(calendar(), question=early)) == ("fresh", NOW)
