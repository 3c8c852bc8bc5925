"""The picker: which months, days and times a guest sees, in which words."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from tests.conftest import HostAccount, HostFactory
from tests.web.guest import (
    MONDAY_NINE,
    MONDAY_TEN,
    Guest,
    days_of,
    starts_of,
    text_of,
    times_of,
    visit,
)


@pytest.fixture
def host(make_host: HostFactory) -> HostAccount:
    return make_host(username="teacher")


@pytest.fixture
def guest(app: Flask, host: HostAccount) -> Guest:
    return visit(app, host)


def test_the_profile_lists_event_types_and_hides_hidden_ones(
    app: Flask, host: HostAccount, guest: Guest
) -> None:
    app.extensions["booking"].event_types.create(
        host.id, {"title": "Secret", "duration_minutes": 30, "hidden": True}
    )

    page = guest.client.get("/teacher")

    assert "Intro call" in page.text
    assert "Secret" not in page.text


def test_a_host_without_event_types_has_a_page(guest: Guest, make_host: HostFactory) -> None:
    other = make_host(username="noa")

    page = guest.client.get(f"/{other.username}")

    assert "No meetings on offer" in page.text


@pytest.mark.parametrize("path", ["/nobody", "/teacher/nothing", "/nobody/intro"])
def test_an_unknown_address_is_not_found(guest: Guest, path: str) -> None:
    assert guest.client.get(path).status_code == 404


def test_the_first_day_with_times_is_open(guest: Guest) -> None:
    page = guest.look()

    assert days_of(page)[0] == "Monday 23 November 2026, 7 times"
    assert times_of(page)[0] == "10:00, 60 minutes"
    assert starts_of(page)[0] == MONDAY_TEN


def test_a_day_in_the_address_is_open(guest: Guest) -> None:
    page = guest.look("?date=2026-11-25")

    assert "Wednesday 25 November" in text_of(page)
    assert starts_of(page)[0] == "2026-11-25T08:00:00Z"


def test_times_stand_in_the_zone_of_the_address(guest: Guest) -> None:
    page = guest.look("?tz=America/New_York&date=2026-11-24&hours=12")

    assert times_of(page)[0] == "3:00 AM, 60 minutes"
    assert "Times in New York (UTC\N{MINUS SIGN}5)" in text_of(page)


@pytest.mark.parametrize(
    ("language", "label"),
    [("en-US,en;q=0.9", "10:00 AM, 60 minutes"), ("de-DE", "10:00, 60 minutes")],
)
def test_the_clock_follows_the_language(guest: Guest, language: str, label: str) -> None:
    page = guest.look(**{"Accept-Language": language})

    assert times_of(page)[0] == label


def test_weeks_start_on_sunday_where_they_do(guest: Guest) -> None:
    american = guest.look(**{"Accept-Language": "en-US"})
    german = guest.look(**{"Accept-Language": "de-DE"})

    assert american.text.index('abbr="Sunday"') < american.text.index('abbr="Monday"')
    assert german.text.index('abbr="Monday"') < german.text.index('abbr="Sunday"')


def test_a_locked_zone_is_told_and_kept(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host, slug="onsite", time_zone_locked="Asia/Tokyo")

    page = guest.look("?tz=Europe/Berlin")

    assert "Times in Tokyo (UTC+9). This meeting takes place there" in text_of(page)
    assert "zone-select" not in page.text


def test_the_hour_that_comes_twice_carries_letters(
    app: Flask, make_host: HostFactory, clock: FrozenClock
) -> None:
    clock.advance(days=-24)
    host = make_host(username="ny", time_zone="America/New_York")
    nights = app.extensions["booking"].schedules.create(
        host.id,
        {
            "name": "Nights",
            "time_zone": "America/New_York",
            "weekly": [{"days": ["sun"], "start": "00:00", "end": "04:00"}],
        },
    )
    guest = visit(app, host, duration_minutes=30, schedule_id=nights.id)

    page = guest.look("?date=2026-11-01&hours=24")

    spoken = [time.partition(",")[0] for time in times_of(page)]
    assert [label for label in spoken if label.startswith("01:")] == [
        "01:00 EDT",
        "01:30 EDT",
        "01:00 EST",
        "01:30 EST",
    ]


def test_the_first_month_with_times_opens_by_itself(app: Flask, host: HostAccount) -> None:
    window = {"type": "range", "start_date": "2027-02-08", "end_date": "2027-02-12"}
    guest = visit(app, host, slug="later", window=window)

    page = guest.look()

    assert "February 2027" in page.text
    assert starts_of(page)[0] == "2027-02-08T08:00:00Z"


def test_a_month_without_times_links_to_the_next_one_that_has_some(
    app: Flask, host: HostAccount
) -> None:
    window = {"type": "range", "start_date": "2027-02-08", "end_date": "2027-02-12"}
    guest = visit(app, host, slug="later", window=window)

    page = guest.look("?month=2026-12")

    assert "No times in December. Next available: Mon 8 February" in text_of(page)
    assert 'href="?date=2027-02-08"' in page.text


def test_the_next_times_are_those_of_the_length_that_was_chosen(
    app: Flask, host: HostAccount
) -> None:
    days = {"2027-02-08": "09:30", "2027-02-10": "11:00"}
    overrides = [
        {"date": day, "intervals": [{"start": "09:00", "end": end}]} for day, end in days.items()
    ]
    hours = app.extensions["booking"].schedules.create(
        host.id, {"name": "Two days", "time_zone": "UTC", "weekly": [], "overrides": overrides}
    )
    lengths = {"duration_minutes": 30, "durations_minutes": [30, 60]}
    guest = visit(app, host, slug="any", schedule_id=hours.id, **lengths)

    page = text_of(guest.look("?month=2026-12"))
    longer = text_of(guest.look("?month=2026-12&duration=60"))

    assert "Next available: Mon 8 February" in page
    assert "Next available: Wed 10 February" in longer


def test_no_times_at_all_names_the_host(app: Flask, host: HostAccount) -> None:
    window = {"type": "range", "start_date": "2026-01-05", "end_date": "2026-01-09"}
    guest = visit(app, host, slug="over", window=window)

    page = guest.look()

    assert "No times are open right now. Try later or write to Teacher." in text_of(page)


def test_the_way_on_ends_with_the_booking_window(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host, slug="soon", window={"type": "rolling_days", "days": 5})

    page = guest.look()

    assert "Next month" not in page.text
    assert "Previous month" not in page.text


def test_a_length_can_be_chosen(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host, slug="any", durations_minutes=[30, 60])

    assert times_of(guest.look("?duration=30"))[0].endswith("30 minutes")
    assert times_of(guest.look("?duration=31"))[0].endswith("60 minutes")


@pytest.mark.parametrize(
    "query",
    [
        "?tz=Nowhere/Land",
        "?tz=../../etc/passwd",
        "?month=0000-00",
        "?month=9999-12",
        "?date=2026-02-31",
        "?date=2189-12-31",
        "?month=1999-01",
        "?duration=-5",
        "?duration=99999999999999999999",
        "?hold=%ff%fe",
        "?embed=javascript:alert(1)",
        "?hours=13&tz=&date=",
    ],
)
def test_nonsense_in_the_address_shows_the_page(guest: Guest, query: str) -> None:
    assert guest.look(query).status_code == 200


def test_hostile_words_of_a_host_stay_words(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host, title="<script>alert(1)</script>", description='"><img src=x>')

    page = guest.look()

    assert "<script>alert" not in page.text
    assert "<img" not in page.text


def test_a_fragment_is_known_again_by_its_etag(guest: Guest) -> None:
    first = guest.look(**{"X-Fragment": "month"})

    again = guest.look(**{"X-Fragment": "month", "If-None-Match": first.headers["ETag"]})

    assert "<html" not in first.text
    assert again.status_code == 304
    assert again.data == b""


def test_the_page_carries_the_etag_of_its_own_fragment(guest: Guest) -> None:
    tag = guest.look(**{"X-Fragment": "month"}).headers["ETag"].strip('"')

    assert f'data-etag="{tag}"' in guest.look().text


def test_a_time_that_was_booked_leaves_the_fragment(guest: Guest) -> None:
    before = guest.look(**{"X-Fragment": "month"})

    guest.book(MONDAY_TEN)
    after = guest.look(**{"X-Fragment": "month", "If-None-Match": before.headers["ETag"]})

    assert after.status_code == 200
    assert MONDAY_TEN not in starts_of(after)


def test_the_page_sets_no_cookie_and_is_framed_only_when_embedded(guest: Guest) -> None:
    plain, framed = guest.look(), guest.look("?embed=1")

    assert "Set-Cookie" not in plain.headers
    assert "frame-ancestors 'none'" in plain.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in framed.headers["Content-Security-Policy"]
    assert "site-footer" not in framed.text


def test_notice_is_kept(guest: Guest) -> None:
    assert MONDAY_NINE not in starts_of(guest.look())
