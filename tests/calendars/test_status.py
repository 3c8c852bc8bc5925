"""What is shown of a calendar's copy, and who may have it made new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from booking.calendars import store
from booking.calendars.connections import ConnectionService
from booking.calendars.status import StatusService
from booking.calendars.values import CachedCalendar, FreshnessState
from booking.core.clock import FrozenClock
from booking.core.errors import InvalidInput, NotFound
from booking.db import writing
from booking.security.cipher import Cipher
from tests.calendars.accounts import MemoryAccounts, jobs, make_user


@dataclass
class House:
    """A host with one calendar, whose cached state the test decides."""

    user: int
    calendar: int
    clock: FrozenClock
    states: dict[int, CachedCalendar] = field(default_factory=dict)
    questions: int = 0

    def cached(self, _session: Session, ids: Sequence[int]) -> Mapping[int, CachedCalendar]:
        self.questions += 1
        return {each: self.states[each] for each in ids if each in self.states}

    @property
    def status(self) -> StatusService:
        return StatusService(clock=self.clock, cached=self.cached)

    def read_ago(self, **ago: float) -> None:
        moment = self.clock.now() - timedelta(**ago)
        self.states[self.calendar] = CachedCalendar(synced_at=moment, cached_events=3)


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
    return House(user=user, calendar=calendar, clock=clock)


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

    statuses = house.status.statuses(house.user)

    assert statuses[house.calendar].cached_events == 3
    assert len(statuses) == 2


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

    for _ in range(100):
        status.nudge([house.calendar], house.clock.now())
    house.clock.advance(seconds=5)
    again = status.nudge([house.calendar], house.clock.now())

    assert house.questions == 2
    assert again == (house.calendar,)
