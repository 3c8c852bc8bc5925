"""The pages of rooms and equipment, through their forms alone."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from booking.core.ids import encode_id
from booking.wiring import Services
from tests.conftest import HostAccount
from tests.web.browser import submit
from tests.web.guest import text_of

ROOM = {"name": "Room 1", "kind": "room", "capacity": "4", "calendar_id": "", "team_id": ""}


@pytest.fixture
def room(browser: FlaskClient, host: HostAccount, services: Services) -> str:
    """The address of a room for four."""
    submit(browser, "/resources", **ROOM)
    return f"/resources/{encode_id(services.resources.list(host.id)[0].id)}"


def test_without_a_room_the_page_says_what_one_is_for(browser: FlaskClient) -> None:
    assert "No rooms yet" in browser.get("/resources").text


def test_a_room_is_made_listed_and_changed(
    browser: FlaskClient, host: HostAccount, services: Services, room: str
) -> None:
    assert "Room 1 room For 4 people" in text_of(browser.get("/resources"))

    submit(browser, room, **{**ROOM, "name": "Room 2", "capacity": ""})

    view = services.resources.list(host.id)[0]
    assert (view.name, view.capacity) == ("Room 2", None)


@pytest.mark.parametrize(("field", "typed"), [("name", " "), ("capacity", "many")])
def test_a_fault_is_told_at_its_field_and_what_was_typed_is_kept(
    browser: FlaskClient, room: str, field: str, typed: str
) -> None:
    answer = submit(browser, room, **{**ROOM, field: typed})

    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text


def test_a_team_that_one_runs_may_use_it(
    browser: FlaskClient, host: HostAccount, services: Services, room: str
) -> None:
    team = services.teams.create(host.id, {"name": "Sales team"})

    submit(browser, room, **{**ROOM, "team_id": encode_id(team.id)})

    assert services.resources.list(host.id)[0].team_id == team.id
    assert "Sales team" in text_of(browser.get("/resources"))


def test_what_an_event_type_needs_is_not_deleted(
    browser: FlaskClient, host: HostAccount, services: Services, room: str
) -> None:
    key = services.resources.list(host.id)[0].id
    services.event_types.create(host.id, {"title": "Talk", "resources": [key]})

    refused = submit(browser, f"{room}/delete")

    assert refused.status_code == 409
    assert "Needed by “Talk”" in text_of(refused)
    assert len(services.resources.list(host.id)) == 1


def test_deleting_is_asked_for_and_done(
    browser: FlaskClient, host: HostAccount, services: Services, room: str
) -> None:
    assert "Delete “Room 1”?" in text_of(browser.get(f"{room}/delete"))

    submit(browser, f"{room}/delete")

    assert services.resources.list(host.id) == ()
