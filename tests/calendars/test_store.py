"""Connections, selections and destinations on both databases."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.calendars.connections import ConnectionService
from booking.calendars.cursor_rows import cached_calendars, forget_busy
from booking.calendars.models import Calendar, DestinationCalendar, SelectedCalendar
from booking.calendars.selection import SelectionService
from booking.calendars.status import StatusService
from booking.core.clock import FrozenClock
from booking.db import reading
from booking.eventtypes.store import takes_part
from booking.security.cipher import Cipher
from tests.calendars.accounts import MemoryAccounts, jobs, make_user


class House:
    """A host with two calendars on one of the databases."""

    def __init__(self, clock: FrozenClock) -> None:
        self.user = make_user()
        self.connections = ConnectionService(
            providers=MemoryAccounts(), cipher=Cipher((bytes(32),)), clock=clock
        )
        self.selection = SelectionService(
            clock=clock, owns_event_type=takes_part, forget_busy=forget_busy
        )
        self.status = StatusService(clock=clock, cached=cached_calendars)
        view = self.connections.connect_caldav(
            self.user, "generic", "https://dav.example.test/", "host", "secret"
        )
        self.connection = view.id
        self.team, self.work = self.connections.calendars(self.user, view.id)


@pytest.fixture
def house(either_app: Flask, clock: FrozenClock) -> House:
    return House(clock)


def count(table: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_choices_are_stored_once_and_found_again(house: House) -> None:
    for tentative in (False, True):
        house.selection.select(house.user, house.work.id, None, tentative)
        house.selection.set_destination(house.user, house.work.id)

    views = house.connections.calendars(house.user, house.connection)

    assert (count(SelectedCalendar), count(DestinationCalendar)) == (1, 1)
    assert [(view.selected, view.destination) for view in views] == [(False, False), (True, True)]


def test_many_who_select_the_same_make_one_selection(house: House, either_app: Flask) -> None:
    failures: list[Exception] = []

    def select_it() -> None:
        with either_app.app_context():
            try:
                house.selection.select(house.user, house.work.id)
            except Exception as error:  # noqa: BLE001 - handed to the test's own thread
                failures.append(error)

    threads = [threading.Thread(target=select_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert count(SelectedCalendar) == 1


def test_leaving_takes_all_that_hangs_on_the_connection(house: House) -> None:
    house.selection.select(house.user, house.work.id)
    house.selection.set_destination(house.user, house.work.id)

    house.connections.disconnect(house.user, house.connection)

    assert [count(table) for table in (Calendar, SelectedCalendar, DestinationCalendar)] == [0] * 3


def test_visits_and_wishes_merge_into_one_job_each(house: House, clock: FrozenClock) -> None:
    house.status.ask_refresh(house.user, house.work.id)
    house.status.nudge([house.work.id], clock.now())
    house.status.ask_refresh(house.user, house.work.id, full=True)

    assert [job.payload["full"] for job in jobs("calendars.refresh")] == [False, True]
    assert house.status.statuses(house.user).keys() == {house.team.id, house.work.id}
