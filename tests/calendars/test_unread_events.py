"""Events that cannot be understood or expanded block nothing, and are counted where hosts look."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.calendars.values import CalendarStatus
from booking.core.clock import FrozenClock
from tests.bookings.desk import Desk, open_desk
from tests.servers.dav import DavAccount


@pytest.fixture
def desk(app: Flask, clock: FrozenClock) -> Desk:
    return open_desk(app, clock)


def _event(uid: str, *lines: str) -> str:
    body = (
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", f"UID:{uid}"),
        *("DTSTAMP:20261101T000000Z", "DTSTART:20261124T090000Z", "DURATION:PT1H"),
        *(*lines, "END:VEVENT", "END:VCALENDAR", ""),
    )
    return "\r\n".join(body)


def _read(desk: Desk, account: DavAccount, **objects: str) -> CalendarStatus:
    url = account.make_calendar("conflict")
    for name, text in objects.items():
        account.put(url, f"{name}.ics", text)
    services = desk.services
    connection = services.connections.connect_caldav(
        desk.host_id, "radicale", account.base_url, account.user, account.password
    )
    (calendar,) = services.connections.calendars(desk.host_id, connection.id)
    services.selection.select(desk.host_id, calendar.id)
    services.refresher.refresh(calendar.id)
    return services.calendar_status.status(desk.host_id, calendar.id)


def test_a_rule_finer_than_daily_is_counted_and_the_rest_blocks(
    desk: Desk, radicale_account: DavAccount
) -> None:
    status = _read(
        desk,
        radicale_account,
        fine=_event("fine"),
        bomb=_event("bomb", "RRULE:FREQ=SECONDLY"),
    )

    assert (status.cached_events, status.unread_events) == (1, 1)
    assert status.error is None


def test_where_all_is_understood_nothing_is_counted(
    desk: Desk, radicale_account: DavAccount
) -> None:
    status = _read(desk, radicale_account, fine=_event("fine", "RRULE:FREQ=DAILY;COUNT=3"))

    assert (status.cached_events, status.unread_events) == (3, 0)
