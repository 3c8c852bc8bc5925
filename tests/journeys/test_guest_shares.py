"""A guest books a seat, and a series of which one date is not free, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.chromium import OpenPage, faults_of, focused, sticks_out
from tests.journeys.host_site import HostSite, host_site

__all__ = ["host_site"]
pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def _offer(site: HostSite, **fields: Any) -> str:
    """Let the host `some` offer an hour; return the address of its page."""
    with site.app.app_context():
        host = site.services.accounts.find_by_username("some")
        assert host is not None
        made = site.services.event_types.create(host.id, {"duration_minutes": 60, **fields})
    return f"{site.base_url}{made.public_path}"


def _choose(page: Page, address: str) -> str:
    """Press the first time of the next month; return when it starts."""
    page.goto(address)
    before = page.locator("#month-heading").inner_text()
    page.get_by_label("Next month").click()
    expect(page.locator("#month-heading")).not_to_have_text(before)
    start = page.locator("button.time").first.get_attribute("value") or ""
    page.locator("button.time").first.click()
    expect(page.get_by_label("Name")).to_be_visible()
    return start


def _fill(page: Page) -> None:
    page.get_by_label("Name").fill("First Guest")
    page.get_by_label("Email", exact=True).fill("guest@example.test")


def _confirm(page: Page) -> None:
    page.get_by_role("button", name="Confirm booking").click()


def _see_booked(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("You're booked")


def _see_no_fault(page: Page) -> None:
    assert faults_of(page) == []
    assert sticks_out(page) == 0


def test_a_seat_is_taken_and_the_rest_is_told(host_site: HostSite, open_page: OpenPage) -> None:
    address = _offer(host_site, title="Class", seats=3, show_seats_left=True)
    page = open_page(viewport=PHONE)
    start = _choose(page, address)
    _fill(page)
    _confirm(page)
    _see_booked(page)

    page.goto(f"{address}?date={start[:10]}")

    time = page.locator(f"button.time[value='{start}']")
    expect(time).to_have_accessible_name(re.compile(", 60 minutes, 2 seats left$"))
    _see_no_fault(page)


def test_the_dates_of_a_series_are_shown_and_fewer_can_be_booked(
    host_site: HostSite, open_page: OpenPage
) -> None:
    weekly = {"frequency": "weekly", "interval": 1, "max_count": 5}
    series = _offer(host_site, title="Course", recurrence=weekly)
    rare = {"frequency": "weekly", "interval": 3, "max_count": 2}
    other = _offer(host_site, title="Other", recurrence=rare)
    page = open_page(viewport=PHONE)
    start = _choose(page, other)
    page.get_by_label("How often?").select_option("2")
    _fill(page)
    _confirm(page)
    _see_booked(page)
    page.get_by_role("link", name="Cancel booking").click()
    page.get_by_role("button", name="Cancel booking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Booking cancelled")
    expect(page.locator(".dates li")).to_have_count(2)

    assert _choose(page, series) == start
    dates = page.locator("#dates-list li:visible")
    expect(dates).to_have_count(0)
    page.get_by_label("How often?").select_option("5")
    expect(dates).to_have_count(5)
    expect(page.locator("#dates-note")).to_contain_text("5 dates, until")
    _see_no_fault(page)
    _fill(page)
    _confirm(page)

    expect(page.locator("#conflicts")).to_contain_text("is not free.")
    assert focused(page) == "conflicts"
    expect(page.get_by_label("Name")).to_have_value("First Guest")
    _see_no_fault(page)
    page.get_by_role("button", name="Book 3 times").click()
    _see_booked(page)
    expect(page.locator(".dates li")).to_have_count(3)
    _see_no_fault(page)


def test_the_dates_of_a_series_are_shown_without_a_script(
    host_site: HostSite, open_page: OpenPage
) -> None:
    rule = {"frequency": "daily", "interval": 7, "max_count": 3}
    address = _offer(host_site, title="Course", recurrence=rule)
    page = open_page(java_script_enabled=False)
    page.goto(address)
    page.get_by_label("Next month").click()
    page.locator("button.time").first.click()
    page.get_by_label("How often?").select_option("3")

    page.get_by_role("button", name="Show the dates").click()

    expect(page.locator("#dates-list li:visible")).to_have_count(3)
    _fill(page)
    _confirm(page)
    _see_booked(page)
    expect(page.get_by_text("All 3 times are yours")).to_be_visible()
