"""The lease on a calendar's copy, and what its fence keeps out, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.calendars import replica_store
from booking.calendars.busy import BusyStore, Window
from booking.calendars.replica_store import LEASE_LASTS, SharedReplica, free_leases, release_lease
from booking.calendars.sync_models import BusyRow, ReplicaItem
from booking.core.clock import FrozenClock
from booking.core.event import to_units
from booking.core.instants import Instant
from booking.core.zones import zone
from booking.db import reading, writing
from booking.sync.ports import Item
from booking.sync.rows import Cursor, Lease, LeaseLost
from tests.bookings.desk import at
from tests.calendars.memory_calendar import event
from tests.calendars.refreshing import RefreshedCalendar, refreshed_calendar
from tests.conftest import MONDAY

UNITS = to_units(event("2026-11-24 09:00"))


@pytest.fixture
def place(either_app: Flask, clock: FrozenClock) -> RefreshedCalendar:
    return refreshed_calendar(clock)


def _take(place: RefreshedCalendar, owner: str = "a", **later: float) -> Lease | None:
    with writing() as session:
        now = MONDAY + timedelta(**later)
        return replica_store.take_lease(session, place.calendar, owner, now)


def _taken(place: RefreshedCalendar, owner: str = "a", **later: float) -> Lease:
    lease = _take(place, owner, **later)
    assert lease is not None
    return lease


def _replica(place: RefreshedCalendar, lease: Lease) -> SharedReplica:
    window = Window(
        start=Instant(at("2026-11-01 00:00")),
        end=Instant(at("2027-11-01 00:00")),
        zone=zone("Europe/Berlin"),
    )
    busy = BusyStore(place.calendar, place.user, window, place.own_uids)
    return SharedReplica(
        calendar_id=place.calendar, user_id=place.user, lease=lease, busy=busy, now=MONDAY
    )


def _count() -> tuple[int, int]:
    """Return how many items and busy rows there are."""
    with reading() as session:
        return (
            len(session.scalars(select(ReplicaItem)).all()),
            len(session.scalars(select(BusyRow)).all()),
        )


def test_one_worker_at_a_time_has_the_lease(place: RefreshedCalendar) -> None:
    first = _taken(place, "a")

    assert _take(place, "b") is None
    assert _take(place, "b", seconds=LEASE_LASTS.total_seconds()) is None
    second = _taken(place, "b", seconds=LEASE_LASTS.total_seconds() + 1)
    assert second.fence > first.fence


def test_a_lease_given_back_is_free_at_once(place: RefreshedCalendar) -> None:
    lease = _taken(place)
    with writing() as session:
        release_lease(session, place.calendar, lease)

    assert _take(place, "b") is not None


def test_nobody_gives_back_anothers_lease(place: RefreshedCalendar) -> None:
    old = _taken(place, "a")
    _taken(place, "b", hours=1)

    with writing() as session:
        release_lease(session, place.calendar, old)

    assert _take(place, "c", hours=1) is None


def test_the_leases_of_the_dead_can_be_freed(place: RefreshedCalendar) -> None:
    _taken(place, "dead/1")
    with reading() as session:
        assert replica_store.lease_owners(session) == ["dead/1"]

    with writing() as session:
        free_leases(session, ["alive/2"])
    assert _take(place, "b") is None
    with writing() as session:
        free_leases(session, ["dead/1"])

    assert _take(place, "b") is not None


def test_an_item_and_its_rows_and_the_place_in_the_feed_are_one_commit(
    place: RefreshedCalendar,
) -> None:
    replica = _replica(place, _taken(place))

    with replica.writing() as rows:
        rows.put([Item(key="a", uid="a", version="1", units=UNITS)])
        rows.save_cursor(Cursor(token="7", full_at=MONDAY))

    assert _count() == (1, 1)
    with replica.reading() as rows:
        assert rows.cursor() == Cursor(token="7", full_at=MONDAY)
        assert dict(rows.versions()) == {"a": "1"}


def test_a_unit_that_fails_keeps_nothing(place: RefreshedCalendar) -> None:
    replica = _replica(place, _taken(place))

    def unit() -> None:
        with replica.writing() as rows:
            rows.put([Item(key="a", uid="a", version="1", units=UNITS)])
            rows.save_cursor(Cursor(token="7"))
            raise LookupError

    with pytest.raises(LookupError):
        unit()

    assert _count() == (0, 0)
    with replica.reading() as rows:
        assert rows.cursor() == Cursor()


def test_a_worker_that_lost_its_lease_keeps_nothing(place: RefreshedCalendar) -> None:
    slow = _replica(place, _taken(place, "a"))
    _taken(place, "b", hours=1)

    def unit() -> None:
        with slow.writing() as rows:
            rows.put([Item(key="a", uid="a", version="1", units=UNITS)])

    with pytest.raises(LeaseLost):
        unit()

    assert _count() == (0, 0)


def test_dropping_an_item_drops_its_rows(place: RefreshedCalendar) -> None:
    replica = _replica(place, _taken(place))
    with replica.writing() as rows:
        rows.put([Item(key=key, uid=key, version="1", units=UNITS) for key in "ab"])

    with replica.writing() as rows:
        rows.drop(["a", "unknown"])

    assert _count() == (1, 1)


@pytest.mark.parametrize("version", ["2", None])
def test_an_item_that_only_got_a_new_version_says_nothing_changed(
    place: RefreshedCalendar, version: str | None
) -> None:
    replica = _replica(place, _taken(place))
    with replica.writing() as rows:
        rows.put([Item(key="a", uid="a", version="1", units=UNITS)])
    revision = place.cursor().revision

    with replica.writing() as rows:
        rows.put([Item(key="a", uid="a", version=version, units=UNITS)])

    assert place.cursor().revision == revision == 1
