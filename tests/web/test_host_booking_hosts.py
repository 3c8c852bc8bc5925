"""A booking's page: its history, giving it to another host, noting a no-show."""

from __future__ import annotations

from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.bookings.values import Actor, BookingView
from booking.core.clock import FrozenClock
from booking.core.ids import encode_id
from booking.core.instants import Instant
from tests.bookings.desk import Desk, at, hosts_of
from tests.conftest import HostAccount, HostFactory
from tests.web.browser import sign_in, submit

PAGE = "/bookings"


@pytest.fixture
def mate(make_host: HostFactory) -> HostAccount:
    """A further host of the event type."""
    return make_host(username="mate", time_zone="UTC")


@pytest.fixture
def desk(app: Flask, clock: FrozenClock, make_host: HostFactory) -> tuple[Desk, HostAccount]:
    """A desk and the account of its host."""
    account = make_host(username="lead", time_zone="UTC")
    return Desk(services=app.extensions["booking"], clock=clock, host_id=account.id), account


@pytest.fixture
def browser(desk: tuple[Desk, HostAccount]) -> FlaskClient:
    account = desk[1]
    sign_in(account.client, account.email, account.password)
    return account.client


def _booked(desk: Desk, mate: HostAccount, start: str = "10:00") -> BookingView:
    """Book with the lead, of an event type that the mate could take over."""
    other = Desk(services=desk.services, clock=desk.clock, host_id=mate.id)
    talk = desk.offer(slug=f"turns-{at(start)}")
    desk.share(talk, "round_robin", [desk, other], {"priority": 4}, {"priority": 0})
    return desk.book(talk, start)


def _text(browser: FlaskClient, path: str) -> str:
    return " ".join(unescape(browser.get(path).text).split())


def test_the_history_stands_on_the_page_the_latest_first(
    browser: FlaskClient, desk: tuple[Desk, HostAccount], mate: HostAccount
) -> None:
    place, _ = desk
    booking = _booked(place, mate)
    place.move(booking, "14:00")
    submit(browser, f"{PAGE}/{booking.uid}/cancel", reason="Ill <b>today</b>")

    page = _text(browser, f"{PAGE}/{booking.uid}")

    lines = ["Cancelled", "by you", "Ill <b>today</b>", "Moved", "by the guest"]
    lines += ["Before: Tue 24 November 2026, 10:00", "Booked"]
    places = [page.index(line, page.index("History")) for line in lines]
    assert places == sorted(places)


def test_a_booking_is_given_to_the_host_chosen_and_leaves_the_page_of_the_old_one(
    browser: FlaskClient, desk: tuple[Desk, HostAccount], mate: HostAccount
) -> None:
    booking = _booked(desk[0], mate)
    path = f"{PAGE}/{booking.uid}/reassign"
    assert "Reassign" in _text(browser, f"{PAGE}/{booking.uid}")
    assert "Whoever is next and free" in _text(browser, path)

    answer = submit(browser, path, to=encode_id(mate.id), reason="Ill")

    assert answer.status_code == 303
    given = desk[0].now(booking)
    assert (hosts_of(given), given.reason) == ([mate.id], "Ill")
    assert "is now with Mate" in _text(browser, answer.headers["Location"])
    assert "<dt>Hosts</dt><dd>Mate</dd>" in _text(browser, f"{PAGE}/{booking.uid}")
    sign_in(mate.client, mate.email, mate.password)
    shown = _text(mate.client, f"{PAGE}/{booking.uid}")
    assert "Given to another host" in shown
    assert "by Lead" in shown
    assert "Before: with Lead" in shown


def test_who_gives_a_booking_away_for_good_is_led_to_the_list(
    desk: tuple[Desk, HostAccount], mate: HostAccount
) -> None:
    place, lead = desk
    booking = _booked(place, mate)
    place.services.bookings.reassign(booking.uid, mate.id, host_id=lead.id)
    sign_in(mate.client, mate.email, mate.password)

    answer = submit(mate.client, f"{PAGE}/{booking.uid}/reassign", to="next")

    assert answer.headers["Location"] == PAGE
    assert hosts_of(place.now(booking)) == [lead.id]


def test_a_host_who_is_busy_is_marked_and_cannot_be_chosen(
    browser: FlaskClient, desk: tuple[Desk, HostAccount], mate: HostAccount
) -> None:
    booking = _booked(desk[0], mate)
    other = Desk(services=desk[0].services, clock=desk[0].clock, host_id=mate.id)
    other.book(other.offer(slug="own"), "10:00")
    path = f"{PAGE}/{booking.uid}/reassign"
    assert "Mate (not free then)" in _text(browser, path)

    answer = submit(browser, path, to=encode_id(mate.id))

    assert answer.status_code == 409
    assert "This host is not free at this time." in unescape(answer.text)
    assert desk[0].now(booking) == booking


@pytest.mark.parametrize("to", ["", "somebody", encode_id(5)])
def test_a_senseless_choice_changes_nothing(
    browser: FlaskClient, desk: tuple[Desk, HostAccount], mate: HostAccount, to: str
) -> None:
    booking = _booked(desk[0], mate)

    answer = submit(browser, f"{PAGE}/{booking.uid}/reassign", to=to)

    assert answer.status_code == 422
    assert desk[0].now(booking) == booking


def test_an_only_host_is_offered_nobody(
    browser: FlaskClient, desk: tuple[Desk, HostAccount]
) -> None:
    booking = desk[0].book(desk[0].offer(), "10:00")

    assert "Reassign" not in _text(browser, f"{PAGE}/{booking.uid}")
    assert "No other host" in _text(browser, f"{PAGE}/{booking.uid}/reassign")


def test_a_no_show_is_noted_once_the_booking_has_begun(
    browser: FlaskClient, desk: tuple[Desk, HostAccount], mate: HostAccount
) -> None:
    place, lead = desk
    booking = _booked(place, mate)
    path = f"{PAGE}/{booking.uid}"
    assert "No-show" not in _text(browser, path)
    assert submit(browser, f"{path}/no-show").status_code == 409
    place.clock.advance(days=1, hours=3, minutes=10)
    sign_in(browser, lead.email, lead.password)
    assert f'href="{path}/no-show"' in browser.get(path).text

    answer = submit(browser, f"{path}/no-show", reason="Waited")

    assert answer.status_code == 303
    shown = _text(browser, path)
    assert "the guest did not come" in shown
    assert "“Waited”" in shown
    assert f'href="{path}/no-show"' not in browser.get(path).text
    assert place.now(booking).reason is None


def test_what_was_cancelled_is_neither_missed_nor_given_on(
    browser: FlaskClient, desk: tuple[Desk, HostAccount], mate: HostAccount
) -> None:
    place, lead = desk
    booking = _booked(place, mate)
    place.cancel(booking, Actor.HOST)
    path = f"{PAGE}/{booking.uid}"

    assert submit(browser, f"{path}/reassign", to="next").status_code == 409
    place.clock.advance(days=2)
    sign_in(browser, lead.email, lead.password)
    assert submit(browser, f"{path}/no-show").status_code == 409
    assert place.now(booking).start == Instant(at("10:00"))
