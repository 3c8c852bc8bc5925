"""Answers about slots are remembered only for as long as they are exactly right."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from booking.bookings.slots import SlotFinder
from booking.bookings.values import SlotAnswer, SlotQuery
from booking.core.errors import SlotUnavailable
from booking.core.instants import DAY, Instant
from tests.bookings.desk import Desk, at


def _anew(desk: Desk, query: SlotQuery) -> SlotAnswer:
    """Return what a finder without any memory answers."""
    return SlotFinder(clock=desk.clock, nudge=lambda _ids, _now: None).find(query)


def _same(one: SlotAnswer, other: SlotAnswer) -> bool:
    """Tell whether two answers say the same; how long they are good for may differ."""
    return replace(one, good_until=None) == replace(other, good_until=None)


def test_an_answer_is_given_again_while_nothing_changes(desk: Desk) -> None:
    query = desk.query(desk.offer())

    first = desk.services.slots.find(query)

    assert desk.services.slots.find(query) is first


def test_equal_answers_have_equal_names_and_others_have_not(desk: Desk) -> None:
    talk = desk.offer()
    before = _anew(desk, desk.query(talk))

    booking = desk.book(talk, "10:00")
    during = _anew(desk, desk.query(talk))
    desk.cancel(booking)

    assert during.etag != before.etag
    assert _anew(desk, desk.query(talk)).etag == before.etag


@pytest.mark.parametrize(
    "change",
    [
        lambda desk, talk: desk.book(talk, "10:00"),
        lambda desk, talk: desk.services.holds.place(talk, at("10:00")),
        lambda desk, talk: desk.services.event_types.change(
            desk.host_id, talk, {"duration_minutes": 45}
        ),
        lambda desk, _talk: desk.services.accounts.change_profile(
            desk.host_id, {"time_zone": "Asia/Tokyo"}
        ),
    ],
    ids=["a booking", "a hold", "other rules", "another zone"],
)
def test_a_change_is_seen_at_once(desk: Desk, change: Callable[[Desk, int], object]) -> None:
    talk = desk.offer()
    before = desk.services.slots.find(desk.query(talk))

    change(desk, talk)

    after = desk.services.slots.find(desk.query(talk))
    assert not _same(after, before)
    assert _same(after, _anew(desk, desk.query(talk)))


def test_a_slot_disappears_the_second_its_notice_begins(desk: Desk) -> None:
    talk = desk.offer(minimum_notice_minutes=120)
    day = "2026-11-23"
    assert desk.starts(talk, day)[0] == "09:00"

    desk.clock.advance(seconds=1)

    assert desk.starts(talk, day)[0] == "10:00"


def test_slots_are_hidden_the_second_doubt_grows_too_old(desk: Desk) -> None:
    desk.put_calendar()
    talk = desk.offer()
    desk.clock.advance(hours=3)
    assert desk.starts(talk, "2026-11-26")

    desk.clock.advance(hours=21)
    assert desk.starts(talk, "2026-11-26")
    desk.clock.advance(seconds=1)

    assert desk.starts(talk, "2026-11-26") == []


def _step(desk: Desk, chance: random.Random, talk: int, calendar: int) -> None:
    """Let something happen, or nothing but time pass."""
    match chance.randrange(6):
        case 0:
            _try_booking(desk, chance, talk)
        case 1:
            desk.read_calendar(calendar)
        case 2:
            _try_hold(desk, chance, talk)
        case _:
            desk.clock.advance(minutes=chance.choice([1, 4, 7, 59, 121, 600]))


def _some_start(chance: random.Random) -> Instant:
    return Instant(at("2026-11-24 09:00") + 1800 * chance.randrange(16) + DAY * chance.randrange(3))


def _try_booking(desk: Desk, chance: random.Random, talk: int) -> None:
    try:
        booking = desk.book(talk, _some_start(chance))
    except SlotUnavailable:
        return
    if chance.random() < 0.3:
        desk.cancel(booking)


def _try_hold(desk: Desk, chance: random.Random, talk: int) -> None:
    try:
        desk.services.holds.place(talk, _some_start(chance))
    except SlotUnavailable:
        return


@pytest.mark.parametrize("on_stale", ["offer", "request", "hide"])
@pytest.mark.parametrize("seed", range(4))
def test_what_is_remembered_is_always_what_would_be_found_anew(
    desk: Desk, seed: int, on_stale: str
) -> None:
    chance = random.Random(seed)
    calendar = desk.put_calendar()
    talk = desk.offer(
        slot_interval_minutes=30,
        minimum_notice_minutes=90,
        on_stale=on_stale,
        window={"type": "rolling_days", "days": 2},
    )
    start = at("2026-11-23 00:00")
    query = SlotQuery(
        event_type_id=talk, start=start, end=Instant(start + 14 * DAY), time_zone="Asia/Tokyo"
    )

    for number in range(40):
        _step(desk, chance, talk, calendar)
        remembered, fresh = desk.services.slots.find(query), _anew(desk, query)
        assert _same(remembered, fresh), f"seed {seed}, step {number}, {desk.clock.now()}"


def test_many_questions_are_answered_and_few_are_remembered(desk: Desk) -> None:
    talk = desk.offer()
    first = desk.services.slots.find(desk.query(talk))

    for number in range(300):
        query = desk.query(talk)
        desk.services.slots.find(replace(query, end=Instant(query.end + number * 3600)))

    again = desk.services.slots.find(desk.query(talk))
    assert again is not first
    assert _same(again, first)
