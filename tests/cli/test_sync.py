"""`booking sync`: refreshes in the foreground, one JSON report a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from booking.app import create_app
from booking.calendars import replica_store
from booking.core.clock import SystemClock
from booking.core.ids import encode_id
from booking.db import db, writing
from booking.settings import Settings
from booking.wiring import Services
from tests.cli.console import Console
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, FaultyProxy, in_front_of

EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:one\r\n"
    "DTSTAMP:20261121T000000Z\r\nDTSTART:{:%Y%m%d}T100000Z\r\nDTEND:{:%Y%m%d}T110000Z\r\n"
    "SUMMARY:Secret plan\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A host with two selected calendars, and the console beside it."""

    console: Console
    app: Flask
    proxy: FaultyProxy
    calendars: dict[str, int]

    def sync(self, *arguments: str) -> tuple[Result, list[dict[str, Any]]]:
        result = self.console.run("sync", *arguments)
        return result, [json.loads(line) for line in result.stdout.splitlines()]

    def id_of(self, name: str) -> str:
        return encode_id(self.calendars[name])


@pytest.fixture
def place(sqlite_settings: Settings, radicale_account: DavAccount) -> Iterator[Place]:
    urls = {name: radicale_account.make_calendar(name) for name in ("first", "second")}
    day = SystemClock().now() + timedelta(days=1)
    radicale_account.put(urls["first"], "one.ics", EVENT.format(day, day))
    app = create_app(sqlite_settings)
    with in_front_of(radicale_account.base_url) as proxy, app.app_context():
        services: Services = app.extensions["booking"]
        user, connections = _user(services), services.connections
        connection = connections.connect_caldav(
            user,
            "radicale",
            proxy.through(radicale_account.base_url),
            radicale_account.user,
            radicale_account.password,
        )
        calendars = {one.name: one.id for one in connections.calendars(user, connection.id)}
        for calendar in calendars.values():
            services.selection.select(user, calendar)
        yield Place(Console(sqlite_settings), app, proxy, calendars)
        db.engine.dispose()


def _user(services: Services) -> int:
    user = services.accounts.create_user(
        email="some@example.test", name="Some", username="some", time_zone="UTC", password=None
    )
    return user.id


def test_every_selected_calendar_is_reported_on_a_line(place: Place) -> None:
    result, lines = place.sync("--all")

    assert result.exit_code == 0, result.output
    reports = {line["calendar"]: line for line in lines if "calendar" in line}
    assert set(reports) == {place.id_of("first"), place.id_of("second")}
    assert reports[place.id_of("first")]["changed"] == 1
    assert "Secret plan" not in result.output


def test_one_calendar_is_refreshed_by_its_id(place: Place) -> None:
    result, lines = place.sync("--calendar", place.id_of("second"))

    assert result.exit_code == 0, result.output
    assert [line["calendar"] for line in lines] == [place.id_of("second")]


def test_a_failing_calendar_is_told_and_the_others_are_refreshed(place: Place) -> None:
    place.proxy.inject(Action.STATUS, path="/first/", status=500)

    result, lines = place.sync("--all")

    assert result.exit_code == 1
    reports = {line["calendar"]: line for line in lines if "calendar" in line}
    assert reports[place.id_of("first")]["error"]
    assert "error" not in reports[place.id_of("second")]


def test_a_calendar_that_another_worker_reads_is_told_and_the_others_are_refreshed(
    place: Place,
) -> None:
    with writing() as session:
        now = SystemClock().now()
        assert replica_store.take_lease(session, place.calendars["first"], "elsewhere/1", now)

    _, lines = place.sync("--all")

    reports = {line["calendar"]: line for line in lines if "calendar" in line}
    assert "already" in reports[place.id_of("first")]["error"]
    assert "error" not in reports[place.id_of("second")]


def test_due_jobs_are_run(place: Place) -> None:
    _, lines = place.sync()

    assert [line["ran"] for line in lines if "job" in line] == [True, True]
    assert place.sync()[1] == []


@pytest.mark.parametrize("calendar", ["nonsense", "zzzzzzzz"])
def test_an_unknown_calendar_is_one_clear_line(place: Place, calendar: str) -> None:
    result, lines = place.sync("--calendar", calendar)

    assert (result.exit_code, lines) == (1, [])
    assert result.stderr.strip() == f"There is no calendar {calendar}."
