"""A host lets a team and a room take part in an event type, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from booking.core.ids import encode_id
from tests.journeys.chromium import OpenPage, faults_in_all_windows
from tests.journeys.host_site import HostSite, host_site

__all__ = ["host_site"]
pytestmark = pytest.mark.browser


def _fill(site: HostSite) -> str:
    """Make a team of two, a room and an event type; return the address of its page."""
    services = site.services
    with site.app.app_context():
        host = services.accounts.find_by_username("some")
        assert host is not None
        mate = services.accounts.create_user(
            email="mate@example.test", username="mate", name="Mate Example", time_zone="Asia/Tokyo"
        )
        team = services.teams.create(host.id, {"name": "Sales"}).id
        services.teams.add_member(host.id, team, {"user_id": mate.id})
        services.resources.create(host.id, {"name": "Blue room", "capacity": 4})
        view = services.event_types.create(host.id, {"title": "Talk"})
        return f"{site.base_url}/event-types/{encode_id(view.id)}"


def test_hosts_and_a_room_take_part(host_site: HostSite, open_page: OpenPage) -> None:
    address = _fill(host_site)
    page = open_page()
    host_site.sign_in(page)
    page.goto(address)

    page.get_by_label("Stands on the page of").select_option("Sales")
    page.get_by_label("Who takes a booking").select_option("By turns: one of the hosts")
    mate = page.get_by_role("group", name="Mate Example")
    mate.get_by_label("Is a host").check()
    mate.get_by_label("Weight").fill("2000")
    page.get_by_label("Blue room").check()
    page.get_by_role("spinbutton", name="Seats", exact=False).first.fill("4")
    page.get_by_role("button", name="Save event type").click()

    expect(page.get_by_role("alert")).to_contain_text("Must be from 1 to 1000.")
    assert faults_in_all_windows(page) == []
    mate.get_by_label("Weight").fill("30")
    page.get_by_role("button", name="Save event type").click()

    expect(page.get_by_role("status")).to_contain_text("Saved: seats, page, scheduling, hosts")
    expect(mate.get_by_label("Is a host")).to_be_checked()
    assert faults_in_all_windows(page) == []
