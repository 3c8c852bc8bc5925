"""A host answers, over HTTP, to what they did to a booking's event in their own calendar."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from tests.bookings.answering import Story
from tests.bookings.by_hand import DavHand
from tests.bookings.desk import Desk
from tests.conftest import HostAccount
from tests.servers.dav import DavAccount
from tests.web.browser import sign_in, submit

API = "/api/v1/bookings"


@pytest.fixture
def story(app: Flask, host: HostAccount, clock: FrozenClock, radicale_account: DavAccount) -> Story:
    desk = Desk(services=app.extensions["booking"], clock=clock, host_id=host.id)
    hand = DavHand(account=radicale_account)
    calendar = hand.connect(desk)
    desk.services.selection.set_destination(host.id, calendar)
    return Story(desk=desk, hand=hand, calendar=calendar)


def _shown(host: HostAccount, uid: str) -> dict[str, Any]:
    answer: dict[str, Any] = host.call("GET", f"{API}/{uid}").get_json()
    return answer


def _page(host: HostAccount, path: str) -> str:
    answer = host.client.get(path)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def test_a_program_sees_a_change_and_accepts_it(story: Story, host: HostAccount) -> None:
    (booking,) = story.booked("10:00")
    assert _shown(host, booking.uid)["calendar_change"] is None
    story.hand.move(booking, "14:00", "15:00")
    story.look()

    assert _shown(host, booking.uid)["calendar_change"] == {
        "kind": "moved",
        "state": "asking",
        "start": "2026-11-24T14:00:00Z",
        "end": "2026-11-24T15:00:00Z",
        "reason": None,
        "noticed_at": "2026-11-23T07:15:00Z",
        "decide_by": None,
    }
    answer = host.call("POST", f"{API}/{booking.uid}/calendar-change/accept")
    assert answer.status_code == 200
    assert answer.get_json()["start"] == "2026-11-24T14:00:00Z"
    again = host.call("POST", f"{API}/{booking.uid}/calendar-change/accept")
    assert (again.status_code, again.get_json()["code"]) == (409, "illegal_transition")
    events = host.call("GET", f"{API}/{booking.uid}/history").get_json()["data"]
    assert [event["in_calendar"] for event in events] == [False, True]


def test_a_program_has_an_event_put_back(story: Story, host: HostAccount) -> None:
    (booking,) = story.booked("10:00")
    story.hand.delete(booking)
    story.look()

    answer = host.call("POST", f"{API}/{booking.uid}/calendar-change/put-back")

    assert answer.get_json()["calendar_change"]["state"] == "putting_back"


def test_guests_see_nothing_of_it(story: Story, host: HostAccount) -> None:
    (booking,) = story.booked("10:00")
    story.hand.delete(booking)
    story.look()

    token = {"X-Manage-Token": story.desk.now(booking).manage_token}
    seen = host.client.get(f"{API}/{booking.uid}", headers=token).get_json()

    assert (seen["status"], seen["calendar_change"]) == ("confirmed", None)


def test_the_pages_show_a_move_and_take_both_answers(story: Story, host: HostAccount) -> None:
    sign_in(host.client, host.email, host.password)
    first, second = story.booked("09:00", "10:00")
    story.hand.move(first, "13:00", "14:00")
    story.hand.delete(second)
    story.look()

    listed = _page(host, "/bookings")
    assert "Its event was moved in the calendar".lower() in listed.lower()
    assert "its event was deleted in the calendar" in listed
    page = _page(host, f"/bookings/{first.uid}")
    assert "It now stands at Tue 24 November 2026, 14:00" in page
    assert "Move the booking and tell the guest" in page
    submit(host.client, f"/bookings/{first.uid}", f"/bookings/{first.uid}/calendar-change/accept")
    submit(
        host.client, f"/bookings/{second.uid}", f"/bookings/{second.uid}/calendar-change/put-back"
    )

    page = _page(host, f"/bookings/{first.uid}")
    assert "Tue 24 November 2026, 14:00" in page
    assert "in the calendar" in page
    assert "Its event" not in page
    assert "The event is being put back" in _page(host, f"/bookings/{second.uid}")
    story.write()
    assert "put back" not in _page(host, f"/bookings/{second.uid}")


def test_a_refused_move_says_why_on_the_page(story: Story, host: HostAccount) -> None:
    sign_in(host.client, host.email, host.password)
    first, _ = story.booked("09:00", "10:00")
    story.hand.move(first, "10:30", "11:30")
    story.look()

    path = f"/bookings/{first.uid}"
    submit(host.client, path, f"{path}/calendar-change/accept")

    assert "Another booking or request takes this time." in _page(host, path)


def test_a_calendar_that_is_gone_is_named_above_the_list(story: Story, host: HostAccount) -> None:
    sign_in(host.client, host.email, host.password)
    story.booked("10:00")
    story.hand.vanish()
    story.look()

    assert "A calendar cannot be found any more" in _page(host, "/bookings")
