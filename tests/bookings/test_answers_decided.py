"""What becomes of a change that a host made in their calendar: decisions alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking.bookings.deciding import (
    AGAIN,
    SEVERAL_HOSTS,
    TOO_MANY,
    ChangeKind,
    ChangeState,
    Circumstances,
    Found,
    decide,
    found_in,
)
from booking.calendars.content import content_of
from booking.core.event import AllDay, CalendarEvent, EventStatus, Timed, When
from booking.core.instants import Instant
from booking.sync.ports import Item
from tests.bookings.desk import at

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SPAN = (at("10:00"), at("11:00"))
GONE = Found(kind=ChangeKind.DELETED)
MOVED = Found(kind=ChangeKind.MOVED, start=at("14:00"), end=at("15:00"))
ALONE = Circumstances(wish="follow", at_once=1, put_back_at=None, people=1)


def _item(when: When, **more: object) -> Item:
    event = CalendarEvent(uid="u", when=when, **more)  # type: ignore[arg-type]
    return Item(key="k", uid="u", units=content_of(event, times_only=False))


def _timed(start: str, end: str, zone: str | None = "UTC") -> Timed:
    day = "2026-11-24T"
    return Timed(
        start=datetime.fromisoformat(day + start), end=datetime.fromisoformat(day + end), zone=zone
    )


def test_the_same_instants_in_another_zone_are_no_change() -> None:
    assert found_in(_item(_timed("11:00", "12:00", "Europe/Berlin")), SPAN, "UTC") is None


def test_a_floating_time_is_that_of_the_calendars_owner() -> None:
    assert found_in(_item(_timed("11:00", "12:00", None)), SPAN, "Europe/Berlin") is None


def test_a_new_title_is_no_change() -> None:
    assert found_in(_item(_timed("10:00", "11:00"), title="Mine"), SPAN, "UTC") is None


@pytest.mark.parametrize(("start", "end"), [("14:00", "15:00"), ("10:00", "10:30")])
def test_another_start_or_another_length_is_a_move(start: str, end: str) -> None:
    found = found_in(_item(_timed(start, end)), SPAN, "UTC")

    assert found == Found(kind=ChangeKind.MOVED, start=at(start), end=at(end))


def test_nothing_there_and_marked_as_cancelled_are_both_a_deletion() -> None:
    cancelled = _item(_timed("10:00", "11:00"), status=EventStatus.CANCELLED)

    assert found_in(None, SPAN, "UTC") == found_in(cancelled, SPAN, "UTC") == GONE


def test_an_event_that_cannot_be_read_tells_nothing() -> None:
    assert found_in(Item(key="k", units={}, fault="broken"), SPAN, "UTC") is None


def test_whole_days_are_a_move_to_no_time_of_day() -> None:
    day = NOW.date()
    found = found_in(_item(AllDay(start=day, end=day + timedelta(days=1))), SPAN, "UTC")

    assert found == Found(kind=ChangeKind.MOVED)


@pytest.mark.parametrize(
    ("wish", "state"), [("ask", "asking"), ("follow", "following"), ("restore", "putting_back")]
)
@pytest.mark.parametrize("found", [GONE, MOVED])
def test_one_change_is_treated_as_its_host_wishes(found: Found, wish: str, state: str) -> None:
    assert decide(found, replace(ALONE, wish=wish), NOW).state == state


def test_what_is_followed_can_be_undone_for_two_minutes() -> None:
    assert decide(GONE, ALONE, NOW).decide_by == NOW + timedelta(minutes=2)


@pytest.mark.parametrize("wish", ["follow", "restore"])
def test_more_than_three_at_once_are_always_asked_about(wish: str) -> None:
    three, four = (replace(ALONE, wish=wish, at_once=count) for count in (3, 4))

    assert decide(GONE, three, NOW).state != ChangeState.ASKING
    assert decide(GONE, four, NOW).state == ChangeState.ASKING
    assert decide(GONE, four, NOW).reason == TOO_MANY


@pytest.mark.parametrize("wish", ["follow", "restore"])
def test_nobody_fights_over_an_event_that_was_put_back_within_a_day(wish: str) -> None:
    lately = replace(ALONE, wish=wish, put_back_at=NOW - timedelta(hours=23))
    long_ago = replace(lately, put_back_at=NOW - timedelta(hours=25))

    assert (decide(MOVED, lately, NOW).state, decide(MOVED, lately, NOW).reason) == (
        ChangeState.ASKING,
        AGAIN,
    )
    assert decide(MOVED, long_ago, NOW).state != ChangeState.ASKING


def test_a_booking_of_several_people_is_never_followed_unasked() -> None:
    decision = decide(GONE, replace(ALONE, people=2), NOW)

    assert (decision.state, decision.reason) == (ChangeState.ASKING, SEVERAL_HOSTS)


@pytest.mark.parametrize(
    "found",
    [
        Found(kind=ChangeKind.MOVED),
        Found(kind=ChangeKind.MOVED, start=at("14:00"), end=at("14:00")),
        Found(kind=ChangeKind.MOVED, start=at("14:00"), end=Instant(at("14:00") + 90_000)),
        Found(kind=ChangeKind.MOVED, start=at("2026-11-20 09:00"), end=at("2026-11-20 10:00")),
    ],
)
def test_what_no_booking_can_follow_is_asked_about_with_the_cause(found: Found) -> None:
    decision = decide(found, ALONE, NOW)

    assert decision.state is ChangeState.ASKING
    assert decision.reason is not None
    assert decision.reason.endswith(".")
