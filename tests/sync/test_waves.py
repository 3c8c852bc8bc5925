"""Writes go out in waves: what a wave came to is committed together, or settled by the next run."""

from __future__ import annotations

import itertools

import pytest

from booking.core.errors import Throttled, Unsupported
from booking.sync import apply
from booking.sync.rows import LinkState
from tests.sync.calendar import Fault, Killed, Quirks, QuirkyCalendar, contents
from tests.sync.world import World, filled, only, units, world

COUNT = 7


def place_with(count: int = COUNT) -> World:
    place = world()
    for number in range(count):
        place.left.user_put(f"u{number}", units(f"title {number}"))
    return place


def striking(
    error: type[BaseException] | BaseException, at: int, when: str, call: str = "create"
) -> Fault:
    """Return a fault that strikes at the `at`-th call, before or after it is done."""
    met = 0

    def fault(_calendar: QuirkyCalendar, called: str, phase: str) -> None:
        nonlocal met
        met += (called, phase) == (call, when)
        if met == at and (called, phase) == (call, when):
            raise error

    return fault


def test_many_writes_are_one_commit() -> None:
    place = place_with()
    place.cycle()
    commits = place.store.commits

    assert len(contents(place.right)) == COUNT
    assert commits < COUNT


def test_what_was_written_before_an_account_asks_for_patience_is_remembered() -> None:
    place = place_with()
    place.right.fault = striking(Throttled(30), 4, "before")

    with pytest.raises(Throttled):
        place.cycle()

    assert sum(1 for link in place.links if link.right.key) == 3
    assert len(place.tables.intents) == 1
    place.right.fault = None
    place.settle_down()
    assert len(contents(place.right)) == COUNT


def test_a_kill_amid_a_wave_leaves_intents_that_the_next_run_settles_without_a_second_copy() -> (
    None
):
    place = place_with()
    place.right.fault = striking(Killed, 4, "after")
    place.cycle_whatever_happens()
    place.right.fault = None
    assert len(place.tables.intents) == COUNT
    writes = place.right.writes

    place.settle_down()

    assert len(contents(place.right)) == COUNT
    assert place.right.writes == writes + (COUNT - 4)


def test_a_run_whose_time_is_over_keeps_what_it_wrote() -> None:
    place = place_with()
    place.is_over = lambda: place.right.writes >= 2
    report = place.cycle()
    place.is_over = lambda: False

    assert report.is_cut
    assert sum(1 for link in place.links if link.right.key) == 2
    place.settle_down()
    assert len(contents(place.right)) == COUNT


def test_what_a_run_had_no_time_to_send_is_sent_by_the_next_one_without_a_question() -> None:
    place = place_with()
    place.is_over = lambda: place.right.writes >= 2
    place.cycle()
    place.is_over = lambda: False
    place.right.calls.clear()

    place.cycle()

    assert place.right.calls.count("create") == COUNT - 2
    assert "get" not in place.right.calls
    assert len(contents(place.right)) == COUNT


def test_all_writes_of_a_wave_are_made_ready_before_the_first_is_sent() -> None:
    place = place_with()
    sent_before = list[int]()
    place.right.on_ready = lambda: sent_before.append(place.right.writes)

    place.cycle()

    assert sent_before == [0] * COUNT
    assert place.right.writes == COUNT


def test_at_a_slow_server_no_more_is_made_ready_than_can_be_sent_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place, ready, seconds = place_with(60), list[int](), itertools.count()
    monkeypatch.setattr(apply, "monotonic", lambda: float(next(seconds)))
    place.right.on_ready = lambda: ready.append(1)

    place.cycle()

    assert len(contents(place.right)) == 60
    assert len(ready) < 180


def test_an_account_that_stops_answering_when_writes_are_read_back_doubles_none() -> None:
    place = world(right=Quirks(tells_no_version=True))
    for number in range(COUNT):
        place.left.user_put(f"u{number}", units(f"title {number}"))
    place.right.fault = striking(Throttled(30), 4, "before", "get")

    with pytest.raises(Throttled):
        place.cycle()

    assert sum(1 for link in place.links if link.right.key) == 3
    place.right.fault = None
    place.settle_down()
    assert place.right.calls.count("create") == COUNT == len(contents(place.right))


def test_an_item_that_cannot_even_be_made_ready_is_left_out_and_the_others_are_copied() -> None:
    place, met = place_with(), list[int]()

    def refuse_the_fourth() -> None:
        met.append(1)
        if len(met) == 4:
            raise Unsupported(reason="attendees")

    place.right.on_ready = refuse_the_fourth
    place.cycle()

    assert len(contents(place.right)) == COUNT - 1
    (left_out,) = [link for link in place.links if link.right.key is None]
    assert (left_out.state, left_out.reason) == (LinkState.UNSYNCABLE, "attendees")


def test_an_item_that_its_server_refuses_is_left_out_and_the_others_are_copied() -> None:
    place = place_with()
    place.right.fault = striking(Unsupported(reason="attendees"), 4, "before")

    place.cycle()

    assert len(contents(place.right)) == COUNT - 1
    (left_out,) = [link for link in place.links if link.right.key is None]
    assert (left_out.state, left_out.reason) == (LinkState.UNSYNCABLE, "attendees")


def test_an_item_whose_version_moves_for_ever_costs_a_few_requests_and_is_written_later() -> None:
    place = filled(3)
    copy = next(key for key, one in place.right.items.items() if one.units["title"] == "title 0")

    def moving(calendar: QuirkyCalendar, call: str, phase: str) -> None:
        if (call, phase) == ("update", "before"):
            calendar.user_put(copy, calendar.items[copy].units)

    place.right.fault = moving
    place.right.calls.clear()
    place.left.user_put("u0", units("renamed"))
    place.left.user_put("u1", units("renamed as well"))
    place.cycle()

    assert place.right.calls.count("update") < 20
    assert "renamed as well" in [one["title"] for one in contents(place.right)]
    place.right.fault = None
    place.settle_down()
    assert contents(place.left) == contents(place.right)


def test_two_writes_to_one_link_both_leave_their_shadow() -> None:
    place = filled(1)
    copy = only(place.right)
    place.left.user_put("u0", units("renamed"))
    place.right.user_put(copy, units("title 0", location="Room 1"))

    place.cycle()

    (link,) = place.links
    both = units("renamed", location="Room 1")
    assert (link.left.shadow, link.right.shadow) == (both, both)
