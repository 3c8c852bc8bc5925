"""The bookings pages, through their forms alone."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from booking.bookings.models import Booking, BookingCopy
from booking.bookings.values import Actor, BookingRequest, BookingView, Guest
from booking.core.clock import FrozenClock
from booking.core.ids import decode_id
from booking.core.instants import Instant, to_instant
from booking.db import writing
from booking.wiring import Services
from tests.conftest import HostAccount
from tests.web.api.making import put_calendar
from tests.web.browser import sign_in, submit

PAGE = "/bookings"
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DASH = "\N{EN DASH}"


class Desk:
    """Books with one of the host's two event types: `intro`, or `advice`, which is confirmed."""

    def __init__(self, services: Services, host: HostAccount) -> None:
        self._services = services
        advice = {
            "title": "Advice",
            "requires_confirmation": True,
            "questions": [{"key": "topic", "label": "What about?", "type": "textarea"}],
        }
        make = services.event_types.create
        self.ids = {
            "intro": make(host.id, {"title": "Introduction"}).id,
            "advice": make(host.id, advice).id,
        }

    def book(
        self,
        moment: datetime = TUESDAY,
        kind: str = "intro",
        name: str = "Second Guest",
        **fields: Any,
    ) -> BookingView:
        return self._services.bookings.book(
            BookingRequest(
                event_type_id=self.ids[kind],
                start=to_instant(moment),
                time_zone=fields.pop("time_zone", "Europe/Berlin"),
                guest=Guest(name=name, email="guest@example.test"),
                **fields,
            )
        )


@pytest.fixture
def desk(services: Services, host: HostAccount) -> Desk:
    return Desk(services, host)


def listed(browser: FlaskClient, show: str) -> str:
    return unescape(browser.get(f"{PAGE}?show={show}").text)


def set_copy(uid: str, calendar_id: int, **values: str) -> None:
    """Let the booking have a copy in a calendar."""
    with writing() as session:
        booking = session.scalars(select(Booking).where(Booking.uid == uid)).one()
        session.add(BookingCopy(booking_id=booking.id, calendar_id=calendar_id, **values))


def test_a_host_without_bookings_is_told_what_to_do_first(browser: FlaskClient) -> None:
    page = browser.get(PAGE).text

    assert "No bookings yet" in page
    assert "Connect a calendar" in page


def test_each_booking_stands_in_its_list(
    browser: FlaskClient, host: HostAccount, services: Services, desk: Desk, clock: FrozenClock
) -> None:
    desk.book(name="Up Coming")
    desk.book(TUESDAY.replace(hour=10), kind="advice", name="Re Quest")
    gone = desk.book(TUESDAY.replace(hour=13), name="Gone Away")
    services.bookings.cancel(gone.uid, Actor.GUEST, "I am ill.")

    upcoming = listed(browser, "upcoming")
    assert ("Up Coming" in upcoming, "Re Quest" in upcoming) == (True, True)
    assert "Up Coming" not in listed(browser, "unconfirmed")
    assert "Re Quest" in listed(browser, "unconfirmed")
    assert "Cancelled by the guest: “I am ill.”" in listed(browser, "cancelled")
    assert "Nothing has been yet" in listed(browser, "past")

    clock.advance(days=2)
    sign_in(browser, host.email, host.password)
    assert "Up Coming" in listed(browser, "past")


@pytest.mark.parametrize(
    "query",
    [
        "?show=nonsense",
        "?after=x",
        "?after=1",
        "?after=1.2.3",
        "?after=" + "9" * 30 + ".1",
        "?after=1." + "9" * 30,
        "?after=" + "9" * 60 + ".1",
    ],
)
def test_senseless_addresses_show_the_first_list(browser: FlaskClient, query: str) -> None:
    assert browser.get(f"{PAGE}{query}").status_code == 200


def test_long_lists_go_on_page_by_page(
    browser: FlaskClient, services: Services, host: HostAccount, desk: Desk
) -> None:
    services.event_types.change(host.id, desk.ids["intro"], {"duration_minutes": 10})
    for number in range(31):
        hour, minute = divmod(number * 10, 60)
        desk.book(TUESDAY.replace(hour=8 + hour, minute=minute), name=f"Guest {number:02}")

    first = listed(browser, "upcoming")
    onward = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    second = browser.get(onward).text

    assert "Guest 29" in first
    assert "Guest 30" not in first
    assert "Guest 30" in second
    assert 'rel="next"' not in second


def test_both_clocks_are_told_where_they_differ(browser: FlaskClient, desk: Desk) -> None:
    far = desk.book(time_zone="Asia/Tokyo")
    near = desk.book(TUESDAY.replace(hour=10), time_zone="Europe/Paris")

    assert f"18:00{DASH}18:30 in Tokyo (UTC+9)" in browser.get(f"{PAGE}/{far.uid}").text
    assert "For the guest" not in browser.get(f"{PAGE}/{near.uid}").text


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("none", "In no calendar"),
        ("pending", "Being written to your calendar"),
        ("written", "In your calendar"),
        ("failing", "Not in your calendar yet"),
        ("dead", "Could not be written to your calendar"),
    ],
)
def test_the_state_of_the_calendar_is_told_with_its_error(
    browser: FlaskClient, host: HostAccount, desk: Desk, state: str, told: str
) -> None:
    uid = desk.book().uid
    calendar = decode_id(put_calendar(host)) or 0
    set_copy(uid, calendar, state=state, error="It did not answer.")

    page = listed(browser, "upcoming")

    assert told in page
    assert ("It did not answer." in page) == (state in {"failing", "dead"})


def test_answers_stand_under_their_questions(browser: FlaskClient, desk: Desk) -> None:
    uid = desk.book(kind="advice", answers={"topic": "A lease."}).uid

    page = browser.get(f"{PAGE}/{uid}").text

    assert "What about?" in page
    assert "A lease." in page


def test_a_booking_outlives_its_event_type(
    browser: FlaskClient, services: Services, host: HostAccount, desk: Desk
) -> None:
    uid = desk.book(kind="advice", answers={"topic": "A lease."}).uid
    services.event_types.delete(host.id, desk.ids["advice"])

    assert "A lease." in browser.get(f"{PAGE}/{uid}").text
    assert "No free times this week" in browser.get(f"{PAGE}/{uid}/reschedule").text


def test_a_request_is_confirmed(browser: FlaskClient, services: Services, desk: Desk) -> None:
    uid = desk.book(kind="advice").uid

    answer = submit(browser, f"{PAGE}?show=unconfirmed", f"{PAGE}/{uid}/confirm")

    assert answer.status_code == 303
    assert services.bookings.get(uid).status == "confirmed"
    assert "Confirmed: Advice: Second Guest" in browser.get(PAGE).text


def test_a_request_is_declined_with_its_reason(
    browser: FlaskClient, services: Services, desk: Desk
) -> None:
    uid = desk.book(kind="advice").uid
    assert "The time is free for other guests at once." in browser.get(f"{PAGE}/{uid}/decline").text

    submit(browser, f"{PAGE}/{uid}/decline", reason="Not my field.")

    view = services.bookings.get(uid)
    assert (view.status, view.reason) == ("declined", "Not my field.")


def test_cancelling_asks_first_and_then_does_it(
    browser: FlaskClient, services: Services, desk: Desk
) -> None:
    uid = desk.book().uid
    assert services.bookings.get(uid).status == "confirmed"

    browser.get(f"{PAGE}/{uid}/cancel")
    assert services.bookings.get(uid).status == "confirmed"

    submit(browser, f"{PAGE}/{uid}/cancel", reason="  ")
    view = services.bookings.get(uid)
    assert (view.status, view.reason, view.changed_by) == ("cancelled", None, "host")


@pytest.mark.parametrize("act", ["confirm", "decline", "cancel", "reschedule"])
def test_what_has_ended_is_not_ended_again(
    browser: FlaskClient, services: Services, desk: Desk, act: str
) -> None:
    uid = desk.book().uid
    services.bookings.cancel(uid, Actor.HOST)
    start = to_instant(TUESDAY.replace(hour=14))

    answer = submit(browser, f"{PAGE}/{uid}/cancel", f"{PAGE}/{uid}/{act}", start=start)

    assert answer.status_code == 409
    assert services.bookings.get(uid).status == "cancelled"


def test_a_booking_moves_to_a_free_time(
    browser: FlaskClient, services: Services, desk: Desk
) -> None:
    uid = desk.book().uid
    later = to_instant(TUESDAY.replace(hour=13))
    page = browser.get(f"{PAGE}/{uid}/reschedule").text
    assert f'value="{later}"' in page
    assert f'value="{to_instant(TUESDAY)}"' not in page

    answer = submit(browser, f"{PAGE}/{uid}/reschedule", start=later)

    assert answer.status_code == 303
    assert services.bookings.get(uid).start == later
    assert "Moved to Tue 24 November 2026, 14:00" in browser.get(f"{PAGE}/{uid}").text


def test_a_time_just_taken_is_told_and_the_booking_stays(
    browser: FlaskClient, services: Services, desk: Desk
) -> None:
    uid = desk.book().uid
    taken = desk.book(TUESDAY.replace(hour=13)).start

    answer = submit(browser, f"{PAGE}/{uid}/reschedule", start=taken)

    assert answer.status_code == 409
    assert "This time was just taken." in answer.text
    assert services.bookings.get(uid).start == to_instant(TUESDAY)


@pytest.mark.parametrize("start", ["", "soon", "-1", "9" * 11, "9" * 40])
def test_a_senseless_time_moves_nothing(
    browser: FlaskClient, services: Services, desk: Desk, start: str
) -> None:
    uid = desk.book().uid

    answer = submit(browser, f"{PAGE}/{uid}/reschedule", start=start)

    assert 400 <= answer.status_code < 500
    assert services.bookings.get(uid).start == Instant(to_instant(TUESDAY))


@pytest.mark.parametrize("week", ["2026-12-01", "1066-10-14", "9999-12-31", "nonsense"])
def test_any_week_can_be_asked_for(browser: FlaskClient, desk: Desk, week: str) -> None:
    uid = desk.book().uid

    assert browser.get(f"{PAGE}/{uid}/reschedule?week={week}").status_code == 200


def test_text_of_guests_is_never_markup(browser: FlaskClient, desk: Desk) -> None:
    canary = "<img src=x onerror=alert(1)>"
    uid = desk.book(kind="advice", name=canary, answers={"topic": canary}).uid

    assert canary not in browser.get(PAGE).text
    assert canary not in browser.get(f"{PAGE}/{uid}").text
    assert canary not in browser.get(f"{PAGE}/{uid}/cancel").text
