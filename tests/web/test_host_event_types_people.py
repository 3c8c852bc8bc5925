"""An event type's page: seats, series, hosts, rooms and equipment, through the form alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from booking.core.ids import encode_id
from booking.eventtypes.values import EventTypeView
from booking.wiring import Services
from tests.conftest import HostAccount, HostFactory
from tests.web.browser import sign_in
from tests.web.page_form import fields_of

PAGE = "/event-types"


@pytest.fixture
def mate(make_host: HostFactory) -> HostAccount:
    """Somebody else."""
    return make_host(username="mate")


@pytest.fixture
def team(host: HostAccount, mate: HostAccount, services: Services) -> int:
    """A team of the host and the other one."""
    key = services.teams.create(host.id, {"name": "Sales"}).id
    services.teams.add_member(host.id, key, {"user_id": mate.id})
    return key


def make(services: Services, host: HostAccount, **fields: Any) -> str:
    """Return the address of a new event type's page."""
    view = services.event_types.create(host.id, {"title": "Talk", **fields})
    return f"{PAGE}/{encode_id(view.id)}"


def stored(services: Services, host: HostAccount) -> EventTypeView:
    return services.event_types.list(host.id)[0]


def save(browser: FlaskClient, path: str, **changed: Any) -> Any:
    """Send the form as it stands on the page, with some fields changed; None takes one out."""
    fields = {**fields_of(browser.get(path).text, path), **changed}
    return browser.post(path, data={name: value for name, value in fields.items() if value})


def row_of(page: str, user_id: int) -> str:
    """Return the stem of the fields of one person's row."""
    found = re.search(rf'name="(hosts_\d+_)user_id" value="{encode_id(user_id)}"', page)
    assert found is not None
    return found[1]


def test_who_has_no_team_sees_nothing_of_hosts(
    browser: FlaskClient, host: HostAccount, services: Services
) -> None:
    page = browser.get(make(services, host)).text

    assert 'name="scheduling"' not in page
    assert 'name="resources"' not in page
    assert 'name="seats"' in page


def test_seats_and_a_series_are_saved(
    browser: FlaskClient, host: HostAccount, services: Services
) -> None:
    path = make(services, host)

    save(
        browser,
        path,
        seats="12",
        show_seats_left="1",
        recurrence_frequency="weekly",
        recurrence_interval="2",
        recurrence_max_count="6",
    )

    view = stored(services, host)
    assert (view.seats, view.show_seats_left) == (12, True)
    assert view.recurrence == {"frequency": "weekly", "interval": 2, "max_count": 6}
    save(browser, path, seats=None, recurrence_frequency=None)
    view = stored(services, host)
    assert (view.seats, view.recurrence) == (None, None)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"seats": "1001"}, "seats"),
        ({"seats": "a dozen"}, "seats"),
        ({"recurrence_frequency": "weekly"}, "recurrence_max_count"),
        ({"recurrence_frequency": "hourly", "recurrence_max_count": "3"}, "recurrence_frequency"),
        (
            {
                "recurrence_frequency": "daily",
                "recurrence_max_count": "3",
                "recurrence_interval": "often",
            },
            "recurrence_interval",
        ),
    ],
)
def test_what_does_not_fit_is_told_at_its_field(
    browser: FlaskClient,
    host: HostAccount,
    services: Services,
    changed: dict[str, str],
    field: str,
) -> None:
    answer = save(browser, make(services, host), **changed)

    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text


def test_saving_the_page_as_it_stands_changes_nothing(
    browser: FlaskClient,
    host: HostAccount,
    mate: HostAccount,
    services: Services,
    team: int,
) -> None:
    hours = services.schedules.create(mate.id, {"name": "Hours", "time_zone": "UTC"}).id
    room = services.resources.create(host.id, {"name": "Room"}).id
    path = make(
        services,
        host,
        scheduling="round_robin",
        team_id=team,
        resources=[room],
        hosts=[
            {"user_id": mate.id, "group": 4, "weight": 7, "priority": 0, "schedule_id": hours},
            {"user_id": host.id, "fixed": True},
        ],
    )
    before = stored(services, host)

    answer = save(browser, path)

    assert answer.status_code == 303
    assert stored(services, host) == before
    assert "Nothing was changed." in browser.get(path).text


def test_hosts_are_ticked(
    browser: FlaskClient, host: HostAccount, mate: HostAccount, services: Services, team: int
) -> None:
    path = make(services, host)
    mine = row_of(browser.get(path).text, host.id)
    theirs = row_of(browser.get(path).text, mate.id)

    save(
        browser,
        path,
        scheduling="round_robin",
        team_id=encode_id(team),
        **{f"{theirs}takes_part": "1", f"{theirs}weight": "30", f"{mine}fixed": "1"},
    )

    view = stored(services, host)
    assert (view.team_id, view.scheduling) == (team, "round_robin")
    assert [(each.user_id, each.fixed, each.weight) for each in view.hosts] == [
        (host.id, True, 100),
        (mate.id, False, 30),
    ]
    assert "/team/sales/talk" in browser.get(PAGE).text


def test_a_fault_of_a_host_is_told_in_their_row(
    browser: FlaskClient, host: HostAccount, mate: HostAccount, services: Services, team: int
) -> None:
    path = make(services, host)
    mine = row_of(browser.get(path).text, host.id)
    theirs = row_of(browser.get(path).text, mate.id)
    only_mate = {f"{mine}takes_part": None, f"{theirs}takes_part": "1"}

    wrong_weight = save(
        browser, path, scheduling="round_robin", **only_mate, **{f"{theirs}weight": "5000"}
    )
    wrong_host = save(browser, path, **only_mate)
    nobody = save(browser, path, scheduling="collective", **{f"{mine}takes_part": None})

    assert f'id="f-{theirs}weight-error"' in wrong_weight.text
    assert 'value="5000"' in wrong_weight.text
    assert f'id="f-{theirs}user_id-error"' in wrong_host.text
    assert 'id="f-hosts-error"' in nobody.text


def test_rooms_are_ticked(browser: FlaskClient, host: HostAccount, services: Services) -> None:
    room = services.resources.create(host.id, {"name": "Blue room", "capacity": 4}).id
    path = make(services, host)
    assert "Blue room" in browser.get(path).text

    save(browser, path, resources=encode_id(room))
    assert stored(services, host).resources == (room,)

    too_many = save(browser, path, seats="5")
    assert 'id="f-seats-error"' in too_many.text
    save(browser, path, resources=None)
    assert stored(services, host).resources == ()


def test_who_runs_the_team_keeps_what_is_anothers(
    browser: FlaskClient, host: HostAccount, mate: HostAccount, services: Services, team: int
) -> None:
    services.teams.set_role(host.id, team, mate.id, {"role": "admin"})
    hours = services.schedules.create(mate.id, {"name": "Hours", "time_zone": "UTC"}).id
    thing = services.resources.create(mate.id, {"name": "Projector"}).id
    fields = {"team_id": team, "schedule_id": hours, "resources": [thing]}
    path = make(services, mate, **fields)
    before = stored(services, host)

    answer = save(browser, path, title="Chat")

    assert answer.status_code == 303
    after = stored(services, host)
    assert (after.title, after.schedule_id, after.resources) == ("Chat", hours, (thing,))
    assert (after.owner, after.hosts) == (before.owner, before.hosts)


def test_a_plain_member_finds_no_form(
    browser: FlaskClient, host: HostAccount, mate: HostAccount, services: Services, team: int
) -> None:
    path = make(services, host, team_id=team)
    sign_in(mate.client, mate.email, mate.password)

    assert mate.client.get(path).status_code == 404
    assert browser.get(path).status_code == 200
