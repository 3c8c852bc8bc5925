"""Which calendars block, and which one receives bookings."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from booking.calendars import store
from booking.calendars.connections import ConnectionService
from booking.calendars.selection import SelectionService, calendars_for, destination_for
from booking.core.clock import FrozenClock
from booking.core.errors import InvalidInput, NotFound
from booking.core.ids import new_id
from booking.db import reading, writing
from booking.eventtypes.models import EventType
from booking.security.cipher import Cipher
from tests.calendars.accounts import MemoryAccounts, jobs, make_user, slots_version


@dataclass
class House:
    """A host with the calendars Team (read-only) and Work, and the service under test."""

    user: int
    team: int
    work: int
    selection: SelectionService
    forgotten: list[int] = field(default_factory=list)
    event_types: set[int] = field(default_factory=set)

    def owns(self, _session: Session, user_id: int, event_type_id: int) -> bool:
        return user_id == self.user and event_type_id in self.event_types

    def forget(self, _session: Session, calendar_id: int) -> None:
        self.forgotten.append(calendar_id)

    def event_type(self, clock: FrozenClock) -> int:
        key = new_id()
        with writing() as session:
            session.add(
                EventType(
                    id=key,
                    user_id=self.user,
                    slug=f"type-{key}",
                    title="Intro",
                    duration_minutes=30,
                    created_at=clock.now(),
                )
            )
        self.event_types.add(key)
        return key


@pytest.fixture
def house(app: Flask, clock: FrozenClock) -> House:
    user = make_user()
    connections = ConnectionService(
        providers=MemoryAccounts(), cipher=Cipher((bytes(32),)), clock=clock
    )
    connection = connections.connect_caldav(
        user, "generic", "https://dav.example.test/", "host", "secret"
    )
    team, work = connections.calendars(user, connection.id)
    house: House

    def owns(session: Session, user_id: int, event_type_id: int) -> bool:
        return house.owns(session, user_id, event_type_id)

    def forget(session: Session, calendar_id: int) -> None:
        house.forget(session, calendar_id)

    service = SelectionService(clock=clock, owns_event_type=owns, forget_busy=forget)
    house = House(user=user, team=team.id, work=work.id, selection=service)
    return house


def blocking(house: House, event_type_id: int | None = None) -> list[int]:
    with reading() as session:
        return [each.calendar_id for each in calendars_for(session, house.user, event_type_id)]


def test_a_selected_calendar_blocks_and_is_refreshed(house: House) -> None:
    before = slots_version(house.user)

    house.selection.select(house.user, house.work)

    assert blocking(house) == [house.work]
    assert slots_version(house.user) > before
    assert [job.dedup_key for job in jobs("calendars.refresh")] == [f"refresh:{house.work}"]


def test_selecting_twice_is_one_selection_with_the_later_switch(house: House) -> None:
    first = house.selection.select(house.user, house.work)

    second = house.selection.select(house.user, house.work, tentative_blocks=True)

    assert first.id == second.id
    assert house.selection.list(house.user) == (second,)
    assert second.tentative_blocks


def test_an_event_type_has_a_list_of_its_own(house: House, clock: FrozenClock) -> None:
    event_type = house.event_type(clock)
    house.selection.select(house.user, house.work)

    house.selection.select(house.user, house.team, event_type)

    assert blocking(house) == [house.work]
    assert blocking(house, event_type) == [house.team]


def test_foreign_calendars_and_event_types_are_not_found(house: House) -> None:
    stranger = make_user("stranger")
    own = house.selection.select(house.user, house.work)

    for act in (
        lambda: house.selection.select(stranger, house.work),
        lambda: house.selection.select(house.user, house.work, 12345),
        lambda: house.selection.get(stranger, own.id),
        lambda: house.selection.change(stranger, own.id, True),
        lambda: house.selection.unselect(stranger, own.id),
        lambda: house.selection.set_destination(stranger, house.work),
    ):
        with pytest.raises(NotFound):
            act()


def test_the_switch_for_tentative_events_changes_slots(house: House) -> None:
    own = house.selection.select(house.user, house.work)
    before = slots_version(house.user)

    changed = house.selection.change(house.user, own.id, True)

    assert changed.tentative_blocks
    assert slots_version(house.user) > before


def test_events_of_a_calendar_nobody_uses_are_forgotten(house: House, clock: FrozenClock) -> None:
    common = house.selection.select(house.user, house.work)
    own = house.selection.select(house.user, house.work, house.event_type(clock))

    house.selection.unselect(house.user, common.id)
    assert house.forgotten == []
    house.selection.unselect(house.user, own.id)

    assert house.forgotten == [house.work]
    assert blocking(house) == []


def test_there_is_exactly_one_destination(house: House) -> None:
    house.selection.set_destination(house.user, house.work)

    again = house.selection.set_destination(house.user, house.work)

    assert again.destination
    assert house.selection.destination(house.user) == again


def test_a_read_only_calendar_never_receives_bookings(house: House) -> None:
    with pytest.raises(InvalidInput) as refused:
        house.selection.set_destination(house.user, house.team)

    assert "can only be read" in refused.value.fields[0].detail
    assert house.selection.destination(house.user) is None


def test_a_gone_calendar_is_refused(house: House, clock: FrozenClock) -> None:
    with writing() as session:
        store.mark_gone(session, [house.work], clock.now())

    with pytest.raises(InvalidInput) as refused:
        house.selection.set_destination(house.user, house.work)
    with pytest.raises(InvalidInput):
        house.selection.select(house.user, house.work)
    assert "no longer" in refused.value.fields[0].detail


def test_clearing_the_destination_twice_is_no_error(house: House) -> None:
    house.selection.set_destination(house.user, house.work)

    house.selection.clear_destination(house.user)
    house.selection.clear_destination(house.user)

    assert house.selection.destination(house.user) is None


def test_an_event_types_destination_goes_before_the_hosts(house: House) -> None:
    house.selection.set_destination(house.user, house.work)

    with reading() as session:
        assert destination_for(session, house.user) == house.work
        assert destination_for(session, house.user, house.team) == house.team
