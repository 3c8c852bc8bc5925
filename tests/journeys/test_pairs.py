"""A host pairs two calendars in a real browser, and an event appears on the other side."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.chromium import OpenPage, faults_in_all_windows
from tests.journeys.host_site import HostSite, host_site
from tests.pairs.place import hour, ics
from tests.servers.dav import DavAccount

__all__ = ["host_site"]
pytestmark = pytest.mark.browser


def _connected(site: HostSite, account: DavAccount) -> tuple[str, str]:
    """Connect an account with the calendars Work and Private; return their addresses."""
    urls = account.make_calendar("Work"), account.make_calendar("Private")
    with site.app.app_context():
        user = site.services.accounts.find_by_username("some")
        assert user is not None
        site.services.connections.connect_caldav(
            user.id, "radicale", account.base_url, account.user, account.password
        )
    return urls


def _choose(page: Page, site: HostSite) -> None:
    """Go through the wizard, from the empty page to the preview."""
    page.goto(f"{site.base_url}/pairs")
    page.get_by_role("link", name="Make the first pair").click()
    page.get_by_label("Calendar on the left").select_option(label="Work")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Calendar on the right").select_option(label="Private")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("radio", name="Both ways").check()
    page.get_by_role("button", name="Show the preview").click()


def test_from_the_empty_page_to_an_event_on_the_other_side_without_a_script(
    host_site: HostSite, radicale_account: DavAccount, open_page: OpenPage
) -> None:
    work, private = _connected(host_site, radicale_account)
    radicale_account.put(work, "one.ics", ics("one", *hour("20271124T100000", "Kick-off")))
    page = open_page(java_script_enabled=False)
    host_site.sign_in(page)

    _choose(page, host_site)
    expect(page.get_by_role("heading", level=1)).to_have_text("This is what would happen")
    expect(page.get_by_role("list", name="What a sync would do")).to_contain_text("1 to create")
    assert radicale_account.listing(private) == {}
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Comparing both calendars")).to_be_visible()
    host_site.do_due_work()

    assert [text for text in radicale_account.objects(private) if "SUMMARY:Kick-off" in text]
    page.reload()
    expect(page.get_by_text("1 event linked")).to_be_visible()


def test_progress_is_told_while_the_page_stays_open(
    host_site: HostSite, radicale_account: DavAccount, open_page: OpenPage
) -> None:
    work, _ = _connected(host_site, radicale_account)
    radicale_account.put(work, "one.ics", ics("one", *hour("20271124T100000", "Kick-off")))
    page = open_page()
    host_site.sign_in(page)
    _choose(page, host_site)
    page.get_by_role("button", name="Start").click()
    region = page.locator("[data-progress]")
    expect(region).to_contain_text("0 of about 1 looked at.")

    host_site.do_due_work()

    expect(region).to_contain_text("1 event is linked")


def test_pages_of_pairs_are_accessible_and_fit_every_window(
    host_site: HostSite, radicale_account: DavAccount, open_page: OpenPage
) -> None:
    work, _ = _connected(host_site, radicale_account)
    for number in range(6):
        lines = hour(f"2027112{number}T100000", f"Planning of part {number}")
        radicale_account.put(work, f"{number}.ics", ics(str(number), *lines))
    page = open_page()
    host_site.sign_in(page)
    found: list[str] = []

    def look(path: str = "") -> None:
        if path:
            page.goto(f"{host_site.base_url}{path}")
        found.extend(faults_in_all_windows(page))

    look("/pairs")
    look("/pairs/new")
    _choose(page, host_site)
    look()
    page.get_by_role("button", name="Direction").click()
    look()
    page.get_by_role("button", name="Show the preview").click()
    page.get_by_role("button", name="Start").click()
    look()
    pair = page.url.removeprefix(host_site.base_url)
    host_site.do_due_work()
    for path in ("", "/history", "/trash", "/preview", "/direction", "/delete"):
        look(f"{pair}{path}")
    for number in range(5):
        radicale_account.delete(f"{work}{number}.ics")
    page.goto(f"{host_site.base_url}{pair}")
    page.get_by_role("button", name="Sync now").click()
    look(f"{pair}/held")
    expect(page.get_by_role("button", name="Put 5 events back")).to_be_visible()
    look("/pairs")

    assert found == []
