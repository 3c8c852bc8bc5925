"""A real browser for journeys: Chromium, with nothing of its own going over the network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 20_000
_WINDOWS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (1280, "light"),
    (390, "dark"),
    (320, "light"),
)
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all journeys of a process."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")  # noqa: TID251 - a test's own switch
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Open pages, each as a person of their own; errors in the console fail the test."""
    contexts = []
    complaints: list[str] = []

    def open_one(**options: Any) -> Page:
        wanted = {"timezone_id": "Europe/Berlin", "locale": "en-GB", **options}
        context = chromium.new_context(**wanted)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def faults_of(page: Page) -> list[str]:
    """Return what axe finds wrong with a page (WCAG 2.2 A and AA, and best practice)."""
    found = Axe().run(page)
    return [
        f"{fault['id']}: {[node['html'][:160] for node in fault['nodes']]}"
        for fault in found.response["violations"]
    ]


def sticks_out(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


def faults_in_all_windows(page: Page) -> list[str]:
    """Return what is wrong with a page on a desk, on a phone by night and on a small phone.

    The page stays in the smallest window.
    """
    found = []
    for width, scheme in _WINDOWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{page.url} at {width}: {fault}" for fault in faults_of(page)]
        if sticks_out(page):
            found.append(f"{page.url} at {width}: {sticks_out(page)} pixels too wide")
    return found


def focused(page: Page) -> str:
    """Return the id, date or class of the element that has the focus."""
    name: str = page.evaluate(
        "(e => e.id || e.dataset.date || e.dataset.step || e.className || e.tagName)"
        "(document.activeElement)"
    )
    return name
