"""The engine's rows in the database: what is saved is what is read, and only under the lease."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.dialects import sqlite

from booking.calendars import pair_statements as ask
from booking.calendars import pair_store
from booking.calendars.link_models import SyncPair, SyncRecord
from booking.calendars.pair_store import PairStore
from booking.calendars.sync_models import ReplicaItem
from booking.core.clock import FrozenClock
from booking.db import reading, writing
from booking.sync.ports import Item, Side, Units
from booking.sync.rows import (
    Changes,
    Conflict,
    ConflictKind,
    Dirty,
    End,
    Hold,
    HoldState,
    Intent,
    LeaseLost,
    Link,
    LinkState,
    Notice,
    NoticeKind,
    Op,
    Stamp,
    Tombstone,
    Trash,
)
from tests.calendars.memory_calendar import event
from tests.calendars.refreshing import RefreshedCalendar, refreshed_calendar

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
UNITS: Units = {"title": "Intro", "attendees": {"first@example.test": {"answer": "accepted"}}}
LINK = Link(
    id=11,
    generation=2,
    origin=Side.LEFT,
    root="a-root",
    agreed=UNITS,
    stamps={"title": Stamp(at=NOW, side=Side.LEFT)},
    left=End(key="b1", uid="uid-1", shadow=UNITS),
    right=End(key="/home/work/x.ics", uid="uid-1", shadow={"title": "Int"}),
    state=LinkState.UNSYNCABLE,
    reason="forbidden",
    failures=3,
    retry_at=NOW + timedelta(hours=1),
    put_back_at=NOW,
)
INTENT = Intent(
    link_id=11,
    side=Side.RIGHT,
    op=Op.CREATE,
    name="abc",
    uid="uid-1",
    mark="a-mark",
    target=UNITS,
    if_match="v1",
    attempts=1,
    refusals=2,
)
HOLD = Hold(link_id=11, side=Side.RIGHT, state=HoldState.HELD, found_at=NOW)


@pytest.fixture
def place(either_app: Flask, clock: FrozenClock) -> RefreshedCalendar:
    return refreshed_calendar(clock)


@pytest.fixture
def store(place: RefreshedCalendar) -> PairStore:
    with writing() as session:
        pair = pair_store.find_or_make_pair(session, "bookings", place.user, place.calendar, NOW)
        lease = pair_store.take_lease(session, pair.id, "worker", NOW)
    assert lease is not None
    return PairStore(pair_id=pair.id, calendars={Side.RIGHT: place.calendar}, lease=lease)


def save(store: PairStore, **changes: object) -> None:
    with store.writing() as state:
        state.save(Changes(**changes))  # type: ignore[arg-type]


def test_a_link_is_read_as_it_was_saved(store: PairStore) -> None:
    save(store, links=(LINK,))

    with store.reading() as state:
        assert state.links([11, 12]) == {11: LINK}
        assert state.links_at(Side.LEFT, ["b1", "b2"]) == {"b1": LINK}
        assert state.links_at(Side.RIGHT, ["/home/work/x.ics"]) == {"/home/work/x.ics": LINK}
        assert state.rooted("a-root")
        assert not state.rooted("another")


def test_a_link_without_a_right_end_is_read_as_such(store: PairStore) -> None:
    bare = LINK.with_end(Side.RIGHT, End())
    save(store, links=(LINK,))
    save(store, links=(bare,))

    with store.reading() as state:
        assert state.links([11]) == {11: bare}


def test_an_intent_is_kept_once_for_each_side(store: PairStore) -> None:
    save(store, links=(LINK,), intents=(INTENT,))
    save(store, intents=(INTENT,))

    with store.reading() as state:
        assert state.intents() == state.intents_of([11]) == [INTENT]

    save(store, done=((11, Side.RIGHT),))
    with store.reading() as state:
        assert state.intents() == []


def test_a_hold_is_kept_until_it_is_released(store: PairStore) -> None:
    save(store, links=(LINK,), holds=(HOLD,))
    with store.reading() as state:
        assert state.holds() == state.holds_of([11]) == [HOLD]

    save(store, released=(11,))

    with store.reading() as state:
        assert state.holds() == []


def test_a_dropped_link_takes_everything_along(store: PairStore) -> None:
    save(store, links=(LINK,), intents=(INTENT,), holds=(HOLD,), dirty=(11,))

    save(store, dropped=(11,))

    with store.reading() as state:
        assert state.links([11]) == {}
        assert (state.intents(), state.holds()) == ([], [])
        assert state.dirty(NOW) == Dirty()


def test_what_is_dirty_is_told_once_and_until_it_was_planned(store: PairStore) -> None:
    save(store, links=(LINK,), dirty=(11, 11), later=((Side.RIGHT, "k"),))
    with store.writing() as state:
        state.replica(Side.RIGHT).put([Item(key="k", units={})])
        state.replica(Side.RIGHT).put([Item(key="k", units={})])

    with store.reading() as state:
        dirty = state.dirty(NOW)
    assert dirty == Dirty(links=(11,), items=((Side.RIGHT, "k"),))

    with store.writing() as state:
        state.planned(dirty)
        assert state.dirty(NOW) == Dirty()


def test_a_link_that_waits_is_due_when_its_time_has_come(store: PairStore) -> None:
    save(store, links=(LINK,))

    with store.reading() as state:
        assert state.dirty(NOW).links == ()
        assert state.dirty(NOW + timedelta(hours=1)).links == (11,)


def test_what_the_pair_wrote_itself_is_not_news(store: PairStore) -> None:
    with store.writing() as state:
        state.replica(Side.RIGHT).put([Item(key="k", units={})], own=True)
        state.replica(Side.RIGHT).drop(["k"], own=True)

    with store.reading() as state:
        assert state.dirty(NOW) == Dirty()
        assert state.replica(Side.RIGHT).items(["k"]) == {}


def test_its_items_are_apart_from_the_calendar_s_own_copy(
    store: PairStore, place: RefreshedCalendar
) -> None:
    place.server.put("a", event())
    place.refresh()

    with store.writing() as state:
        assert state.replica(Side.RIGHT).versions() == {}
        state.replica(Side.RIGHT).put([Item(key="a", units={}, version="other")], own=True)
        state.replica(Side.RIGHT).drop(["a"], own=True)

    assert [row.key for row in place.replica()] == ["a"]
    assert len(place.busy()) == 1


def test_what_happened_is_written_down(store: PairStore) -> None:
    save(
        store,
        links=(LINK,),
        conflicts=(
            Conflict(
                link_id=11,
                kind=ConflictKind.UNIT,
                unit="title",
                side=Side.RIGHT,
                kept="a",
                lost="b",
                at=NOW,
            ),
        ),
        trash=(Trash(link_id=11, side=Side.RIGHT, key="k", units=UNITS, at=NOW),),
        tombstones=(Tombstone(link_id=11, left_key="b1", right_key=None, at=NOW),),
        notices=(Notice(link_id=11, kind=NoticeKind.DELETED, side=Side.RIGHT, at=NOW),),
    )

    with reading() as session:
        records = {row.kind: row.detail for row in session.scalars(select(SyncRecord))}
    assert records["conflict"]["lost"] == "b"
    assert records["trash"]["units"] == UNITS
    assert records["tombstone"] == {"left_key": "b1", "right_key": None}
    assert records["notice"]["kind"] == "deleted"
    with store.reading() as state:
        assert state.totals(NOW).deleted_lately == 1
        assert state.totals(NOW + timedelta(days=2)).deleted_lately == 0
        assert state.totals(NOW).links == 1


def test_a_unit_that_fails_keeps_nothing(store: PairStore) -> None:
    def half() -> None:
        with store.writing() as state:
            state.save(Changes(links=(LINK,), intents=(INTENT,)))
            raise KeyError

    with pytest.raises(KeyError):
        half()

    with store.reading() as state:
        assert state.links([11]) == {}


def test_one_worker_at_a_time_has_the_pair(store: PairStore) -> None:
    with writing() as session:
        assert pair_store.take_lease(session, store.pair_id, "another", NOW) is None
        pair_store.release_lease(session, store.pair_id, store.lease)
    with writing() as session:
        later = pair_store.take_lease(session, store.pair_id, "another", NOW)

    assert later is not None
    assert later.fence > store.lease.fence


def test_a_worker_that_lost_the_pair_keeps_nothing(store: PairStore) -> None:
    with writing() as session:
        later = NOW + timedelta(minutes=3)
        assert pair_store.take_lease(session, store.pair_id, "another", later)

    with pytest.raises(LeaseLost):
        save(store, links=(LINK,))
    with writing() as session:
        pair_store.release_lease(session, store.pair_id, store.lease)

    with reading() as session:
        assert session.get_one(SyncPair, store.pair_id).lease_owner == "another"
        assert session.scalars(select(ReplicaItem)).all() == []


def test_a_destination_has_one_pair(store: PairStore, place: RefreshedCalendar) -> None:
    with writing() as session:
        again = pair_store.find_or_make_pair(session, "bookings", place.user, place.calendar, NOW)

    assert again.id == store.pair_id


def steps_of(statement: Any) -> str:
    """Return how SQLite goes about a statement, whatever is bound in it."""
    words = str(statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    with reading() as session:
        return " ".join(row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {words}")))


@pytest.mark.parametrize("column", ["id", "retry_at"])
def test_no_run_walks_through_all_links_of_its_pair(app: Flask, column: str) -> None:
    statement = {
        "id": ask.LINKS_BY_ID.params(b_ids=list(range(50))),
        "retry_at": ask.LINKS_DUE.params(b_pair=1, b_now=NOW),
    }[column]

    with app.app_context():
        steps = steps_of(statement)

    assert "SCAN" not in steps
    assert re.search(rf"\b{column}[=<]\?", steps)
