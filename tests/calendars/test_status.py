"""What is shown of a calendar's copy, and who may have it made new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask

from booking.calendars import store
from booking.calendars.connections import ConnectionService
from booking.calendars.cursor_rows import cached_calendars, forget_busy
from booking.calendars.selection import SelectionService
from booking.calendars.status import StatusService
from booking.calendars.sync_models import BusyRow, Cursor
from booking.calendars.values import FreshnessState
from booking.core.clock import FrozenClock
from booking.core.errors import InvalidInput, NotFound
from booking.db import writing
from booking.eventtypes.store import takes_part
from booking.security.cipher import Cipher
from tests.calendars.accounts import MemoryAccounts, jobs, make_user


@dataclass
class House:
    """A host with one calendar, whose copy is as old as the test says."""

    user: int
    calendar: int
    clock: FrozenClock
    status: StatusService
    selection: SelectionService

    def read_ago(self, **ago: float) -> None:
        moment = self.clock.now() - timedelta(**ago)
        with writing() as session:
            session.merge(Cursor(calendar_id=self.calendar, token="7", synced_at=moment))

    def busy(self, start: int, end: int, **kind: bool) -> None:
        row = BusyRow(
            calendar_id=self.calendar, item_key=f"{start}", starts_at=start, ends_at=end, **kind
        )
        with writing() as session:
            session.add(row)


@pytest.fixture
def house(app: Flask, clock: FrozenClock) -> House:
    user = make_user()
    connections = ConnectionService(
        providers=MemoryAccounts(), cipher=Cipher((bytes(32),)), clock=clock
    )
    connection = connections.connect_caldav(
        user, "generic", "https://dav.example.test/", "host", "secret"
    )
    calendar = connections.calendars(user, connection.id)[0].id
    selection = SelectionService(clock=clock, owns_event_type=takes_part, forget_busy=forget_busy)
    status = StatusService(clock=clock, cached=cached_calendars)
    return House(user=user, calendar=calendar, clock=clock, status=status, selection=selection)


@pytest.mark.parametrize(
    ("hours", "state"), [(0, FreshnessState.FRESH), (2, "fresh"), (3, "stale"), (48, "stale")]
)
def test_freshness_ends_after_two_hours(house: House, hours: int, state: str) -> None:
    house.read_ago(hours=hours)

    assert house.status.status(house.user, house.calendar).freshness == state


def test_a_calendar_never_read_is_unknown(house: House) -> None:
    status = house.status.status(house.user, house.calendar)

    assert (status.freshness, status.synced_at, status.cached_events) == ("unknown", None, 0)
    assert (status.watch.mode, status.watch.channel_id) == ("polling", None)


def test_a_foreign_calendar_has_no_status(house: House) -> None:
    stranger = make_user("stranger")

    with pytest.raises(NotFound):
        house.status.status(stranger, house.calendar)
    with pytest.raises(NotFound):
        house.status.ask_refresh(stranger, house.calendar)


def test_all_statuses_of_a_host_come_together(house: House) -> None:
    house.read_ago(minutes=1)
    house.busy(1000, 2000)

    statuses = house.status.statuses(house.user)

    assert statuses[house.calendar].cached_events == 1
    assert statuses[house.calendar].sync_token_present
    assert len(statuses) == 2


def test_what_blocks_is_told_joined_and_only_for_selected_calendars(house: House) -> None:
    house.busy(1000, 2000)
    house.busy(1500, 2500)
    house.busy(5000, 6000, is_tentative=True)
    assert house.status.busy(house.user, 0, 10_000) == ()

    chosen = house.selection.select(house.user, house.calendar)
    assert house.status.busy(house.user, 0, 10_000) == ((1000, 2500),)

    house.selection.change(house.user, chosen.id, True)
    assert house.status.busy(house.user, 0, 10_000) == ((1000, 2500), (5000, 6000))


def test_a_calendar_nobody_uses_is_forgotten(house: House) -> None:
    chosen = house.selection.select(house.user, house.calendar)
    house.read_ago(minutes=1)
    house.busy(1000, 2000)

    house.selection.unselect(house.user, chosen.id)

    assert house.status.status(house.user, house.calendar).freshness == "unknown"


def test_refreshes_merge_but_a_full_one_stays_full(house: House) -> None:
    house.status.ask_refresh(house.user, house.calendar, full=True)
    house.status.ask_refresh(house.user, house.calendar)
    house.status.ask_refresh(house.user, house.calendar)

    assert [job.payload["full"] for job in jobs("calendars.refresh")] == [True, False]


def test_a_gone_calendar_is_not_refreshed(house: House) -> None:
    with writing() as session:
        store.mark_gone(session, [house.calendar], house.clock.now())

    with pytest.raises(InvalidInput):
        house.status.ask_refresh(house.user, house.calendar)


def test_a_visit_refreshes_what_is_older_than_five_seconds(house: House) -> None:
    house.read_ago(seconds=5)

    nudged = house.status.nudge([house.calendar], house.clock.now())

    assert nudged == (house.calendar,)
    assert len(jobs("calendars.refresh")) == 1


def test_a_visit_leaves_a_fresh_copy_alone(house: House) -> None:
    house.read_ago(seconds=4)

    assert house.status.nudge([house.calendar], house.clock.now()) == ()
    assert jobs("calendars.refresh") == []


def test_a_hot_page_asks_the_database_once_in_five_seconds(house: House) -> None:
    house.read_ago(minutes=1)
    status = house.status

    nudged = [status.nudge([house.calendar], house.clock.now()) for _ in range(100)]
    house.clock.advance(seconds=5)
    again = status.nudge([house.calendar], house.clock.now())

    assert nudged == [(house.calendar,), *[()] * 99]
    assert again == (house.calendar,)
