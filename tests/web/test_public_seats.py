"""Seats on the guest's pages: how many are left, and what more guests take."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import HostAccount, HostFactory
from tests.web.guest import MONDAY_TEN, Guest, starts_of, text_of, times_of, visit


@pytest.fixture
def host(make_host: HostFactory) -> HostAccount:
    return make_host(username="first")


@pytest.fixture
def guest(app: Flask, host: HostAccount) -> Guest:
    return visit(app, host, seats=4, show_seats_left=True)


def test_times_say_how_many_seats_are_left(guest: Guest) -> None:
    guest.book(MONDAY_TEN, guests="friend@example.test")

    page = guest.look()

    assert times_of(page)[:2] == [
        "10:00, 60 minutes, 2 seats left",
        "11:00, 60 minutes, 4 seats left",
    ]
    assert "10:00 2 seats left" in text_of(page)


def test_how_many_is_not_said_where_it_is_not_to_be_shown(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host, seats=4)

    page = guest.look()

    assert times_of(page)[0] == "10:00, 60 minutes"
    assert "left" not in text_of(page)


def test_a_time_goes_with_its_last_seat(guest: Guest) -> None:
    guest.book(MONDAY_TEN, guests="a@example.test b@example.test c@example.test")

    assert MONDAY_TEN not in starts_of(guest.look())


def test_a_fragment_changes_with_the_seats(guest: Guest) -> None:
    before = guest.look(**{"X-Fragment": "month"}).headers["ETag"]

    guest.book(MONDAY_TEN)

    assert guest.look(**{"X-Fragment": "month"}).headers["ETag"] != before


def test_the_form_says_that_more_people_take_seats(guest: Guest) -> None:
    assert "Each takes a seat." in text_of(guest.open_form(MONDAY_TEN))


@pytest.mark.parametrize(
    ("is_shown", "said"),
    [
        (True, "2 seats left, your own counted. Invite fewer people, or choose another time."),
        (False, "There are not enough seats left for all of you. Invite fewer people."),
    ],
)
def test_too_many_people_for_the_seats_keep_form_and_hold(
    app: Flask, host: HostAccount, is_shown: bool, said: str
) -> None:
    guest = visit(app, host, seats=3, show_seats_left=is_shown)
    guest.book(MONDAY_TEN)
    form = guest.open_form(MONDAY_TEN)

    page = guest.send(form, guests="a@example.test b@example.test")

    assert page.status_code == 409
    assert f'<a href="#f-guests">{said}</a>' in page.text
    assert "a@example.test b@example.test" in page.text
    assert guest.send(page, guests="a@example.test").status_code == 303
