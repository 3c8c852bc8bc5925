"""Settings, Conferencing; and video meetings on the event type's form."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from booking.core.ids import encode_id
from booking.settings import Settings
from booking.wiring import Services
from tests.calendars.push_site import google_account
from tests.conftest import HostAccount
from tests.providersim.server import ProviderSim
from tests.web.page_form import fields_of

PAGE = "/settings/conferencing"


@pytest.fixture
def sqlite_settings(sqlite_settings: Settings, sim: ProviderSim) -> Settings:
    """Settings whose Google is the simulator."""
    return replace(sqlite_settings, **sim.google_settings)  # type: ignore[arg-type]


def connect(services: Services, host: HostAccount, sim: ProviderSim) -> int:
    connection = services.connections.connect(host.id, google_account(sim))
    return services.connections.calendars(host.id, connection.id)[0].id


def test_without_an_account_the_page_says_what_to_connect(browser: FlaskClient) -> None:
    text = browser.get(PAGE).text

    assert "Connect Google Calendar under Calendars." in text
    assert "Connect Microsoft 365 and Outlook.com under Calendars." in text
    assert "None yet." in text


def test_an_account_whose_calendars_receive_nothing_is_not_ready(
    browser: FlaskClient, services: Services, host: HostAccount, sim: ProviderSim
) -> None:
    connect(services, host, sim)

    assert "Links are made in the calendar that receives new bookings." in browser.get(PAGE).text


def test_a_ready_account_is_named_with_the_event_types_that_need_it(
    browser: FlaskClient, services: Services, host: HostAccount, sim: ProviderSim
) -> None:
    services.selection.set_destination(host.id, connect(services, host, sim))
    fields = {"title": "By video", "duration_minutes": 30, "location": {"type": "google_meet"}}
    services.event_types.create(host.id, fields)

    ready = browser.get(PAGE).text
    assert "Links are made by host@example.org" in ready
    assert "By video" in ready
    assert "No link is made" not in ready

    services.selection.clear_destination(host.id)
    assert "No link is made" in browser.get(PAGE).text


def test_the_form_offers_google_meet_and_tells_why_it_cannot_be(
    browser: FlaskClient, services: Services, host: HostAccount, sim: ProviderSim
) -> None:
    made = services.event_types.create(host.id, {"title": "Talk", "duration_minutes": 30})
    path = f"/event-types/{encode_id(made.id)}"
    form = fields_of(browser.get(path).text, path)

    refused = browser.post(path, data={**form, "location_type": "google_meet"})
    assert refused.status_code == 422
    assert "Google Meet links are made in a Google calendar" in refused.text

    services.selection.set_destination(host.id, connect(services, host, sim))
    browser.post(path, data={**form, "location_type": "google_meet"})
    assert services.event_types.get(host.id, made.id).location == {"type": "google_meet"}
    assert 'value="google_meet" checked' in browser.get(path).text
