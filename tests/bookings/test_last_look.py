"""The look at the calendars just before a booking: what was entered meanwhile is not missed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.core.errors import SlotUnavailable
from tests.bookings.desk import Desk, open_desk
from tests.calendars.selected import Selected, hour, select_calendar
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, in_front_of


@pytest.fixture
def desk(either_app: Flask, clock: FrozenClock) -> Desk:
    return open_desk(either_app, clock)


@pytest.fixture
def place(desk: Desk, radicale_account: DavAccount) -> Iterator[Selected]:
    """A calendar that was read two minutes ago."""
    with in_front_of(radicale_account.base_url) as proxy:
        selected = select_calendar(desk, radicale_account, proxy)
        selected.refresh()
        selected.later(minutes=2)
        yield selected


def test_an_event_that_was_entered_a_moment_ago_refuses_the_booking(place: Selected) -> None:
    talk = place.desk.offer()
    place.put("late", *hour("20261124T100000Z"))

    with pytest.raises(SlotUnavailable):
        place.desk.book(talk, "10:00")


def test_a_booking_is_moved_only_to_a_time_that_is_free_by_now(place: Selected) -> None:
    booking = place.desk.book(place.desk.offer(), "09:00")
    place.later(minutes=2)
    place.put("late", *hour("20261124T100000Z"))

    with pytest.raises(SlotUnavailable):
        place.desk.move(booking, "10:00")


@pytest.mark.parametrize(
    ("on_stale", "status"), [("offer", "confirmed"), ("request", "pending"), ("hide", None)]
)
def test_a_calendar_that_gives_no_answer_leaves_it_to_the_event_type(
    place: Selected, on_stale: str, status: str | None
) -> None:
    talk = place.desk.offer(on_stale=on_stale)
    place.proxy.inject(Action.RESET)

    if status is None:
        with pytest.raises(SlotUnavailable):
            place.desk.book(talk, "10:00")
    else:
        assert place.desk.book(talk, "10:00").status == status


def test_a_calendar_read_within_the_minute_is_not_asked(place: Selected) -> None:
    talk = place.desk.offer()
    place.refresh()
    place.proxy.clear()

    place.desk.book(talk, "10:00")

    assert place.proxy.requests == []


def test_a_time_that_is_taken_anyway_is_not_worth_a_look(place: Selected) -> None:
    talk = place.desk.offer()
    place.desk.book(talk, "10:00")
    place.later(minutes=2)
    place.proxy.clear()

    with pytest.raises(SlotUnavailable):
        place.desk.book(talk, "10:00")

    assert place.proxy.requests == []
