"""Recurring bookings on the guest's pages: how often, which dates, what stands in the way."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from booking.core.ids import decode_id
from tests.conftest import HostAccount, HostFactory
from tests.web.browser import sign_in
from tests.web.guest import MONDAY_TEN, Guest, hidden_of, text_of, visit

MONDAY_THREE = "2026-11-23T14:00:00Z"
THIRD_WEEK = "2026-12-07T14:00:00Z"
WEEKLY = {"frequency": "weekly", "interval": 1, "max_count": 4}
_DATE = re.compile(r"<li>([^<]*, [^<]*)</li>")
_LINK = re.compile(r'<li><a href="([^"]*)">')


@pytest.fixture
def host(make_host: HostFactory) -> HostAccount:
    return make_host(username="first")


@pytest.fixture
def guest(app: Flask, host: HostAccount) -> Guest:
    return visit(app, host, recurrence=WEEKLY)


def _starts(host: HostAccount) -> list[str]:
    return sorted(
        entry["start"]
        for entry in host.call("GET", "/api/v1/bookings").get_json()["data"]
        if entry["status"] == "confirmed"
    )


def _options(page: TestResponse) -> list[str]:
    inside = page.text.partition('<select class="input" id="f-repeat"')[2].partition("</select>")[0]
    return re.findall(r"<option[^>]*>([^<]*)</option>", inside)


@pytest.mark.parametrize(
    ("frequency", "interval", "words"),
    [
        ("daily", 1, "every day"),
        ("weekly", 1, "every week"),
        ("weekly", 2, "every 2 weeks"),
        ("monthly", 1, "every month"),
        ("yearly", 3, "every 3 years"),
    ],
)
def test_how_often_is_asked_in_words(
    app: Flask, host: HostAccount, frequency: str, interval: int, words: str
) -> None:
    rule = {"frequency": frequency, "interval": interval, "max_count": 3}
    guest = visit(app, host, recurrence=rule)

    page = guest.open_form(MONDAY_TEN)

    assert "How often?" in text_of(page)
    assert _options(page) == ["Once", f"2 times, {words}", f"3 times, {words}"]
    assert f"Once, or up to 3 times, {words}" in text_of(guest.look())


def test_an_event_type_without_a_series_does_not_ask(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host)

    assert "How often?" not in text_of(guest.open_form(MONDAY_TEN))


def test_the_dates_are_shown_before_anything_is_booked(guest: Guest, host: HostAccount) -> None:
    form = guest.open_form(MONDAY_THREE)

    page = guest.send(form, repeat="3", show_dates="1", email="", name="Some")

    assert page.status_code == 200
    assert _DATE.findall(page.text) == [
        "Mon 23 Nov, 15:00",
        "Mon 30 Nov, 15:00",
        "Mon 7 Dec, 15:00",
    ]
    assert 'value="Some"' in page.text
    assert "error-summary" not in page.text
    assert hidden_of(page)["hold"] == hidden_of(form)["hold"]
    assert _starts(host) == []


def test_dates_keep_the_hosts_wall_time_and_stand_on_the_guests_clock(
    app: Flask, make_host: HostFactory
) -> None:
    guest = visit(app, make_host(username="second"), recurrence={**WEEKLY, "max_count": 20})
    form = guest.open_form("2026-11-24T14:00:00Z")

    page = guest.send(form, repeat="20", show_dates="1", tz="Asia/Kolkata")

    dates = _DATE.findall(page.text)
    assert dates[0] == "Tue 24 Nov, 19:30"
    assert dates[6] == "Tue 5 Jan 2027, 19:30"
    # Clocks in Berlin go forward on 28 March.
    assert dates[17:19] == ["Tue 23 Mar 2027, 19:30", "Tue 30 Mar 2027, 18:30"]


def test_a_series_is_booked_at_once(guest: Guest, host: HostAccount) -> None:
    page = guest.client.get(guest.book(MONDAY_THREE, repeat="3"))

    assert _starts(host) == [MONDAY_THREE, "2026-11-30T14:00:00Z", THIRD_WEEK]
    assert "All 3 times are yours; nobody else can book them." in text_of(page)
    assert "Mon 23 Nov, 15:00 (this one) Mon 30 Nov, 15:00 Mon 7 Dec, 15:00" in text_of(page)


def test_a_single_booking_lists_no_dates(guest: Guest, host: HostAccount) -> None:
    page = guest.client.get(guest.book(MONDAY_THREE))

    assert _starts(host) == [MONDAY_THREE]
    assert "this one" not in text_of(page)


def test_each_date_has_a_page_and_is_cancelled_by_itself(guest: Guest, host: HostAccount) -> None:
    first = guest.client.get(guest.book(MONDAY_THREE, repeat="3"))
    second = guest.client.get(_LINK.findall(first.text)[0].replace("&amp;", "&"))
    cancel = re.findall(r'href="([^"]*/cancel[^"]*)"', second.text)[0].replace("&amp;", "&")

    asked = guest.client.get(cancel)
    gone = guest.client.get(guest.client.post(cancel).headers["Location"])

    assert "Monday 30 November 2026" in text_of(second)
    assert "The other dates stay." in text_of(asked)
    assert "Mon 30 Nov, 15:00 (this one) cancelled" in text_of(gone)
    assert _starts(host) == [MONDAY_THREE, THIRD_WEEK]


@pytest.fixture
def in_the_way(app: Flask, host: HostAccount) -> None:
    visit(app, host, slug="other").book(THIRD_WEEK)


@pytest.mark.usefixtures("in_the_way")
def test_a_date_that_is_not_free_is_told_and_the_form_is_kept(
    guest: Guest, host: HostAccount
) -> None:
    form = guest.open_form(MONDAY_THREE)

    page = guest.send(form, repeat="4", name="Some")

    assert page.status_code == 409
    assert "Nothing was booked yet 15:00 on Mon 7 Dec is not free." in text_of(page)
    assert "Book 2 times, until Mon 30 Nov" in text_of(page)
    assert 'value="Some"' in page.text
    assert '<option value="4" selected>' in page.text
    assert hidden_of(page)["hold"] == hidden_of(form)["hold"]
    assert _starts(host) == [THIRD_WEEK]


@pytest.mark.usefixtures("in_the_way")
def test_fewer_dates_can_be_booked_with_the_form_as_it_is(guest: Guest, host: HostAccount) -> None:
    refused = guest.send(guest.open_form(MONDAY_THREE), repeat="4")

    answer = guest.send(refused, repeat="4", repeat_instead="2")

    assert answer.status_code == 303
    assert _starts(host) == [MONDAY_THREE, "2026-11-30T14:00:00Z", THIRD_WEEK]
    assert "Both times are yours" in text_of(guest.client.get(answer.headers["Location"]))


@pytest.mark.usefixtures("in_the_way")
def test_where_only_the_first_date_is_free_it_can_be_booked_alone(guest: Guest) -> None:
    page = guest.send(guest.open_form("2026-11-30T14:00:00Z"), repeat="2")

    assert "Book once, on Mon 30 Nov" in text_of(page)


def test_a_first_date_that_is_gone_offers_other_times_and_keeps_how_often(
    app: Flask, host: HostAccount, guest: Guest
) -> None:
    form = guest.open_form(MONDAY_THREE)
    app.extensions["booking"].holds.release(decode_id(hidden_of(form)["hold"]))
    visit(app, host, slug="other").book(MONDAY_THREE)

    page = guest.send(form, repeat="2")

    assert page.status_code == 409
    assert "15:00 was just taken. Nearest:" in text_of(page)
    assert '<option value="2" selected>' in page.text


def test_dates_after_the_booking_window_are_called_too_far_ahead(
    app: Flask, host: HostAccount
) -> None:
    guest = visit(app, host, recurrence=WEEKLY, window={"type": "rolling_days", "days": 10})

    page = guest.send(guest.open_form(MONDAY_THREE), repeat="4")

    assert "15:00 on Mon 7 Dec is too far ahead to book." in text_of(page)
    assert "Book 2 times, until Mon 30 Nov" in text_of(page)


@pytest.mark.parametrize("count", ["", "0", "-1", "5", "99999999999", "many", "2.5"])
def test_a_count_that_is_not_on_the_list_books_nothing(
    guest: Guest, host: HostAccount, count: str
) -> None:
    page = guest.send(guest.open_form(MONDAY_THREE), repeat=count)

    assert page.status_code == 422
    assert 'href="#f-repeat"' in page.text
    assert _starts(host) == []


def test_the_hosts_pages_say_which_of_the_series_a_booking_is(
    guest: Guest, host: HostAccount
) -> None:
    guest.book(MONDAY_THREE, repeat="3")
    sign_in(host.client, host.email, host.password)

    page = host.client.get("/bookings")
    second = re.findall(r'href="(/bookings/[0-9a-z]{26})"', page.text)[1]

    assert [f"{place} of 3" in text_of(page) for place in (1, 2, 3)] == [True] * 3
    shown = text_of(host.client.get(second))
    assert "2 of 3 Mon 23 November 2026 Mon 30 November 2026 Mon 7 December 2026" in shown


def test_a_requested_series_is_kept_as_a_whole(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host, recurrence=WEEKLY, requires_confirmation=True)

    page = guest.client.get(guest.book("2026-11-27T09:00:00Z", repeat="3"))

    assert "First has until Wed 08:00; all 3 times are kept for you." in text_of(page)
    assert "Fri 4 Dec, 10:00 requested" in text_of(page)
