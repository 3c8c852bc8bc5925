"""What hosts publish: a secret feed of bookings and, where they wish, their busy times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
import vobject
from flask import Flask
from flask.testing import FlaskClient

from booking.app import create_app
from booking.bookings.values import Actor
from booking.core.clock import FrozenClock
from booking.db import db
from booking.settings import Settings
from tests.bookings.desk import Desk, at
from tests.conftest import HostAccount, host_factory
from tests.web.browser import sign_in, submit

FEEDS = "/api/v1/feeds"


@pytest.fixture
def desk(app: Flask, clock: FrozenClock, host: HostAccount) -> Desk:
    """The desk of the host, who lives in Berlin."""
    return Desk(services=app.extensions["booking"], clock=clock, host_id=host.id)


def _opened(host: HostAccount) -> str:
    """Switch the feed on; return its address without the site."""
    answer = host.call("POST", f"{FEEDS}/bookings")
    assert answer.status_code == 201
    return str(answer.get_json()["url"]).removeprefix("http://127.0.0.1:8000")


def _events(text: str) -> dict[str, tuple[datetime, datetime, str]]:
    """Read a feed by two parsers, which must agree; return events by UID, in UTC."""
    one = {
        str(event["UID"]): (
            event.decoded("DTSTART").astimezone(UTC),
            event.decoded("DTEND").astimezone(UTC),
            str(event["STATUS"]),
        )
        for event in icalendar.Calendar.from_ical(text).walk("VEVENT")
    }
    other = {
        event.uid.value: (
            event.dtstart.value.astimezone(UTC),
            event.dtend.value.astimezone(UTC),
            event.status.value,
        )
        for event in vobject.readOne(text).contents.get("vevent", [])
    }
    assert one == other
    return one


def _busy(text: str) -> list[tuple[datetime, datetime]]:
    """Read published busy times by two parsers, which must agree."""
    (component,) = icalendar.Calendar.from_ical(text).walk("VFREEBUSY")
    listed: Any = component.get("FREEBUSY", [])
    listed = listed if isinstance(listed, list) else [listed]
    one = [(period.start, period.end) for period in listed]
    other = [
        (start, end if isinstance(end, datetime) else start + end)
        for line in vobject.readOne(text).vfreebusy.contents.get("freebusy", [])
        for start, end in line.value
    ]
    assert one == other
    assert all(period.params["FBTYPE"] == "BUSY" for period in listed)
    return one


def test_a_feed_shows_a_hosts_bookings_to_two_parsers(
    client: FlaskClient, desk: Desk, host: HostAccount
) -> None:
    talk = desk.offer()
    booking = desk.book(talk, "10:00")
    request = desk.book(desk.offer(slug="ask", requires_confirmation=True), "14:00")
    summer = desk.book(desk.offer(slug="far", window={"type": "unlimited"}), "2027-07-06 10:00")

    answer = client.get(_opened(host))

    assert answer.content_type == "text/calendar; charset=utf-8"
    found = _events(answer.text)
    assert found == {
        one.ical_uid: (
            datetime.fromtimestamp(one.start, UTC),
            datetime.fromtimestamp(one.end, UTC),
            status,
        )
        for one, status in (
            (booking, "CONFIRMED"),
            (request, "TENTATIVE"),
            (summer, "CONFIRMED"),
        )
    }
    assert "ATTENDEE" not in answer.text
    assert "token" not in answer.text


def test_a_moved_booking_keeps_its_uid_and_a_cancelled_one_is_gone(
    client: FlaskClient, desk: Desk, host: HostAccount
) -> None:
    talk = desk.offer()
    moved, cancelled = desk.book(talk, "10:00"), desk.book(talk, "12:00")
    address = _opened(host)

    desk.move(moved, "15:00")
    desk.cancel(cancelled, Actor.HOST)

    found = _events(client.get(address).text)
    assert list(found) == [moved.ical_uid]
    assert found[moved.ical_uid][0] == datetime.fromtimestamp(at("15:00"), UTC)


def test_an_unchanged_feed_is_not_sent_again(
    client: FlaskClient, desk: Desk, host: HostAccount
) -> None:
    booking = desk.book(desk.offer(), "10:00")
    address = _opened(host)
    tag = client.get(address).headers["ETag"]
    desk.clock.advance(minutes=20)

    same = client.get(address, headers={"If-None-Match": tag})
    desk.move(booking, "15:00")
    other = client.get(address, headers={"If-None-Match": tag})

    assert (same.status_code, same.data) == (304, b"")
    assert other.status_code == 200


def test_a_feed_is_private_and_leaks_its_address_nowhere(
    client: FlaskClient, host: HostAccount
) -> None:
    headers = client.get(_opened(host)).headers

    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Set-Cookie" not in headers


def test_only_the_present_token_opens_a_feed(
    client: FlaskClient, host: HostAccount, app: Flask
) -> None:
    other = host_factory(app)(username="other")
    first = _opened(host)
    second = _opened(host)
    foreign = _opened(other).replace("other", host.username)
    bare = f"/{host.username}/calendar.ics"

    statuses = [client.get(path).status_code for path in (first, second, foreign, bare)]

    assert statuses == [404, 200, 404, 404]
    assert host.call("DELETE", f"{FEEDS}/bookings").status_code == 204
    assert client.get(second).status_code == 404
    assert host.call("GET", FEEDS).get_json()["bookings_since"] is None


def test_busy_times_are_published_only_where_the_host_wishes(
    client: FlaskClient, host: HostAccount
) -> None:
    path = f"/{host.username}/freebusy.ifb"
    assert client.get(path).status_code == 404

    told = host.call("PATCH", FEEDS, json={"shows_free_busy": True}).get_json()
    assert told["free_busy_url"].endswith(path)
    assert client.get(path).status_code == 200
    host.call("PATCH", FEEDS, json={"shows_free_busy": False})

    assert client.get(path).status_code == 404


def test_published_busy_times_are_joined_and_tell_nothing_else(
    client: FlaskClient, desk: Desk, host: HostAccount
) -> None:
    desk.book(desk.offer(buffer_before_minutes=15), "09:00")
    calendar = desk.put_calendar()
    desk.put_busy(calendar, at("09:30"), at("10:30"))
    desk.put_busy(calendar, at("13:00"), at("14:00"), is_tentative=True)
    desk.put_busy(desk.put_calendar(selected=False), at("16:00"), at("17:00"))
    host.call("PATCH", FEEDS, json={"shows_free_busy": True})

    answer = client.get(f"/{host.username}/freebusy.ifb?start=2026-11-24&end=2026-11-25")

    spans = [(at("09:00"), at("10:30"))]
    assert _busy(answer.text) == [
        tuple(datetime.fromtimestamp(edge, UTC) for edge in span) for span in spans
    ]
    (component,) = icalendar.Calendar.from_ical(answer.text).walk("VFREEBUSY")
    assert set(component) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "ORGANIZER", "URL", "FREEBUSY"}
    assert host.email not in answer.text
    assert "Talk" not in answer.text


def test_without_a_range_the_next_sixty_days_are_told(
    client: FlaskClient, host: HostAccount
) -> None:
    host.call("PATCH", FEEDS, json={"shows_free_busy": True})

    text = client.get(f"/{host.username}/freebusy.ifb").text

    assert _busy(text) == []
    (component,) = icalendar.Calendar.from_ical(text).walk("VFREEBUSY")
    assert component.decoded("DTEND") - component.decoded("DTSTART") == timedelta(days=60)


@pytest.mark.parametrize(
    "query",
    [
        "start=2026-11-24&end=2027-02-25",
        "start=2026-11-24&end=2026-11-24",
        "start=2026-11-01&end=2026-11-24",
        "start=2028-11-01&end=2028-11-24",
        "start=tomorrow",
        "end=2026-13-01",
        "start=2026-11-24T09:00:00",
    ],
)
def test_a_range_that_is_too_wide_too_far_or_no_range_is_refused(
    client: FlaskClient, host: HostAccount, query: str
) -> None:
    host.call("PATCH", FEEDS, json={"shows_free_busy": True})

    assert client.get(f"/{host.username}/freebusy.ifb?{query}").status_code == 422


@pytest.fixture
def behind_a_proxy(sqlite_settings: Settings, clock: FrozenClock) -> Iterator[FlaskClient]:
    app = create_app(replace(sqlite_settings, trusted_proxies=1), clock)
    with app.app_context():
        host_factory(app)(username="some")
        yield app.test_client()
        db.engine.dispose()


@pytest.mark.parametrize("path", ["/some/freebusy.ifb", "/some/calendar.ics?token=guessed"])
def test_thirty_looks_a_minute_are_the_most_for_one_visitor(
    behind_a_proxy: FlaskClient, path: str
) -> None:
    statuses = [
        behind_a_proxy.get(path, headers={"X-Forwarded-For": "203.0.113.9"}).status_code
        for _ in range(31)
    ]
    other = behind_a_proxy.get(path, headers={"X-Forwarded-For": "203.0.113.10"})

    assert statuses[:30] == [404] * 30
    assert statuses[30] == 429
    assert other.status_code == 404


def test_a_host_makes_renews_and_ends_the_address_on_a_page(
    client: FlaskClient, host: HostAccount
) -> None:
    browser = host.client
    sign_in(browser, host.email, host.password)

    made = submit(browser, "/settings/feeds", "/settings/feeds/bookings")
    assert made.status_code == 201
    found = re.search(r"http://127\.0\.0\.1:8000(/[^<\"]+token=[^<\"]+)", made.text)
    assert found is not None
    address = found.group(1)
    assert client.get(address).status_code == 200
    assert address not in browser.get("/settings/feeds").text
    submit(browser, "/settings/feeds/bookings/close")
    assert client.get(address).status_code == 404


def test_a_host_publishes_busy_times_on_a_page(client: FlaskClient, host: HostAccount) -> None:
    browser = host.client
    sign_in(browser, host.email, host.password)
    page, path = "/settings/feeds", f"/{host.username}/freebusy.ifb"

    submit(browser, page, "/settings/feeds/free-busy", shows_free_busy="1")
    assert path in browser.get(page).text
    assert client.get(path).status_code == 200
    submit(browser, page, "/settings/feeds/free-busy")

    assert client.get(path).status_code == 404
