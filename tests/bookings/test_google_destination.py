"""Bookings and busy times with Google at the other end, through the whole application."""

from __future__ import annotations

from dataclasses import replace

import pytest

from booking.bookings.values import BookingView
from booking.calendars.oauth_ports import Grant
from booking.calendars.values import SignIn
from booking.core.errors import ProviderError
from booking.settings import Settings
from tests.bookings.desk import Desk
from tests.providersim.faults import Act
from tests.providersim.hand import ALL_SCOPES
from tests.providersim.server import ProviderSim

HOST = "host@example.org"


@pytest.fixture
def sqlite_settings(sqlite_settings: Settings, sim: ProviderSim) -> Settings:
    """Settings whose Google is the simulator."""
    return replace(sqlite_settings, **sim.google_settings)  # type: ignore[arg-type]


@pytest.fixture
def calendar(desk: Desk, sim: ProviderSim) -> int:
    """The host's primary calendar at Google, which blocks and receives bookings."""
    access, refresh = sim.google.sign_in(HOST, ALL_SCOPES)
    grant = Grant(access_token=access, refresh_token=refresh, expires_at=2**40, scopes=ALL_SCOPES)
    sign_in = SignIn(provider="google", preset="google", url="", secret=grant.text())
    connection = desk.services.connections.connect(desk.host_id, sign_in)
    (found,) = desk.services.connections.calendars(desk.host_id, connection.id)
    desk.services.selection.set_destination(desk.host_id, found.id)
    desk.services.selection.select(desk.host_id, found.id)
    return found.id


def titles(sim: ProviderSim) -> list[str]:
    return [row["summary"] for row in sim.google.rows(HOST)]


def write(desk: Desk, calendar: int) -> None:
    desk.services.booking_writer.write(calendar)


def state(desk: Desk, booking: BookingView) -> str:
    return desk.now(booking).calendar_state


def test_a_booking_is_written_moved_and_removed(
    desk: Desk, sim: ProviderSim, calendar: int
) -> None:
    booking = desk.book(desk.offer(), "10:00")
    write(desk, calendar)
    assert state(desk, booking) == "written"
    (row,) = sim.google.rows(HOST)
    assert row["summary"] == "Talk: Guest"
    assert "guest@example.test" in row["description"]

    desk.move(booking, "14:00")
    write(desk, calendar)
    (moved,) = sim.google.rows(HOST)
    assert moved["id"] == row["id"]
    assert moved["start"]["dateTime"] == "2026-11-24T15:00:00+01:00"

    desk.cancel(booking)
    write(desk, calendar)
    assert sim.google.rows(HOST) == []
    assert sim.google.mails == []


@pytest.mark.parametrize("act", [Act.DROP_AFTER_WRITE, Act.APPLY_THEN_STATUS, Act.DROP_BEFORE])
def test_a_lost_answer_makes_no_second_event(
    desk: Desk, sim: ProviderSim, calendar: int, act: Act
) -> None:
    booking = desk.book(desk.offer(), "10:00")
    sim.google.fail_next("events.insert", act)
    with pytest.raises(ProviderError):
        write(desk, calendar)
    assert state(desk, booking) in {"pending", "failing"}

    write(desk, calendar)

    assert titles(sim) == ["Talk: Guest"]
    assert state(desk, booking) == "written"


def test_a_revoked_grant_loses_no_booking(desk: Desk, sim: ProviderSim, calendar: int) -> None:
    booking = desk.book(desk.offer(), "10:00")
    sim.google.revoke(HOST)
    with pytest.raises(ProviderError):
        write(desk, calendar)
    (connection,) = desk.services.connections.list(desk.host_id)
    assert connection.status == "reconnect_required"

    access, refresh = sim.google.sign_in(HOST, ALL_SCOPES)
    grant = Grant(access_token=access, refresh_token=refresh, expires_at=2**40, scopes=ALL_SCOPES)
    desk.services.connections.reconnect(desk.host_id, connection.id, grant.text())
    write(desk, calendar)

    assert titles(sim) == ["Talk: Guest"]
    assert state(desk, booking) == "written"


def test_what_a_person_does_at_google_takes_times_and_gives_them_back(
    desk: Desk, sim: ProviderSim, calendar: int
) -> None:
    refresher, status = desk.services.refresher, desk.services.calendar_status
    start = {"dateTime": "2026-11-24T09:00:00+01:00", "timeZone": "Europe/Berlin"}
    end = {"dateTime": "2026-11-24T10:00:00+01:00", "timeZone": "Europe/Berlin"}
    rule = ["RRULE:FREQ=DAILY;COUNT=5"]

    key = sim.google.add_event(HOST, start=start, end=end, recurrence=rule)["id"]
    refresher.refresh(calendar)
    assert status.statuses(desk.host_id)[calendar].cached_events == 5

    sim.google.delete_event(HOST, f"{key}_20261125T080000Z")
    refresher.refresh(calendar)
    assert status.statuses(desk.host_id)[calendar].cached_events == 4

    sim.google.expire_cursors(HOST)
    refresher.refresh(calendar)
    assert status.statuses(desk.host_id)[calendar].cached_events == 4

    sim.google.delete_event(HOST, key)
    refresher.refresh(calendar)
    assert status.statuses(desk.host_id)[calendar].cached_events == 0
