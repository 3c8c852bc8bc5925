"""The teams pages, through their forms alone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.calendars.models import Connection, ConnectionStatus
from booking.core.ids import encode_id
from booking.db import writing
from booking.wiring import Services
from tests.conftest import MONDAY, HostAccount, HostFactory
from tests.web.browser import sign_in, submit
from tests.web.guest import text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A team of an owner who is signed in, and somebody else of this site."""

    owner: HostAccount
    other: HostAccount
    services: Services
    team_id: int

    @property
    def page(self) -> str:
        """The team's address."""
        return f"/teams/{encode_id(self.team_id)}"

    @property
    def browser(self) -> FlaskClient:
        """The owner's browser."""
        return self.owner.client

    def join(self) -> str:
        """Let the other join; return their address in the team."""
        self.services.teams.add_member(self.owner.id, self.team_id, {"user_id": self.other.id})
        return f"{self.page}/members/{encode_id(self.other.id)}"


@pytest.fixture
def place(app: Flask, make_host: HostFactory) -> Place:
    owner, other = make_host(username="owner"), make_host(username="other")
    sign_in(owner.client, owner.email, owner.password)
    submit(owner.client, "/teams", name="Sales team")
    services: Services = app.extensions["booking"]
    team_id = services.teams.list(owner.id)[0].id
    return Place(owner=owner, other=other, services=services, team_id=team_id)


def test_a_new_team_is_listed_with_its_page(place: Place) -> None:
    listed = text_of(place.browser.get("/teams"))

    assert "Sales team owner" in listed
    assert "1 member" in listed
    assert "/team/sales-team" in listed


def test_a_team_needs_a_name(place: Place) -> None:
    answer = submit(place.browser, "/teams", name=" ")

    assert answer.status_code == 422
    assert 'href="#f-name"' in answer.text


@pytest.mark.parametrize("who", ["other", "other@example.test"])
def test_members_join_by_user_name_or_address(place: Place, who: str) -> None:
    answer = submit(place.browser, place.page, f"{place.page}/members", who=who, role="admin")

    assert answer.status_code == 303
    assert "Other is in the team now." in text_of(place.browser.get(place.page))
    assert [
        str(each.role) for each in place.services.teams.members(place.owner.id, place.team_id)
    ] == [
        "owner",
        "admin",
    ]


def test_who_is_unknown_is_told_at_the_field_and_kept(place: Place) -> None:
    answer = submit(place.browser, place.page, f"{place.page}/members", who="nobody", role="member")

    assert answer.status_code == 422
    assert 'href="#f-who"' in answer.text
    assert 'value="nobody"' in answer.text


def test_roles_change_and_the_last_owner_stays_one(place: Place) -> None:
    member = place.join()

    submit(place.browser, place.page, member, role="admin")
    refused = submit(
        place.browser,
        place.page,
        f"{place.page}/members/{encode_id(place.owner.id)}",
        role="member",
    )

    assert refused.status_code == 409
    assert "A team needs an owner." in text_of(refused)
    roles = [each.role for each in place.services.teams.members(place.owner.id, place.team_id)]
    assert [str(role) for role in roles] == ["owner", "admin"]


def test_removing_a_member_is_asked_for_and_done(place: Place) -> None:
    member = place.join()

    asked = text_of(place.browser.get(f"{member}/remove"))
    submit(place.browser, f"{member}/remove")

    assert "Remove Other from “Sales team”?" in asked
    assert len(place.services.teams.members(place.owner.id, place.team_id)) == 1


def test_a_plain_member_sees_no_forms_but_may_leave(place: Place) -> None:
    place.join()
    browser = place.other.client
    sign_in(browser, place.other.email, place.other.password)

    page = browser.get(place.page).text
    submit(browser, f"{place.page}/members/{encode_id(place.other.id)}/remove")

    assert "Add somebody" not in page
    assert "Leave the team" in page
    assert place.services.teams.list(place.other.id) == ()


def test_name_address_and_limits_are_saved_and_shown(place: Place) -> None:
    submit(place.browser, place.page, name="Sellers", slug="sellers", limits_bookings_day="3")

    team = place.services.teams.get(place.owner.id, place.team_id)
    shown = place.browser.get(place.page).text
    assert (team.name, team.slug, team.limits["bookings"]) == ("Sellers", "sellers", {"day": 3})
    assert 'name="limits_bookings_day" type="number" value="3"' in shown


def test_a_taken_address_is_told_and_nothing_is_saved(place: Place) -> None:
    submit(place.browser, "/teams", name="Other team")

    answer = submit(place.browser, place.page, name="Sales team", slug="other-team")

    assert answer.status_code in {409, 422}
    assert place.services.teams.get(place.owner.id, place.team_id).slug == "sales-team"


def test_deleting_says_what_goes_and_takes_the_event_types_along(place: Place) -> None:
    place.services.event_types.create(
        place.owner.id, {"title": "Demo call", "team_id": place.team_id, "scheduling": "collective"}
    )

    asked = text_of(place.browser.get(f"{place.page}/delete"))
    submit(place.browser, f"{place.page}/delete")

    assert "with Demo call" in asked
    assert place.services.teams.list(place.owner.id) == ()
    assert place.services.event_types.list(place.owner.id) == ()


def test_each_pick_is_shown_with_its_reason_and_counted(place: Place) -> None:
    place.join()
    made = place.services.event_types.create(
        place.owner.id,
        {
            "title": "Demo call",
            "slug": "demo",
            "team_id": place.team_id,
            "scheduling": "round_robin",
            "hosts": [{"user_id": place.owner.id, "priority": 3}, {"user_id": place.other.id}],
        },
    )
    answer = place.browser.post(
        "/api/v1/bookings",
        json={
            "event_type_id": encode_id(made.id),
            "start": "2026-11-24T09:00:00Z",
            "time_zone": "Europe/Berlin",
            "guest": {"name": "Guest", "email": "guest@example.test"},
        },
    )
    assert answer.status_code == 201

    page = text_of(place.browser.get(place.page))

    assert "Demo call 24 November, 10:00 Owner highest priority" in page
    assert "1 booking" in page
    assert "no bookings" in page


def test_whose_account_is_broken_is_named(place: Place) -> None:
    place.join()
    with writing() as session:
        session.add(
            Connection(
                user_id=place.other.id,
                provider="caldav",
                url="https://calendar.example.test/",
                status=ConnectionStatus.RECONNECT_REQUIRED,
                created_at=MONDAY,
            )
        )

    page = text_of(place.browser.get(place.page))

    assert page.count("A calendar account of theirs needs signing in again") == 1
