"""Bookings and busy times with Microsoft at the other end, through the whole application."""

from __future__ import annotations

from dataclasses import replace

import pytest

from booking.calendars.oauth_ports import Grant
from booking.calendars.values import SignIn
from booking.core.errors import ProviderError
from booking.settings import Settings
from tests.bookings.desk import Desk
from tests.providersim.faults import Act
from tests.providersim.graph_server import GraphSim

HOST = "host@example.org"
SCOPES = ("Calendars.ReadWrite", "User.Read")


@pytest.fixture
def sqlite_settings(sqlite_settings: Settings, graph: GraphSim) -> Settings:
    """Settings whose Microsoft is the simulator."""
    return replace(sqlite_settings, **graph.microsoft_settings)  # type: ignore[arg-type]


@pytest.fixture
def remote(graph: GraphSim) -> str:
    """The id of the host's calendar at Microsoft."""
    (key,) = graph.calendars.calendars_of(HOST)
    return key


@pytest.fixture
def calendar(desk: Desk, graph: GraphSim, remote: str) -> int:
    """That calendar here: it blocks and receives bookings."""
    assert remote
    access = graph.sign_in(HOST)
    grant = Grant(access_token=access, refresh_token="r", expires_at=2**40, scopes=SCOPES)
    sign_in = SignIn(provider="microsoft", preset="microsoft", url="", secret=grant.text())
    connection = desk.services.connections.connect(desk.host_id, sign_in)
    (found,) = desk.services.connections.calendars(desk.host_id, connection.id)
    desk.services.selection.set_destination(desk.host_id, found.id)
    desk.services.selection.select(desk.host_id, found.id)
    return found.id


def test_a_booking_is_written_moved_and_removed(
    desk: Desk, graph: GraphSim, calendar: int, remote: str
) -> None:
    booking = desk.book(desk.offer(), "10:00")
    desk.services.booking_writer.write(calendar)
    (row,) = graph.rows(HOST, remote)
    assert row["subject"] == "Talk: Guest"
    assert "guest@example.test" in row["body"]["content"]
    assert row["attendees"] == []

    desk.move(booking, "14:00")
    desk.services.booking_writer.write(calendar)
    (moved,) = graph.rows(HOST, remote)
    assert moved["id"] == row["id"]
    assert moved["start"] != row["start"]

    desk.cancel(booking)
    desk.services.booking_writer.write(calendar)
    assert graph.rows(HOST, remote) == []


@pytest.mark.parametrize("act", [Act.DROP_AFTER_WRITE, Act.DROP_BEFORE])
def test_a_lost_answer_makes_no_second_event(
    desk: Desk, graph: GraphSim, calendar: int, remote: str, act: Act
) -> None:
    booking = desk.book(desk.offer(), "10:00")
    graph.fail_next("events.create", act)
    with pytest.raises(ProviderError):
        desk.services.booking_writer.write(calendar)

    desk.services.booking_writer.write(calendar)

    assert len(graph.rows(HOST, remote)) == 1
    assert desk.now(booking).calendar_state == "written"


def test_what_a_person_does_there_takes_times_and_gives_them_back(
    desk: Desk, graph: GraphSim, calendar: int, remote: str
) -> None:
    refresher, status = desk.services.refresher, desk.services.calendar_status
    span = {"type": "numbered", "startDate": "2026-11-24", "numberOfOccurrences": 5}
    row = graph.add_event(
        HOST,
        remote,
        subject="Theirs",
        start={"dateTime": "2026-11-24T09:00:00", "timeZone": "Europe/Berlin"},
        end={"dateTime": "2026-11-24T10:00:00", "timeZone": "Europe/Berlin"},
        recurrence={"pattern": {"type": "daily", "interval": 1}, "range": span},
    )
    refresher.refresh(calendar)
    assert status.statuses(desk.host_id)[calendar].cached_events == 5

    graph.delete_event(HOST, remote, f"{row['id']}.occ.2026-11-25")
    refresher.refresh(calendar)
    assert status.statuses(desk.host_id)[calendar].cached_events == 4

    graph.expire_cursors(HOST, remote)
    graph.delete_event(HOST, remote, row["id"])
    refresher.refresh(calendar)
    assert status.statuses(desk.host_id)[calendar].cached_events == 0
