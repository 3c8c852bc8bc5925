"""A guest's whole way, in a real browser on a running server: book, move, cancel."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.chromium import OpenPage, faults_of, focused, sticks_out
from tests.journeys.live import Live

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}


def _next_month(page: Page) -> None:
    before = page.locator("#month-heading").inner_text()
    page.get_by_label("Next month").click()
    expect(page.locator("#month-heading")).not_to_have_text(before)


def _fill(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Email", exact=True).fill("some@example.test")


def _see_heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_book_move_and_cancel(live: Live, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{live.base_url}/demo/intro")
    _next_month(page)
    page.locator("button.time").first.click()
    expect(page.locator("#f-name")).to_be_focused()
    _fill(page, "First Guest")
    page.get_by_role("button", name="Confirm booking").click()
    _see_heading(page, "You're booked")
    expect(page).not_to_have_url(re.compile("made="))

    page.get_by_role("link", name="Reschedule").click()
    _next_month(page)
    page.locator("button.time").nth(1).click()
    page.get_by_role("button", name="Move booking").click()
    _see_heading(page, "Booking moved")

    page.get_by_role("link", name="Cancel booking").click()
    page.get_by_label("Reason").fill("Ill.")
    page.get_by_role("button", name="Cancel booking").click()
    _see_heading(page, "Booking cancelled")
    expect(page.get_by_text("Ill.")).to_be_visible()


def test_the_same_without_a_script(live: Live, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{live.base_url}/demo/intro")
    page.get_by_text("change").click()
    page.locator("#zone-select").select_option("America/New_York")
    page.get_by_role("button", name="Show times there").click()
    expect(page.locator("#zone summary")).to_contain_text("Times in New York")

    page.get_by_label("Next month").click()
    page.locator("a.day").nth(1).click()
    page.locator("button.time").first.click()
    page.get_by_label("Name").fill("Bo")
    page.get_by_label("Email", exact=True).fill("bo@nowhere")
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.locator(".error-summary a")).to_have_attribute("href", "#f-email")
    expect(page.get_by_label("Name")).to_have_value("Bo")

    page.get_by_label("Email", exact=True).fill("bo@example.test")
    page.get_by_role("button", name="Confirm booking").click()
    _see_heading(page, "You're booked")
    expect(page.locator(".chosen")).to_contain_text("New York")

    page.get_by_role("link", name="Reschedule").click()
    page.get_by_label("Next month").click()
    page.locator("button.time").last.click()
    page.get_by_role("button", name="Move booking").click()
    _see_heading(page, "Booking moved")
    page.get_by_role("link", name="Cancel booking").click()
    page.get_by_role("button", name="Cancel booking").click()
    _see_heading(page, "Booking cancelled")


def test_by_keyboard_alone(live: Live, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{live.base_url}/demo/intro")
    before = page.locator("#month-heading").inner_text()
    page.locator("td[tabindex='0']").focus()
    page.keyboard.press("PageDown")
    expect(page.locator("#month-heading")).not_to_have_text(before)
    expect(page.locator("table.month td:focus")).to_be_visible()
    month = page.locator("table.month").get_attribute("data-month") or ""
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "End", "Home"):
        page.keyboard.press(key)
    assert focused(page).startswith(month)

    days = page.locator("table.month td:has(a)")
    days.nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#times-heading")).to_be_focused()
    page.keyboard.press("Tab")
    assert focused(page) == "time"
    page.keyboard.press("Enter")
    expect(page.locator("#f-name")).to_be_focused()
    page.keyboard.type("Kim")
    page.keyboard.press("Tab")
    page.keyboard.type("kim@example.test")
    page.keyboard.press("Enter")
    _see_heading(page, "You're booked")
    expect(page.locator("#outcome")).to_be_focused()


def test_the_grid_tells_its_days_in_full(live: Live, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{live.base_url}/demo/intro")
    expect(page.get_by_role("grid")).to_be_visible()

    full = re.compile(r"^\w+day \d+ \w+ \d{4}, (\d+|no) times?$")
    cells = page.locator("td[data-date]")
    assert all(
        full.match(cells.nth(place).get_attribute("aria-label") or "")
        for place in range(cells.count())
    )
    assert page.locator("td[tabindex='0']").count() == 1
    assert page.locator("td[aria-selected='true']").count() == 1
    assert page.locator("td[aria-disabled='true']").count() > 0


@pytest.mark.parametrize("size", [PHONE, NARROW])
def test_a_phone_has_one_column_and_large_targets(
    live: Live, open_page: OpenPage, size: dict[str, int]
) -> None:
    page = open_page(viewport=size, has_touch=True)
    page.goto(f"{live.base_url}/demo/intro")
    _next_month(page)
    heights = page.evaluate(
        "[...document.querySelectorAll('a.day, button.time')]"
        ".map(each => each.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44
    assert sticks_out(page) == 0

    page.locator("button.time").first.click()
    expect(page.locator("#f-name")).to_be_visible()
    assert sticks_out(page) == 0
    _fill(page, "Phone")
    page.get_by_role("button", name="Confirm booking").click()
    _see_heading(page, "You're booked")
    assert sticks_out(page) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault_that_axe_can_find(
    live: Live, open_page: OpenPage, scheme: str
) -> None:
    page = open_page(color_scheme=scheme)
    page.goto(f"{live.base_url}/demo")
    assert faults_of(page) == []
    page.goto(f"{live.base_url}/demo/intro")
    _next_month(page)
    assert faults_of(page) == []
    page.locator("#zone summary").click()
    assert faults_of(page) == []
    page.locator("button.time").last.click()
    expect(page.locator("#f-name")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("button", name="Confirm booking").evaluate("b => b.form.noValidate = true")
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert faults_of(page) == []
    _fill(page, "Axel")
    page.get_by_role("button", name="Confirm booking").click()
    _see_heading(page, "You're booked")
    assert faults_of(page) == []
    page.get_by_role("link", name="Cancel booking").click()
    assert faults_of(page) == []
    page.goto(f"{live.base_url}/demo/nothing-here")
    assert faults_of(page) == []
