"""A provider's calendar as a side of the engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from booking.calendars.content import ANSWERS
from booking.calendars.replica import CalendarRemote
from booking.core.errors import ItemGone, VersionConflict
from booking.core.event import (
    Answer,
    EventException,
    EventStatus,
    Organizer,
    Recurrence,
    to_units,
)
from tests.calendars.memory_calendar import CALENDAR, MemoryCalendar, all_day, event, series


def remote(server: MemoryCalendar, *, times_only: bool = False) -> CalendarRemote:
    return CalendarRemote(server, CALENDAR.key, times_only=times_only)


def test_a_listing_says_that_it_names_everything() -> None:
    server = MemoryCalendar(way="ctag")
    server.put("a", event())

    (first,) = remote(server).changes(None)
    server.put("b", event())
    (later,) = remote(server).changes(first.token)
    (quiet,) = remote(server).changes(later.token)

    assert (first.is_listing, later.is_listing, quiet.is_listing) == (True, True, False)
    assert [change.key for change in later.changes] == ["a", "b"]


def test_removals_are_hints() -> None:
    server = MemoryCalendar()
    server.put("a", event())
    (first,) = remote(server).changes(None)
    server.remove("a")

    (later,) = remote(server).changes(first.token)

    assert [(change.key, change.gone) for change in later.changes] == [("a", True)]


def test_an_item_carries_its_units_and_its_owner_s_answers() -> None:
    server = MemoryCalendar()
    one = event(my_answer=Answer.DECLINED, mark="a-mark")
    server.put("a", one)

    item = remote(server).get("a")

    assert item is not None
    assert {name: item.units[name] for name in to_units(one)} == to_units(one)
    assert item.units[ANSWERS] == {"": "declined"}
    assert (item.mark, item.mirrored, item.uid) == ("a-mark", False, one.uid)


def test_where_only_times_are_wanted_nothing_else_is_kept() -> None:
    server = MemoryCalendar()
    whole = series("2026-11-24 09:00", "FREQ=DAILY;COUNT=3", description="private")
    moved = EventException(
        original_start=datetime.fromisoformat("2026-11-25 09:00"),
        replacement=event("2026-11-25 14:00", uid=whole.uid, title="Another secret"),
    )
    server.put("a", replace(whole, exceptions=(moved,)))

    item = remote(server, times_only=True).get("a")

    assert item is not None
    assert "secret" not in repr(item).lower()
    assert "private" not in repr(item)
    assert "14:00" in repr(item.units["exceptions"])


def test_a_cancelled_event_makes_no_copy() -> None:
    server = MemoryCalendar()
    server.put("a", event(status=EventStatus.CANCELLED))

    item = remote(server).get("a")

    assert item is not None
    assert not item.mirrored


def test_what_cannot_be_understood_is_an_item_with_a_fault() -> None:
    server = MemoryCalendar()
    server.put("a", None)

    item = remote(server).get("a")

    assert item is not None
    assert (item.fault, item.units, item.mirrored) == ("The event could not be read.", {}, False)


def test_what_is_gone_is_none() -> None:
    assert remote(MemoryCalendar()).get("a") is None


@pytest.mark.parametrize(
    "one", [event(), all_day("2026-11-24", 3), series("2026-11-24 09:00", "FREQ=DAILY;COUNT=3")]
)
def test_what_it_holds_after_a_write_is_what_norm_says(one: object) -> None:
    server = MemoryCalendar()
    side = remote(server)
    units = to_units(one)  # type: ignore[arg-type]

    written = side.creation("name", "uid", units, "a-mark")()
    item = side.get(written.key)

    assert item is not None
    shown = {name: value for name, value in item.units.items() if name != ANSWERS}
    assert shown == side.norm(units) == side.norm(side.norm(units))
    assert (item.uid, item.mark, item.version) == ("uid", "a-mark", written.version)


def test_exceptions_of_another_kind_are_not_held() -> None:
    side = remote(MemoryCalendar())
    units = {
        **to_units(all_day("2026-11-24", recurrence=Recurrence(rules=("FREQ=DAILY",)))),
        "exceptions": {
            "2026-11-25T09:00:00": {"cancelled": True},
            "2026-11-26": {"cancelled": True},
        },
    }

    assert side.norm(units)["exceptions"] == {"2026-11-26": {"cancelled": True}}
    side.creation("name", "uid", units, "")()


def test_its_own_copy_is_found_by_name() -> None:
    server = MemoryCalendar()
    side = remote(server)
    assert side.find("name", "mark") is None

    written = side.creation("name", "uid", to_units(event()), "mark")()

    found = side.find("name", "mark")
    assert found is not None
    assert found.key == written.key


def test_writes_are_guarded_by_the_version() -> None:
    server = MemoryCalendar()
    side = remote(server)
    written = side.creation("name", "uid", to_units(event()), "")()
    stale = side.get(written.key)
    assert stale is not None
    server.put(written.key, event(title="by hand"))

    with pytest.raises(VersionConflict):
        side.update(stale, to_units(event()))
    with pytest.raises(VersionConflict):
        side.delete(stale)
    server.remove(written.key)
    with pytest.raises(ItemGone):
        side.update(stale, to_units(event()))


def test_organizer_and_sequence_are_written_and_never_compared() -> None:
    server = MemoryCalendar()
    side = CalendarRemote(
        server,
        CALENDAR.key,
        organizer=Organizer(address="host@example.test"),
        sequence_of={"uid": 3}.__getitem__,
    )

    written = side.creation("name", "uid", to_units(event()), "")()

    stored = server.items[written.key][1]
    assert stored is not None
    assert (stored.organizer, stored.sequence) == (Organizer(address="host@example.test"), 3)
    assert side.norm(to_units(stored)) == side.norm(to_units(event()))
