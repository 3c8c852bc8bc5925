"""Private links: an event type that only they open, until a day or for so many bookings."""

from __future__ import annotations

import re
import threading
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.core.clock import FrozenClock
from booking.core.ids import encode_id
from tests.conftest import HostAccount, HostFactory, host_factory
from tests.web.browser import submit
from tests.web.guest import MONDAY_TEN, Guest, hidden_of, starts_of, text_of, visit

WEEK = "start=2026-11-23&end=2026-11-28"


@pytest.fixture
def host(make_host: HostFactory) -> HostAccount:
    return make_host(username="teacher")


@pytest.fixture
def guest(app: Flask, host: HostAccount) -> Guest:
    return visit(app, host, private_links_only=True, minimum_notice_minutes=0)


@pytest.fixture
def links(host: HostAccount, guest: Guest) -> str:
    """The address of the event type's links in the API."""
    event_type = host.call("GET", "/api/v1/event-types").get_json()["data"][0]
    return f"/api/v1/event-types/{event_type['id']}/private-links"


def make(host: HostAccount, links: str, **fields: object) -> dict[str, str]:
    answer = host.call("POST", links, json={"name": "For one", **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.get_json()
    return made


def through(guest: Guest, link: dict[str, str]) -> Guest:
    """Return the guest as one who came by the link."""
    parts = urlsplit(link["url"])
    assert parts.path == guest.path
    return Guest(client=guest.client, path=f"{parts.path}?{parts.query}")


def wish(links: str, start: str = MONDAY_TEN, **fields: object) -> dict[str, object]:
    return {
        "event_type_id": links.split("/")[4],
        "start": start,
        "time_zone": "UTC",
        "guest": {"name": "Guest", "email": "guest@example.test"},
        **fields,
    }


def test_without_a_link_there_is_nothing_and_nothing_is_listed(
    host: HostAccount, guest: Guest, links: str
) -> None:
    event_type = links.split("/")[4]
    client = guest.client

    assert guest.look().status_code == 404
    assert client.get(f"{guest.path}/details?start={MONDAY_TEN}").status_code == 404
    assert guest.press(MONDAY_TEN).status_code == 404
    assert "Intro call" not in client.get("/teacher").text
    assert client.get(f"/api/v1/slots?event_type_id={event_type}&{WEEK}").status_code == 404
    held = client.post("/api/v1/holds", json={"event_type_id": event_type, "start": MONDAY_TEN})
    assert held.status_code == 404
    assert client.post("/api/v1/bookings", json=wish(links)).status_code == 404


def test_a_link_leads_from_the_times_to_a_booking(
    host: HostAccount, guest: Guest, links: str
) -> None:
    link = make(host, links)
    visitor = through(guest, link)

    times = visitor.look()
    pressed = guest.client.post(guest.path, data={"start": MONDAY_TEN, "private": link["token"]})
    form = guest.client.get(pressed.headers["Location"])
    booked = guest.send(form)

    assert MONDAY_TEN in starts_of(times)
    assert booked.status_code == 303, booked.text
    assert "You're booked" in text_of(guest.client.get(booked.headers["Location"]))
    assert host.call("GET", links).get_json()["data"][0]["uses"] == 1


def test_a_hold_behind_a_link_is_renewed_through_it(
    host: HostAccount, guest: Guest, links: str
) -> None:
    link = make(host, links)
    pressed = guest.client.post(guest.path, data={"start": MONDAY_TEN, "private": link["token"]})
    form = guest.client.get(pressed.headers["Location"])
    found = re.search(r'data-renew="([^"]+)"', form.text)
    assert found is not None

    renewed = guest.client.post(unescape(found.group(1)), data={"hold": hidden_of(form)["hold"]})

    assert renewed.status_code == 200


def test_programs_send_the_token(host: HostAccount, guest: Guest, links: str) -> None:
    token = make(host, links)["token"]
    event_type = links.split("/")[4]
    client = guest.client

    slots = client.get(f"/api/v1/slots?event_type_id={event_type}&{WEEK}&private_link={token}")
    hold = client.post(
        "/api/v1/holds",
        json={"event_type_id": event_type, "start": MONDAY_TEN, "private_link": token},
    )
    fields = {"private_link": token, "hold_id": hold.get_json()["id"]}
    booked = client.post("/api/v1/bookings", json=wish(links, **fields))

    assert slots.get_json()["slots"]
    assert booked.status_code == 201
    uid, manage = booked.get_json()["uid"], booked.get_json()["manage_url"].split("token=")[1]
    others = client.get(f"/api/v1/slots?event_type_id={event_type}&{WEEK}&reschedule_uid={uid}")
    assert others.status_code == 200
    moved = client.post(
        f"/api/v1/bookings/{uid}/reschedule",
        json={"start": "2026-11-24T09:00:00Z"},
        headers={"X-Manage-Token": manage},
    )
    assert moved.status_code == 200


def test_a_link_ends_at_its_moment(
    host: HostAccount, guest: Guest, links: str, clock: FrozenClock
) -> None:
    link = make(host, links, expires_at="2026-11-23T08:30:00+01:00")
    assert through(guest, link).look().status_code == 200

    clock.advance(minutes=30)

    ended = through(guest, link).look()
    assert ended.status_code == 404
    assert "This private link has ended. Ask the host for another one." in text_of(ended)
    assert not host.call("GET", links).get_json()["data"][0]["is_open"]


def test_a_link_that_was_deleted_opens_nothing(host: HostAccount, guest: Guest, links: str) -> None:
    link = make(host, links)
    event_type, token = links.split("/")[4], link["token"]
    slots = f"/api/v1/slots?event_type_id={event_type}&{WEEK}&private_link={token}"
    assert guest.client.get(slots).status_code == 200

    assert host.call("DELETE", f"{links}/{link['id']}").status_code == 204

    assert guest.client.get(slots).status_code == 404
    assert through(guest, link).look().status_code == 404


def test_a_link_opens_no_other_event_type(
    app: Flask, host: HostAccount, guest: Guest, links: str
) -> None:
    token = make(host, links)["token"]
    other = visit(app, host, slug="other", private_links_only=True)

    assert other.look(f"?private={token}").status_code == 404
    assert other.look(f"?private={token}x").status_code == 404


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"most_uses": 0}, "/most_uses"),
        ({"expires_at": "2026-11-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "soon"}, "/expires_at"),
        ({"uses": 3}, "/uses"),
    ],
)
def test_a_faulty_link_is_refused(
    host: HostAccount, guest: Guest, links: str, fields: dict[str, object], pointer: str
) -> None:
    answer = host.call("POST", links, json=fields)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == [pointer]


def test_strangers_have_no_say_in_links(
    host: HostAccount, guest: Guest, links: str, make_host: HostFactory
) -> None:
    stranger = make_host()

    assert stranger.call("GET", links).status_code == 404
    assert stranger.call("POST", links, json={}).status_code == 404


def test_racing_guests_get_exactly_as_many_bookings_as_the_link_is_good_for(
    either_app: Flask,
) -> None:
    owner = host_factory(either_app)(username="racer")
    visit(either_app, owner, private_links_only=True, minimum_notice_minutes=0)
    event_type = owner.call("GET", "/api/v1/event-types").get_json()["data"][0]["id"]
    links = f"/api/v1/event-types/{event_type}/private-links"
    token = make(owner, links, most_uses=2)["token"]
    codes: list[int] = []

    def book(hour: int) -> None:
        start = f"2026-11-24T{hour:02}:00:00Z"
        body = wish(links, start, private_link=token)
        codes.append(either_app.test_client().post("/api/v1/bookings", json=body).status_code)

    racers = [threading.Thread(target=book, args=(hour,)) for hour in range(8, 16)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert sorted(codes) == [201] * 2 + [404] * 6
    assert owner.call("GET", links).get_json()["data"][0]["uses"] == 2


def test_a_refused_booking_uses_nothing_up(host: HostAccount, guest: Guest, links: str) -> None:
    token = make(host, links, most_uses=1)["token"]
    taken = wish(links, "2026-11-22T09:00:00Z", private_link=token)

    assert guest.client.post("/api/v1/bookings", json=taken).status_code == 409
    good = guest.client.post("/api/v1/bookings", json=wish(links, private_link=token))
    assert good.status_code == 201


def test_the_page_makes_lists_and_ends_links(
    app: Flask, host: HostAccount, guest: Guest, browser: FlaskClient
) -> None:
    event_type = app.extensions["booking"].event_types.list(host.id)[0].id
    page = f"/event-types/{encode_id(event_type)}/private-links"

    made = submit(browser, page, page, name="For one", expires_on="2026-11-30", most_uses="3")
    listed = browser.get(page)
    link = app.extensions["booking"].private_links.list(host.id, event_type)[0]
    assert made.status_code == 303
    assert link.url in listed.text
    assert "0 of 3 bookings, until 01 December 2026, midnight" in text_of(listed)

    ended = submit(browser, page, f"{page}/{encode_id(link.id)}/end")
    assert ended.status_code == 303
    assert "No private links yet" in browser.get(page).text


def test_the_page_names_what_is_wrong(
    app: Flask, host: HostAccount, guest: Guest, browser: FlaskClient
) -> None:
    event_type = app.extensions["booking"].event_types.list(host.id)[0].id
    page = f"/event-types/{encode_id(event_type)}/private-links"

    for field, value in (("expires_on", "2026-11-01"), ("expires_on", "x"), ("most_uses", "no")):
        answer = submit(browser, page, page, **{field: value})
        assert answer.status_code == 422
        assert f'id="f-{field}-error"' in answer.text
