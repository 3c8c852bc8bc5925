"""A host puts tasks on a calendar in a real browser: switch, stroke, conflict, disconnected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from booking.db import writing
from booking.tasks.jobs import ask_look
from tests.journeys.chromium import OpenPage, faults_of, sticks_out
from tests.journeys.host_site import HostSite, host_site
from tests.servers.dav import DavAccount

__all__ = ["host_site"]
pytestmark = pytest.mark.browser
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(hour=9, minute=0)  # noqa: TID251


class Scene:
    """The host's browser, their tasks, and the calendar Work on Radicale."""

    def __init__(self, site: HostSite, account: DavAccount, page: Page) -> None:
        self.site = site
        self.account = account
        self.page = page
        self.url = account.make_calendar("Work")
        with site.app.app_context():
            user = site.services.accounts.find_by_username("some")
            assert user is not None
            self.user = user.id
            made = site.services.connections.connect_caldav(
                user.id, "radicale", account.base_url, account.user, account.password
            )
            (calendar,) = site.services.connections.calendars(user.id, made.id)
            self.connection, self.calendar = made.id, calendar.id

    def events(self) -> list[str]:
        """Return the events as a plain client reads them."""
        return [text.replace("\r\n ", "") for text in self.account.objects(self.url)]

    def edit(self, old: str, new: str) -> None:
        """Change the only event by hand."""
        (url,) = self.account.listing(self.url)
        text = self.account.get(url)
        assert old in text
        self.account.put(self.url, url.rsplit("/", 1)[1], text.replace(old, new))

    def look(self) -> None:
        """Let the next look at the calendar happen now."""
        with self.site.app.app_context(), writing() as session:
            ask_look(session, self.calendar, now=self.site.services.clock.now())
        self.site.do_due_work()

    def add(self, title: str) -> None:
        """Add a task by its form, due tomorrow."""
        page = self.page
        page.get_by_role("link", name="New task").click()
        page.get_by_label("Title").fill(title)
        page.get_by_role("textbox", name="Due").fill(f"{TOMORROW:%Y-%m-%dT%H:%M}")
        page.get_by_label("Priority").select_option(label="Urgent")
        page.get_by_role("button", name="Add task").click()

    def choose_calendar(self) -> None:
        """Choose the calendar that receives tasks."""
        page = self.page
        page.goto(f"{self.site.base_url}/tasks")
        page.get_by_role("link", name="Choose a calendar").click()
        page.get_by_role("radio", name="Work").check()
        page.get_by_role("button", name="Choose calendar").click()


@pytest.fixture
def scene(host_site: HostSite, radicale_account: DavAccount, open_page: OpenPage) -> Scene:
    page = open_page(java_script_enabled=False)
    host_site.sign_in(page)
    return Scene(host_site, radicale_account, page)


def test_switch_stroke_conflict_and_the_disconnected_state_without_a_script(scene: Scene) -> None:
    page, site = scene.page, scene.site
    scene.choose_calendar()
    scene.add("Pay the bill")
    switch = page.get_by_role("switch", name="On the calendar: Pay the bill")
    expect(switch).not_to_be_checked()
    switch.click()
    expect(switch).to_be_checked()
    site.do_due_work()
    (event,) = scene.events()
    assert "SUMMARY:Pay the bill" in event
    page.reload()
    expect(page.get_by_text("1 of 1 task is on the calendar.")).to_be_visible()

    scene.edit("SUMMARY:Pay the bill", "SUMMARY:Pay theirs")
    page.get_by_role("link", name="Pay the bill").click()
    page.get_by_label("Title").fill("Pay ours")
    page.get_by_role("button", name="Save task").click()
    scene.look()
    page.reload()
    told = "Both changed the title. Kept “Pay ours”, discarded “Pay theirs”."
    expect(page.get_by_text(told)).to_be_visible()
    page.get_by_role("button", name="Use the other").click()
    expect(page.get_by_text(told)).to_have_count(0)
    site.do_due_work()
    assert "SUMMARY:Pay theirs" in scene.events()[0]

    page.get_by_role("button", name="Complete: Pay theirs").click()
    expect(page.locator("s", has_text="Pay theirs")).to_be_visible()
    site.do_due_work()
    assert "SUMMARY:P\u0336a\u0336y\u0336" in scene.events()[0]

    with site.app.app_context():
        site.services.connections.disconnect(scene.user, scene.connection)
    page.reload()
    expect(page.get_by_text("You disconnected the account of “Work”.")).to_be_visible()
    expect(page.get_by_text("Events stay there as they are; 1 switch went off.")).to_be_visible()
    expect(page.get_by_role("switch", name="Pay theirs")).not_to_be_checked()
    assert len(scene.events()) == 1


def test_progress_of_many_switches_is_told_and_can_be_stopped(
    host_site: HostSite, radicale_account: DavAccount, open_page: OpenPage
) -> None:
    page = open_page()
    host_site.sign_in(page)
    scene = Scene(host_site, radicale_account, page)
    scene.choose_calendar()
    for title in ("One", "Two"):
        scene.add(title)
    page.get_by_role("button", name="Switch all on").click()
    region = page.locator("[data-progress]")
    expect(region).to_contain_text("0 of 2 tasks are on the calendar.")

    host_site.do_due_work()
    expect(region).to_contain_text("2 of 2 tasks are on the calendar.")

    scene.add("Three")
    page.get_by_role("button", name="Switch all on").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped before it was written.")).to_be_visible()
    host_site.do_due_work()
    assert len(scene.events()) == 2


def test_pages_of_tasks_are_accessible_and_fit_the_window(
    host_site: HostSite, radicale_account: DavAccount, open_page: OpenPage
) -> None:
    page = open_page(viewport={"width": 320, "height": 900})
    host_site.sign_in(page)
    scene = Scene(host_site, radicale_account, page)
    scene.choose_calendar()
    scene.add("A rather long title that has to be wrapped on a narrow window")
    for path in ("/tasks", "/tasks/new", "/tasks/calendar"):
        page.goto(f"{host_site.base_url}{path}")
        assert faults_of(page) == [], path
        assert sticks_out(page) == 0, path
    page.goto(f"{host_site.base_url}/tasks")
    page.get_by_role("link", name="A rather long title").click()
    assert faults_of(page) == []
    page.get_by_role("link", name="Delete task").click()
    assert faults_of(page) == []
