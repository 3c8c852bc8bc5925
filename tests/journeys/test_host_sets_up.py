"""A host's way from an empty account to the first booking, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.chromium import OpenPage, faults_in_all_windows
from tests.journeys.host_site import HostSite, host_site
from tests.servers.dav import DavAccount

__all__ = ["host_site"]
pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/bookings",
    "/bookings?show=cancelled",
    "/event-types",
    "/event-types/new",
    "/schedules",
    "/settings/calendars",
    "/settings/calendars/connect",
    "/settings/calendars/connect?preset=nextcloud",
    "/settings/calendars/connect?preset=ics",
    "/troubleshoot",
)


def _told(page: Page, text: str) -> None:
    expect(page.get_by_role("status")).to_contain_text(text)


def _connect(page: Page, site: HostSite, account: DavAccount) -> None:
    page.goto(f"{site.base_url}/bookings")
    page.get_by_role("link", name="Connect a calendar").click()
    page.get_by_role("link", name="Connect an account").first.click()
    page.get_by_role("link", name="Radicale").click()
    page.get_by_label("Address of the server").fill(account.base_url)
    page.get_by_label("User name").fill(account.user)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Connect").click()
    _told(page, "Now choose which calendars block.")


def _choose(page: Page) -> None:
    work = page.get_by_role("group", name="Work")
    work.get_by_label("New bookings go here").check()
    page.get_by_role("button", name="Save these choices").click()
    _told(page, "New bookings go to “Work”")


def _offer(page: Page, site: HostSite) -> None:
    page.goto(f"{site.base_url}/event-types")
    page.get_by_role("link", name="Make an event type").click()
    page.get_by_label("Name").fill("Introduction")
    page.get_by_role("button", name="Create").click()
    _told(page, "“Introduction” is on your page.")
    expect(page.get_by_role("heading", name="Next times")).to_be_visible()


def _open_hours(page: Page, site: HostSite) -> None:
    page.goto(f"{site.base_url}/schedules")
    page.get_by_role("button", name="Create schedule").click()
    page.get_by_role("button", name="Add hours on Saturday").click()
    page.get_by_label("Saturday from").fill("10:00")
    page.get_by_label("Saturday until").fill("12:00")
    page.get_by_role("button", name="Save hours").click()
    _told(page, "Sat 10:00")


def _book(page: Page, site: HostSite) -> None:
    page.goto(f"{site.base_url}/some/introduction")
    page.get_by_label("Next month").click()
    page.locator("a.day").nth(1).click()
    page.locator("button.time").first.click()
    page.get_by_label("Name").fill("Second Guest")
    page.get_by_label("Email", exact=True).fill("guest@example.test")
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You're booked")


def test_from_nothing_to_a_booking_in_the_calendar_without_a_script(
    host_site: HostSite, radicale_account: DavAccount, open_page: OpenPage
) -> None:
    work = radicale_account.make_calendar("Work")
    radicale_account.make_calendar("Private")
    page = open_page(java_script_enabled=False)
    host_site.sign_in(page)

    _connect(page, host_site, radicale_account)
    _choose(page)
    _offer(page, host_site)
    _open_hours(page, host_site)
    host_site.do_due_work()
    _book(page, host_site)
    host_site.do_due_work()

    page.goto(f"{host_site.base_url}/bookings")
    expect(page.get_by_text("In your calendar")).to_be_visible()
    assert len(radicale_account.listing(work)) == 1

    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_label("Reason").fill("Ill.")
    page.get_by_role("button", name="Cancel booking").click()
    _told(page, "Cancelled: Introduction: Second Guest.")
    host_site.do_due_work()
    assert radicale_account.listing(work) == {}


def test_pages_are_accessible_and_fit_every_window(
    host_site: HostSite, radicale_account: DavAccount, open_page: OpenPage
) -> None:
    radicale_account.make_calendar("Work")
    page = open_page()
    host_site.sign_in(page)
    faults = _faults(page, host_site, PAGES)
    _connect(page, host_site, radicale_account)
    _choose(page)
    _offer(page, host_site)
    event_type = page.url.removeprefix(host_site.base_url)
    _open_hours(page, host_site)
    schedule = page.url.removeprefix(host_site.base_url)
    _book(page, host_site)
    page.goto(f"{host_site.base_url}/bookings")
    page.get_by_role("link", name=re.compile("Second Guest")).click()
    booking = page.url.removeprefix(host_site.base_url)

    faults += _faults(
        page,
        host_site,
        (
            "/settings/calendars",
            event_type,
            f"{event_type}/delete",
            schedule,
            f"{schedule}/delete",
            "/schedules",
            "/bookings",
            booking,
            f"{booking}/cancel",
            f"{booking}/reschedule",
            "/troubleshoot",
        ),
    )

    assert faults == []


def _faults(page: Page, site: HostSite, paths: tuple[str, ...]) -> list[str]:
    found = []
    for path in paths:
        page.goto(f"{site.base_url}{path}")
        found += faults_in_all_windows(page)
    return found


def test_copying_a_link_says_that_it_was_copied(host_site: HostSite, open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    host_site.sign_in(page)
    _offer(page, host_site)

    page.get_by_role("button", name="Copy link").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{host_site.base_url}/some/introduction"
