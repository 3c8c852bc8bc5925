"""A host whose calendar is at Google or Microsoft, and a guest, each in a browser of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Page, expect

from booking.settings import Settings
from tests.journeys.chromium import OpenPage, faults_of
from tests.journeys.host_site import HostSite, host_site
from tests.providersim.graph_server import GraphSim
from tests.providersim.server import ProviderSim
from tests.site import EVERY_HOUR

__all__ = ["host_site"]
pytestmark = pytest.mark.browser
EMAIL = "host@example.org"


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """One provider: what it is called here, and the person's hands on it."""

    label: str
    location: str
    calendar: str
    settings: dict[str, str]
    starts: Callable[[], list[str]]
    revoke: Callable[[], None]


@pytest.fixture(params=["google", "microsoft"])
def cloud(request: pytest.FixtureRequest) -> Cloud:
    """Each of the two clouds; the host has one calendar there."""
    if request.param == "google":
        sim: ProviderSim = request.getfixturevalue("sim")
        sim.google.person.email = EMAIL
        sim.google.user(EMAIL)
        return Cloud(
            label="Google Calendar",
            location="google_meet",
            calendar=EMAIL,
            settings=sim.google_settings,
            starts=lambda: [row["start"]["dateTime"] for row in sim.google.rows(EMAIL)],
            revoke=lambda: sim.google.revoke(EMAIL),
        )
    graph: GraphSim = request.getfixturevalue("graph")
    graph.oauth.person.email = EMAIL
    (key,) = graph.calendars.calendars_of(EMAIL)
    return Cloud(
        label="Microsoft 365",
        location="teams",
        calendar="Calendar",
        settings=graph.microsoft_settings,
        starts=lambda: [row["start"]["dateTime"] for row in graph.rows(EMAIL, key)],
        revoke=lambda: graph.revoke(EMAIL),
    )


@pytest.fixture
def sqlite_settings(sqlite_settings: Settings, cloud: Cloud) -> Settings:
    """Settings that lead to the simulator."""
    return replace(sqlite_settings, **cloud.settings)  # type: ignore[arg-type]


def offer(site: HostSite, cloud: Cloud) -> None:
    """Make an event type that can be booked at any hour, with a video link."""
    with site.app.app_context():
        user = site.services.accounts.find_by_username("some")
        assert user is not None
        key = site.services.api_keys.create(user.id, name="tests", scopes=("read", "write"))
    client = site.app.test_client()
    headers = {"Authorization": f"Bearer {key.secret}"}
    fields = {
        "slug": "talk",
        "title": "Talk",
        "duration_minutes": 60,
        "location": {"type": cloud.location},
    }
    for path, body in (("schedules", EVERY_HOUR), ("event-types", fields)):
        answer = client.post(f"/api/v1/{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text


def book(page: Page, site: HostSite, name: str) -> str:
    """Book the first time of a day of the next month; return the booking's page."""
    page.goto(f"{site.base_url}/some/talk")
    page.get_by_label("Next month").click()
    page.locator("a.day").nth(1).click()
    page.locator("button.time").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Email", exact=True).fill("guest@example.test")
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You're booked")
    return page.url


def move(page: Page) -> None:
    page.get_by_role("link", name="Reschedule").click()
    page.get_by_label("Next month").click()
    page.locator("a.day").nth(3).click()
    page.locator("button.time").first.click()
    page.get_by_role("button", name="Move booking").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("moved", ignore_case=True)


def cancel(page: Page) -> None:
    page.get_by_role("link", name="Cancel booking").click()
    page.get_by_role("button", name="Cancel booking").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("cancelled", ignore_case=True)


def connect(page: Page, site: HostSite, cloud: Cloud) -> None:
    """Connect the account, and let its calendar block and receive."""
    page.goto(f"{site.base_url}/settings/calendars/connect")
    page.get_by_role("link", name=cloud.label).click()
    expect(page.get_by_role("status")).to_contain_text(f"Connected “{EMAIL}”")
    row = page.get_by_role("group", name=cloud.calendar)
    row.get_by_label("Check for conflicts").check()
    row.get_by_label("New bookings go here").check()
    page.get_by_role("button", name="Save these choices").click()
    expect(page.get_by_role("status")).to_contain_text(f"New bookings go to “{cloud.calendar}”")


def test_from_consent_to_a_grant_that_is_taken_back_and_given_again(
    host_site: HostSite, cloud: Cloud, open_page: OpenPage
) -> None:
    host, guest = open_page(ignore_https_errors=True), open_page(java_script_enabled=False)
    host_site.sign_in(host)
    connect(host, host_site, cloud)
    offer(host_site, cloud)
    host_site.do_due_work()

    book(guest, host_site, "First Guest")
    host_site.do_due_work()
    (written,) = cloud.starts()
    host.goto(f"{host_site.base_url}/bookings")
    expect(host.get_by_text("In your calendar")).to_be_visible()
    guest.reload()
    link = guest.get_by_role("link", name=re.compile(r"meet\.google\.com|teams\.microsoft\.com"))
    expect(link).to_be_visible()
    move(guest)
    host_site.do_due_work()
    (moved,) = cloud.starts()
    assert moved != written

    cloud.revoke()
    book(open_page(java_script_enabled=False), host_site, "Second Guest")
    cancel(guest)
    host_site.do_due_work()
    assert cloud.starts() == [moved]
    host.goto(f"{host_site.base_url}/bookings")
    expect(host.get_by_text("Second Guest")).to_be_visible()
    host.goto(f"{host_site.base_url}/settings/calendars")
    expect(host.get_by_text("Reconnect this account")).to_be_visible()
    assert faults_of(host) == []

    host.get_by_role("link", name="Reconnect", exact=True).click()
    expect(host.get_by_role("status")).to_contain_text(f"Connected “{EMAIL}”")
    expect(host.get_by_text("Reconnect this account")).to_have_count(0)
    host_site.do_due_work("behind")

    (written,) = cloud.starts()
    assert written != moved
    host.goto(f"{host_site.base_url}/bookings")
    expect(host.get_by_text("In your calendar")).to_be_visible()
