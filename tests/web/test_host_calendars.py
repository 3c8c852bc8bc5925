"""The calendars page, through its forms alone, with a real CalDAV server behind it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from booking.core.errors import ReconnectRequired, Unreachable
from booking.core.ids import encode_id
from booking.wiring import Services
from tests.calendars.accounts import jobs
from tests.conftest import HostAccount
from tests.servers.dav import DavAccount
from tests.web.browser import csrf_of, submit
from tests.web.page_form import fields_of

PAGE = "/settings/calendars"
CONNECT = f"{PAGE}/connect?preset=radicale"


def connect(browser: FlaskClient, account: DavAccount, **changed: str) -> TestResponse:
    fields = {
        "preset": "radicale",
        "url": account.base_url,
        "username": account.user,
        "password": account.password,
        **changed,
    }
    return submit(browser, CONNECT, f"{PAGE}/connect", **fields)


@pytest.fixture
def account(radicale_account: DavAccount) -> DavAccount:
    """An account with the calendars Private and Work."""
    radicale_account.make_calendar("Work")
    radicale_account.make_calendar("Private")
    return radicale_account


@pytest.fixture
def connection(
    browser: FlaskClient, host: HostAccount, account: DavAccount, services: Services
) -> int:
    """The host's connection to that account."""
    assert connect(browser, account).status_code == 303
    return services.connections.list(host.id)[0].id


def keys(services: Services, host: HostAccount, connection: int) -> dict[str, str]:
    """Return the public ids of the account's calendars by name."""
    views = services.connections.calendars(host.id, connection)
    return {view.name: encode_id(view.id) for view in views}


def save(browser: FlaskClient, **fields: str | list[str]) -> str:
    """Store what is ticked and return the page that follows."""
    answer = browser.post(PAGE, data={"csrf_token": csrf_of(browser.get(PAGE)), **fields})
    assert answer.status_code == 303
    return browser.get(PAGE).text


def test_a_first_visit_shows_four_steps_and_how_to_begin(browser: FlaskClient) -> None:
    page = browser.get(PAGE).text

    assert page.count('class="step ') == 4
    assert "No calendar is connected yet" in page
    assert f'href="{PAGE}/connect"' in page


def test_every_kind_of_server_is_offered_with_its_own_form(browser: FlaskClient) -> None:
    page = browser.get(f"{PAGE}/connect").text
    kinds = re.findall(r"connect\?preset=([a-z.]+)", page)

    assert {"nextcloud", "icloud", "generic", "ics"} <= set(kinds)
    for kind in kinds:
        assert "csrf_token" in browser.get(f"{PAGE}/connect?preset={kind}").text
    assert "https://caldav.icloud.com" in browser.get(f"{PAGE}/connect?preset=icloud").text


def test_connecting_proposes_and_selects_nothing(
    browser: FlaskClient, host: HostAccount, connection: int, services: Services
) -> None:
    page = browser.get(PAGE).text

    assert "Suggested, not saved yet" in page
    assert "Private" in page
    assert services.selection.list(host.id) == ()
    assert services.selection.destination(host.id) is None


def test_a_refused_password_names_the_step_and_is_not_repeated(
    browser: FlaskClient, account: DavAccount
) -> None:
    answer = connect(browser, account, password="wrong-canary")

    assert answer.status_code == 409
    assert "while signing in" in answer.text
    assert f'value="{account.user}"' in answer.text
    assert "wrong-canary" not in answer.text


def test_an_address_that_leads_nowhere_is_told_at_its_field(
    browser: FlaskClient, account: DavAccount
) -> None:
    answer = connect(browser, account, url="http://no-such-host.invalid/")

    assert answer.status_code == 424
    assert 'id="f-url-error"' in answer.text
    assert "looking up the server" in answer.text


def test_a_kind_of_server_that_does_not_exist_is_refused(
    browser: FlaskClient, account: DavAccount
) -> None:
    assert connect(browser, account, preset="exchange").status_code == 422


def test_saving_says_what_blocks_and_where_bookings_go(
    browser: FlaskClient, host: HostAccount, connection: int, services: Services
) -> None:
    by_name = keys(services, host, connection)

    page = save(browser, block=list(by_name.values()), destination=by_name["Work"])

    assert "Events of “Private” and “Work” now block." in page
    assert "New bookings go to “Work”" in page
    assert 'class="step ' not in page
    destination = services.selection.destination(host.id)
    assert destination is not None
    assert destination.name == "Work"


def test_unticking_says_what_no_longer_counts(
    browser: FlaskClient, host: HostAccount, connection: int, services: Services
) -> None:
    by_name = keys(services, host, connection)
    save(browser, block=list(by_name.values()), destination=by_name["Work"])

    page = save(browser, block=by_name["Work"], tentative=by_name["Work"], destination="")

    assert "Events of “Private” no longer block." in page
    assert "Tentative events of “Work” now block." in page
    assert "New bookings are written to no calendar." in page


def test_saving_the_same_again_changes_nothing(
    browser: FlaskClient, host: HostAccount, connection: int, services: Services
) -> None:
    by_name = keys(services, host, connection)
    save(browser, block=by_name["Work"], destination=by_name["Work"])

    assert "Nothing was changed." in save(
        browser, block=by_name["Work"], destination=by_name["Work"]
    )


@pytest.mark.parametrize("nonsense", ["", "0000000000001", "zzzzzzzzzzzzz", "' OR 1=1"])
def test_ids_of_nobody_are_refused_and_change_nothing(
    browser: FlaskClient, host: HostAccount, connection: int, services: Services, nonsense: str
) -> None:
    save(browser, block=nonsense, tentative=nonsense, destination=nonsense)

    assert services.selection.list(host.id) == ()
    assert services.selection.destination(host.id) is None


def test_a_new_calendar_is_made_at_the_server(
    browser: FlaskClient, host: HostAccount, connection: int, services: Services
) -> None:
    path = f"{PAGE}/{encode_id(connection)}/new"

    answer = submit(browser, path, name="Bookings", color="#112233")

    assert answer.status_code == 303
    assert "Bookings" in keys(services, host, connection)
    assert "Created “Bookings”" in browser.get(PAGE).text


def test_a_calendar_without_a_name_is_not_made(browser: FlaskClient, connection: int) -> None:
    answer = submit(browser, f"{PAGE}/{encode_id(connection)}/new", name=" ", color="#112233")

    assert answer.status_code == 422
    assert 'id="f-name-error"' in answer.text


def test_refresh_asks_for_the_list_and_the_selected_calendars(
    browser: FlaskClient, host: HostAccount, connection: int, services: Services
) -> None:
    by_name = keys(services, host, connection)
    save(browser, block=by_name["Work"], destination=by_name["Work"])

    submit(browser, PAGE, f"{PAGE}/{encode_id(connection)}/refresh")

    assert len(jobs("calendars.relist")) == 1
    assert len(jobs("calendars.refresh")) == 1


def test_a_failing_server_is_shown_as_cause_and_remedy(
    browser: FlaskClient, connection: int, services: Services
) -> None:
    services.connections.record_failure(connection, Unreachable("It did not answer in time."))

    page = browser.get(PAGE).text

    assert "Degraded" in page
    assert "It did not answer in time." in page
    assert "We keep trying." in page


def test_reconnecting_heals_and_keeps_the_choices(
    browser: FlaskClient,
    host: HostAccount,
    account: DavAccount,
    connection: int,
    services: Services,
) -> None:
    by_name = keys(services, host, connection)
    save(browser, block=by_name["Work"], destination=by_name["Work"])
    services.connections.record_failure(connection, ReconnectRequired("Refused."))
    path = f"{PAGE}/{encode_id(connection)}/reconnect"
    assert "Press Reconnect" in browser.get(PAGE).text

    assert submit(browser, path, password="wrong").status_code == 409
    assert submit(browser, path, password=account.password).status_code == 303

    assert services.connections.get(host.id, connection).status == "connected"
    assert len(services.selection.list(host.id)) == 1


def test_disconnecting_says_first_what_stays_and_then_does_it(
    browser: FlaskClient, host: HostAccount, connection: int, services: Services
) -> None:
    by_name = keys(services, host, connection)
    save(browser, block=by_name["Work"], destination=by_name["Work"])
    path = f"{PAGE}/{encode_id(connection)}/disconnect"

    asked = browser.get(path).text
    assert "What stays" in asked
    assert "Events of Work no longer block" in asked
    assert services.connections.list(host.id)

    assert submit(browser, path).status_code == 303
    assert services.connections.list(host.id) == ()
    assert "events already written to its calendars stay there" in browser.get(PAGE).text


def test_an_event_type_takes_calendars_of_its_own(
    browser: FlaskClient, host: HostAccount, connection: int, services: Services
) -> None:
    by_name = keys(services, host, connection)
    save(browser, block=by_name["Work"], destination=by_name["Work"])
    view = services.event_types.create(host.id, {"title": "Introduction"})
    path = f"/event-types/{encode_id(view.id)}"
    asked = browser.get(path).text
    assert "Your usual calendar (Work)" in asked

    own = {"which_calendars": "own", "calendars": by_name["Private"]}
    browser.post(path, data={**fields_of(asked, path), **own})
    chosen = [each for each in services.selection.list(host.id) if each.event_type_id == view.id]
    assert [encode_id(each.calendar_id) for each in chosen] == [by_name["Private"]]
    assert "Its own calendars to check were changed." in browser.get(path).text

    browser.post(path, data={**fields_of(asked, path), "which_calendars": "usual"})
    assert [each.event_type_id for each in services.selection.list(host.id)] == [None]
