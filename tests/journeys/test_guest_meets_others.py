"""What happens to an open page while others book, zones differ, or the network goes away."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.journeys.chromium import OpenPage
from tests.journeys.live import Live

pytestmark = pytest.mark.browser


def _book_elsewhere(live: Live, start: str) -> None:
    answer = requests.post(
        f"{live.base_url}/demo/intro/details",
        data={"start": start, "name": "Faster", "email": "faster@example.test"},
        timeout=20,
        allow_redirects=False,
    )
    assert answer.status_code == 303, answer.text[:300]


def _two_months_on(page: Page, live: Live) -> None:
    page.goto(f"{live.base_url}/demo/intro")
    for _ in range(2):
        before = page.locator("#month-heading").inner_text()
        page.get_by_label("Next month").click()
        expect(page.locator("#month-heading")).not_to_have_text(before)


def test_a_time_that_others_book_leaves_the_open_page(live: Live, open_page: OpenPage) -> None:
    page = open_page()
    _two_months_on(page, live)
    first = page.locator("button.time").first
    start = first.get_attribute("value") or ""
    label = first.inner_text()
    first.focus()

    _book_elsewhere(live, start)

    expect(page.locator(f"button.time[value='{start}']")).to_have_count(0)
    expect(page.locator("#alert")).to_contain_text(f"{label} was just taken.")
    expect(page.locator("#times-heading")).to_be_focused()


def test_pressing_a_time_that_is_gone_offers_the_nearest(live: Live, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{live.base_url}/demo/intro")
    page.get_by_label("Next month").click()
    page.get_by_label("Next month").click()
    pressed = page.locator("button.time").nth(1)
    _book_elsewhere(live, pressed.get_attribute("value") or "")

    pressed.click()

    expect(page.locator("#taken")).to_contain_text("was just taken.")
    page.locator("#taken button.time").first.click()
    expect(page.get_by_label("Name")).to_be_visible()


def test_what_was_typed_survives_the_way_back(live: Live, open_page: OpenPage) -> None:
    page = open_page()
    _two_months_on(page, live)
    page.locator("button.time").nth(2).click()
    page.get_by_label("Name").fill("First Guest")
    page.get_by_role("link", name="Another time").click()

    page.locator("button.time").nth(3).click()

    expect(page.get_by_label("Name")).to_have_value("First Guest")


def test_being_offline_loses_nothing_and_books_once(live: Live, open_page: OpenPage) -> None:
    page = open_page()
    _two_months_on(page, live)
    page.locator("button.time").nth(4).click()
    page.get_by_label("Name").fill("Ola")
    page.get_by_label("Email", exact=True).fill("ola@example.test")

    page.context.set_offline(True)
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.locator("#alert")).to_contain_text("You're offline. Nothing is lost")
    page.context.set_offline(False)

    expect(page.get_by_role("heading", level=1)).to_have_text("You're booked")


def test_the_page_follows_the_clock_of_the_device(live: Live, open_page: OpenPage) -> None:
    page = open_page(timezone_id="America/Los_Angeles", locale="en-US")
    page.goto(f"{live.base_url}/demo/intro")

    expect(page.locator("#zone summary")).to_contain_text("Times in Los Angeles")
    expect(page.locator("button.time").first).to_contain_text("M")
    assert parse_qs(urlsplit(page.url).query)["tz"] == ["America/Los_Angeles"]


def test_a_zone_is_found_by_typing_and_remembered(live: Live, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{live.base_url}/demo/intro")
    page.locator("#zone summary").click()
    page.get_by_role("combobox").fill("india kolk")
    page.keyboard.press("Enter")
    expect(page.locator("#zone summary")).to_contain_text("Times in Kolkata (UTC+5:30)")
    expect(page.locator("#zone-note")).to_contain_text("Your device is set to Berlin.")

    page.goto(f"{live.base_url}/demo/intro")

    expect(page.locator("#zone summary")).to_contain_text("Times in Kolkata")


def test_twelve_or_twenty_four_hours_is_remembered(live: Live, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{live.base_url}/demo/intro")
    page.get_by_role("link", name="12 h").click()
    expect(page.locator("button.time").first).to_contain_text("M")

    page.goto(f"{live.base_url}/demo/intro")

    expect(page.locator("button.time").first).to_contain_text("M")


def test_a_framed_page_books_without_cookies(live: Live, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{live.base_url}/demo/intro?embed=1")
    expect(page.locator(".site-footer")).to_have_count(0)
    page.get_by_label("Next month").click()
    page.locator("button.time").last.click()
    page.get_by_label("Name").fill("Fram")
    page.get_by_label("Email", exact=True).fill("fram@example.test")
    page.get_by_role("button", name="Confirm booking").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("You're booked")
    assert page.context.cookies() == []
    assert parse_qs(urlsplit(page.url).query)["embed"] == ["1"]
