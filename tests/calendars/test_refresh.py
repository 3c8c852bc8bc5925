"""Refreshing a calendar's busy rows: what comes in, what a bad answer may not do, what it costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from booking.calendars.models import Calendar, ConnectionStatus
from booking.calendars.ports import Changes
from booking.calendars.refresh import Busy
from booking.calendars.replica_store import take_lease
from booking.core.clock import FrozenClock
from booking.core.errors import BadAnswer, NotFound, ProviderError, Throttled, Unreachable
from booking.db import writing
from tests.calendars.accounts import slots_version
from tests.calendars.memory_calendar import all_day, event, series
from tests.calendars.refreshing import RefreshedCalendar, refreshed_calendar

MONDAY = [("2026-11-23 09:00", "2026-11-23 10:00")]
TUESDAY = [("2026-11-24 09:00", "2026-11-24 10:00")]


@pytest.fixture
def place(app: Flask, clock: FrozenClock) -> RefreshedCalendar:
    return refreshed_calendar(clock)


@pytest.fixture(params=["feed", "ctag", "none"])
def any_place(request: pytest.FixtureRequest, app: Flask, clock: FrozenClock) -> RefreshedCalendar:
    return refreshed_calendar(clock, way=request.param)


def filled(place: RefreshedCalendar, count: int = 4) -> None:
    for number in range(count):
        place.server.put(f"e{number}", event(f"2026-11-24 {9 + number:02}:00"))
    place.refresh()
    place.server.calls.clear()


def test_an_event_blocks_after_the_next_refresh(any_place: RefreshedCalendar) -> None:
    any_place.server.put("a", event("2026-11-24 09:00"))

    report = any_place.refresh()

    assert any_place.busy() == TUESDAY
    assert (report.changed, report.listed) == (1, True)


def test_a_moved_event_blocks_where_it_is_now(any_place: RefreshedCalendar) -> None:
    filled(any_place, 1)
    any_place.server.put("e0", event("2026-11-23 09:00"))

    any_place.refresh()

    assert any_place.busy() == MONDAY


def test_a_deleted_event_blocks_no_longer(any_place: RefreshedCalendar) -> None:
    filled(any_place, 3)
    any_place.server.remove("e0")

    report = any_place.refresh()

    assert len(any_place.busy()) == 2
    assert report.gone == 1


def test_nothing_new_is_one_request(place: RefreshedCalendar) -> None:
    filled(place)

    place.refresh()

    assert place.server.calls == ["changes"]


def test_slots_are_declared_changed_only_when_they_may_be(place: RefreshedCalendar) -> None:
    filled(place)
    before = slots_version(place.user)
    place.refresh()
    place.server.put("e0", event("2026-11-24 09:00", title="Another title"))
    place.refresh()
    assert slots_version(place.user) == before

    place.server.put("e0", event("2026-11-24 09:15"))
    place.refresh()

    assert slots_version(place.user) > before


def test_a_lost_token_is_followed_by_a_listing(place: RefreshedCalendar) -> None:
    filled(place)
    place.server.remove("e0")
    place.server.floor = len(place.server.log)

    report = place.refresh()

    assert report.listed
    assert len(place.busy()) == 3


def test_everything_is_compared_once_a_day(place: RefreshedCalendar) -> None:
    filled(place)
    del place.server.items["e0"]
    assert not place.refresh().listed

    place.clock.advance(days=1)
    report = place.refresh()

    assert report.listed
    assert len(place.busy()) == 3


def _half(found: Changes) -> Changes:
    return replace(found, named=found.named[:2])


def _empty(found: Changes) -> Changes:
    return replace(found, named=())


def _html(found: Changes) -> Changes:
    raise BadAnswer(f"{found.kind}")


@pytest.mark.parametrize("answer", [_half, _empty, _html])
@pytest.mark.parametrize("full", [False, True])
def test_a_bad_answer_deletes_nothing_and_is_written_down(
    any_place: RefreshedCalendar, answer: object, full: bool
) -> None:
    filled(any_place)
    before, synced_at = any_place.busy(), any_place.cursor().synced_at
    any_place.clock.advance(days=1)
    any_place.server.answer = answer  # type: ignore[assignment]

    with pytest.raises(ProviderError):
        any_place.refresh(full=full)

    cursor = any_place.cursor()
    assert any_place.busy() == before
    assert cursor.synced_at == synced_at
    assert (cursor.error_count, cursor.failing_since) == (1, any_place.clock.now())
    assert cursor.error


def test_failures_wait_longer_each_time_and_success_ends_them(place: RefreshedCalendar) -> None:
    filled(place)
    place.server.fault = Unreachable()
    waits = []
    for _ in range(4):
        with pytest.raises(Unreachable):
            place.refresh()
        retry_at = place.cursor().retry_at
        assert retry_at is not None
        waits.append(retry_at - place.clock.now())
    assert waits[3] > 2 * waits[0]
    assert all(wait <= timedelta(hours=6) for wait in waits)

    place.server.fault = None
    place.refresh()

    cursor = place.cursor()
    assert (cursor.error_count, cursor.error, cursor.retry_at) == (0, None, None)


def test_a_server_that_asks_for_patience_gets_it(place: RefreshedCalendar) -> None:
    place.server.fault = Throttled(1800)

    with pytest.raises(Throttled):
        place.refresh()

    assert place.cursor().retry_at == place.clock.now() + timedelta(seconds=1800)


def test_a_suspicious_list_speaks_of_its_calendar_alone(place: RefreshedCalendar) -> None:
    filled(place)
    place.server.answer = _empty
    for _ in range(6):
        with pytest.raises(BadAnswer):
            place.refresh(full=True)

    (connection,) = place.connections.list(place.user)

    assert connection.status == ConnectionStatus.CONNECTED


def test_a_calendar_that_stays_empty_for_an_hour_is_empty(place: RefreshedCalendar) -> None:
    filled(place)
    place.server.items.clear()
    place.server.floor = len(place.server.log) + 1
    with pytest.raises(BadAnswer):
        place.refresh()
    assert len(place.busy()) == 4

    place.clock.advance(hours=1)
    place.refresh()

    assert place.busy() == []


def test_a_full_refresh_reads_every_event_again(place: RefreshedCalendar) -> None:
    filled(place)
    version, _ = place.server.items["e0"]
    place.server.items["e0"] = (version, event("2026-11-23 09:00"))
    place.refresh()
    assert place.busy()[0] == TUESDAY[0]

    place.refresh(full=True)

    assert place.busy()[0] == MONDAY[0]


def test_a_full_refresh_that_fails_half_way_keeps_the_copy(place: RefreshedCalendar) -> None:
    filled(place)
    before = place.busy()

    def then_fail(found: Changes) -> Changes:
        place.server.fault = Unreachable()
        return found

    place.server.answer = then_fail
    with pytest.raises(Unreachable):
        place.refresh(full=True)

    assert place.busy() == before


def test_an_event_that_cannot_be_read_costs_only_itself(place: RefreshedCalendar) -> None:
    place.server.put("broken", None)
    place.server.put("good", event("2026-11-24 09:00"))

    place.refresh()

    assert place.busy() == TUESDAY
    assert {row.key: row.fault for row in place.replica()} == {
        "broken": "The event could not be read.",
        "good": "",
    }


def test_an_event_that_becomes_unreadable_still_blocks(place: RefreshedCalendar) -> None:
    filled(place, 1)
    place.server.put("e0", None)

    place.refresh()

    assert place.busy() == TUESDAY


def test_the_copy_of_an_own_booking_is_marked(place: RefreshedCalendar) -> None:
    place.own.add("uid-of-booking")
    place.server.put("a", event("2026-11-24 09:00", uid="uid-of-booking"))
    place.server.put("b", event("2026-11-24 11:00"))

    place.refresh()

    assert [row.is_own for row in place.rows()] == [True, False]


def test_titles_are_not_kept(place: RefreshedCalendar) -> None:
    filled(place)

    assert "Secret plan" not in repr([row.content for row in place.replica()])


def test_the_covered_window_moves_on(place: RefreshedCalendar) -> None:
    place.server.put("daily", series("2026-11-23 09:00", "FREQ=DAILY"))
    place.server.put("once", event("2026-11-23 11:00"))
    place.server.put("far", event("2027-12-29 09:00"))
    place.refresh()
    last = place.busy()[-1][0]

    place.clock.advance(days=40)
    place.refresh()

    busy = place.busy()
    assert last < "2027-12-29" < busy[-1][0]
    assert ("2027-12-29 09:00", "2027-12-29 10:00") in busy
    assert busy[0][0] >= "2026-11-27"
    assert place.stored() == place.expansion()


def test_all_day_events_follow_the_calendar_s_zone(place: RefreshedCalendar) -> None:
    place.server.put("a", all_day("2026-11-24"))
    place.refresh()
    assert place.busy() == [("2026-11-24 00:00", "2026-11-25 00:00")]

    with writing() as session:
        session.execute(update(Calendar).values(time_zone="Asia/Kolkata"))
    place.refresh()

    assert place.busy() == [("2026-11-23 19:30", "2026-11-24 19:30")]


def test_one_worker_at_a_time_reads_a_calendar(place: RefreshedCalendar) -> None:
    with writing() as session:
        take_lease(session, place.calendar, "another", place.clock.now())

    with pytest.raises(Busy):
        place.refresh()

    place.clock.advance(minutes=3)
    place.refresh()


def test_a_worker_that_lost_its_lease_writes_nothing(place: RefreshedCalendar) -> None:
    place.server.put("a", event("2026-11-24 09:00"))

    def overtaken(found: Changes) -> Changes:
        with writing() as session:
            later = place.clock.now() + timedelta(minutes=3)
            assert take_lease(session, place.calendar, "another", later)
        return found

    place.server.answer = overtaken
    with pytest.raises(Exception, match="taken over"):
        place.refresh()

    assert place.busy() == []
    assert place.cursor().lease_owner == "another"


def test_an_unknown_calendar_is_not_found(place: RefreshedCalendar) -> None:
    with pytest.raises(NotFound):
        place.refresher().refresh(1)


def test_the_first_reading_of_many_events_is_few_requests(place: RefreshedCalendar) -> None:
    for number in range(500):
        place.server.put(f"e{number}", event(f"2026-11-{1 + number % 28:02} 09:00"))

    place.refresh()

    assert len(place.busy()) == 500
    assert place.server.calls == ["changes"] + ["fetch"] * 5


def test_it_works_alike_on_both_databases(either_app: Flask, clock: FrozenClock) -> None:
    place = refreshed_calendar(clock)
    filled(place)
    place.server.remove("e1")
    place.server.put("e2", event("2026-11-23 09:00"))

    place.refresh()

    assert len(place.busy()) == 3
    assert place.stored() == place.expansion()
