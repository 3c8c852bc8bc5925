"""A guest comes by a private link, confirms an address by mail, and is led on to a host's page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest
from playwright.sync_api import expect

from booking.settings import Settings
from tests.journeys.chromium import OpenPage, faults_of, sticks_out
from tests.journeys.host_site import PASSWORD, HostSite, host_site
from tests.servers.smtp_sink import Sink, running_sink

__all__ = ["host_site"]
pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
_LINK = re.compile(r"http://\S+/booking/confirm\?token=\S+")


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as running:
        yield running


@pytest.fixture
def sqlite_settings(sqlite_settings: Settings, sink: Sink) -> Settings:
    """The settings with a mail server."""
    url = f"smtp://127.0.0.1:{sink.port}"
    return replace(sqlite_settings, smtp_url=url, mail_from="booking@example.test")


def _offer(site: HostSite) -> None:
    fields = {
        "title": "Board talk",
        "duration_minutes": 60,
        "private_links_only": True,
        "requires_email_confirmation": True,
        "confirmation_redirect_url": f"{site.base_url}/healthz",
    }
    with site.app.app_context():
        host = site.services.accounts.find_by_username("some")
        assert host is not None
        site.services.event_types.create(host.id, fields)


def _mailed(site: HostSite, sink: Sink) -> str:
    site.do_due_work()
    letter = message_from_bytes(sink.received[-1].raw, policy=default).get_body(("plain",))
    assert letter is not None
    found = _LINK.search(letter.get_content())
    assert found is not None
    return found.group()


def test_a_private_link_leads_through_a_mail_to_a_booking(
    host_site: HostSite, open_page: OpenPage, sink: Sink
) -> None:
    _offer(host_site)
    page = open_page()
    host_site.sign_in(page)
    page.goto(f"{host_site.base_url}/event-types")
    page.get_by_role("link", name="Private links").click()
    page.get_by_label("Who is it for?").fill("The board")
    page.get_by_label("Bookings").fill("1")
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_text("0 of 1 bookings, no end")).to_be_visible()
    assert faults_of(page) == []
    address = page.locator("p.secret code").inner_text()

    guest = open_page(viewport=PHONE)
    guest.goto(address)
    guest.locator("button.time").first.click()
    guest.get_by_label("Name").fill("First Guest")
    guest.get_by_label("Email", exact=True).fill("guest@example.test")
    guest.get_by_role("button", name="Confirm booking").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Look at your mail")
    assert (faults_of(guest), sticks_out(guest)) == ([], 0)

    guest.goto(_mailed(host_site, sink))
    expect(guest.get_by_role("heading", level=1)).to_have_text("Book this time?")
    assert (faults_of(guest), sticks_out(guest)) == ([], 0)
    guest.get_by_role("button", name="Confirm and book").click()
    guest.wait_for_url("**/healthz")

    page.reload()
    expect(page.get_by_text("1 of 1 bookings, no end")).to_be_visible()


def test_a_host_erases_the_account_after_reading_what_that_means(
    host_site: HostSite, open_page: OpenPage
) -> None:
    page = open_page(viewport=PHONE)
    host_site.sign_in(page)
    page.goto(f"{host_site.base_url}/settings/privacy")
    assert (faults_of(page), sticks_out(page)) == ([], 0)

    page.get_by_role("link", name="Erase your account").click()
    assert (faults_of(page), sticks_out(page)) == ([], 0)
    page.get_by_label("Your username, to confirm").fill("some")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Erase my account").click()

    expect(page.get_by_text("Your account is erased.")).to_be_visible()
