"""Refreshing the copy of a calendar on a real server, also when that server misbehaves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.core.errors import ProviderError, ReconnectRequired, Throttled
from tests.bookings.desk import Desk, open_desk
from tests.calendars.selected import SECRET, Selected, hour, select_calendar
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, in_front_of


@pytest.fixture
def desk(app: Flask, clock: FrozenClock) -> Desk:
    return open_desk(app, clock)


@pytest.fixture
def place(desk: Desk, radicale_account: DavAccount) -> Iterator[Selected]:
    """A calendar with four events of which one is a series, read once."""
    with in_front_of(radicale_account.base_url) as proxy:
        selected = select_calendar(desk, radicale_account, proxy)
        for number in range(3):
            selected.put(f"event-{number}", *hour(f"2026112{4 + number}T100000Z"))
        rule = "RRULE:FREQ=WEEKLY;BYDAY=TU"
        selected.put("series", *hour("20261124T140000Z"), rule, moved=True)
        selected.refresh()
        proxy.clear()
        yield selected


def test_what_the_calendar_holds_is_taken_off_the_page(place: Selected) -> None:
    talk = place.desk.offer()

    assert "10:00" not in place.desk.starts(talk)
    place.remove("event-0")
    place.refresh()

    assert "10:00" in place.desk.starts(talk)


def test_the_rows_are_those_of_the_objects_on_the_server(place: Selected) -> None:
    assert place.stored() == place.expected()
    assert len(place.stored()) > 50


FAULTS: list[tuple[Action, dict[str, Any]]] = [
    (Action.HTML, {}),
    (Action.EMPTY_MULTISTATUS, {}),
    (Action.EMPTY_BODY, {}),
    (Action.HALF_BODY, {}),
    (Action.HALF_XML, {}),
    (Action.HALF_ROWS, {}),
    (Action.RESET, {}),
    (Action.STATUS, {"status": 403}),
    (Action.STATUS, {"status": 404}),
    (Action.STATUS, {"status": 410}),
    (Action.STATUS, {"status": 500}),
    (Action.STATUS, {"status": 503}),
]


@pytest.mark.parametrize(("action", "how"), FAULTS, ids=str)
@pytest.mark.parametrize("full", [False, True], ids=["delta", "full"])
def test_a_bad_answer_removes_nothing_is_written_down_and_made_up_for(
    place: Selected, action: Action, how: dict[str, Any], full: bool
) -> None:
    full = full or action is Action.HALF_ROWS
    before = place.stored()
    place.put("new", *hour("20261125T150000Z"))
    place.proxy.inject(action, **how)

    with pytest.raises(ProviderError):
        place.refresh(full=full)

    cursor = place.cursor()
    assert set(before) <= set(place.stored())
    assert (cursor.error_count, cursor.failing_since) == (1, place.desk.clock.now())
    assert cursor.error
    place.proxy.clear()
    place.later(hours=1)
    place.refresh()
    cursor = place.cursor()
    assert place.stored() == place.expected()
    assert (cursor.error_count, cursor.failing_since, cursor.error) == (0, None, None)


def test_a_refused_password_waits_for_the_host_and_asks_nothing_more(place: Selected) -> None:
    before = place.stored()
    place.proxy.inject(Action.STATUS, status=401)
    with pytest.raises(ReconnectRequired):
        place.refresh()
    place.proxy.clear()

    place.later(days=1)
    with pytest.raises(ReconnectRequired):
        place.refresh()

    assert place.proxy.methods() == []
    assert (place.stored(), place.status()) == (before, "reconnect_required")
    connections = place.desk.services.connections
    connections.reconnect(place.desk.host_id, place.connection, place.account.password)
    place.refresh()
    assert (place.status(), place.cursor().error) == ("connected", None)


def test_a_server_that_asks_for_patience_is_left_alone_so_long(place: Selected) -> None:
    place.proxy.inject(Action.STATUS, status=503, retry_after="600")

    with pytest.raises(Throttled):
        place.refresh()

    retry_at = place.cursor().retry_at
    assert retry_at is not None
    assert (retry_at - place.desk.clock.now()).total_seconds() >= 600


def test_nothing_new_is_one_small_request_and_declares_nothing_changed(place: Selected) -> None:
    version = place.slots_version()
    for _ in range(2):
        place.refresh()
    place.proxy.clear()

    report = place.refresh()

    assert (report.changed, report.gone) == (0, 0)
    assert place.proxy.methods() == ["PROPFIND"]
    assert place.slots_version() == version


def test_ten_changes_are_a_few_requests_and_one_new_version_a_commit(place: Selected) -> None:
    version = place.slots_version()
    for number in range(10):
        place.put(f"more-{number}", *hour(f"202612{10 + number}T100000Z"))

    assert place.refresh().changed == 10

    assert len(place.proxy.requests) <= 13
    assert place.slots_version() - version <= 2
    assert place.stored() == place.expected()


def test_nothing_that_says_what_an_event_is_about_is_kept(
    place: Selected, sqlite_settings: Any
) -> None:
    path = Path(sqlite_settings.database_url.removeprefix("sqlite:///"))
    files = [path, *path.parent.glob(f"{path.name}-*")]

    assert len(place.items()) == 4
    assert all(SECRET.encode() not in file.read_bytes() for file in files)


def test_a_deleted_calendar_blocks_what_it_last_held(place: Selected) -> None:
    before = place.stored()
    place.account.delete(place.url)

    with pytest.raises(ProviderError):
        place.refresh()
    place.later(days=1, hours=1)
    with pytest.raises(ProviderError):
        place.refresh(full=True)

    assert set(before) <= set(place.stored())
    assert place.status() != "reconnect_required"


def test_a_bookings_own_copy_blocks_neither_beside_it_nor_after_a_move(place: Selected) -> None:
    desk = place.desk
    desk.services.selection.set_destination(desk.host_id, place.calendar)
    talk = desk.offer(slot_interval_minutes=30)
    booking = desk.book(talk, "2026-11-27 12:00")
    desk.services.booking_writer.write(place.calendar)
    place.refresh()

    assert desk.move(booking, "2026-11-27 12:30").sequence == 1
    assert "12:00" not in desk.starts(talk, "2026-11-27")
    assert "11:30" in desk.starts(talk, "2026-11-27")


KINDS = [
    hour("20261130T090000Z"),
    ("DTSTART;TZID=Europe/Berlin:20270327T013000", "DURATION:PT3H"),
    ("DTSTART;VALUE=DATE:20261203", "DTEND;VALUE=DATE:20261205"),
    ("DTSTART:20261206T100000", "DURATION:PT90M"),
    ("DTSTART:20261207T100000Z", "DTEND:20261207T100000Z"),
    (*hour("20261208T100000Z"), "TRANSP:TRANSPARENT"),
    (*hour("20261208T110000Z"), "STATUS:CANCELLED"),
    (*hour("20261208T120000Z"), "STATUS:TENTATIVE"),
    (*hour("20261124T100000Z"), "RRULE:FREQ=WEEKLY", "EXDATE:20261208T100000Z"),
    (*hour("20261124T160000Z"), "RRULE:FREQ=MONTHLY;BYDAY=-1FR", "RDATE:20261209T160000Z"),
    ("DTSTART;TZID=America/New_York:20261101T003000", "DURATION:PT45M", "RRULE:FREQ=DAILY"),
]


def _edit(place: Selected, chance: random.Random, uids: set[str]) -> None:
    uid = f"random-{chance.randrange(8)}"
    if uid in uids and chance.random() < 0.4:
        uids.discard(uid)
        place.remove(uid)
        return
    uids.add(uid)
    lines = chance.choice(KINDS)
    place.put(uid, *lines, moved=any("20261124T100000Z" in line for line in lines))


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_edited_the_rows_are_those_of_the_server(place: Selected, seed: int) -> None:
    chance, uids = random.Random(seed), set[str]()

    for number in range(10):
        for _ in range(chance.randrange(1, 5)):
            _edit(place, chance, uids)
        place.later(hours=chance.choice([0, 1, 30]))
        place.refresh(full=chance.random() < 0.2)
        assert place.stored() == place.expected(), f"seed {seed}, step {number}"
