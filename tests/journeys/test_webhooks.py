"""A host lets a program be told of bookings, and sees what it answered."""

from __future__ import annotations

import re

import pytest

from tests.journeys.chromium import OpenPage, faults_of, sticks_out
from tests.journeys.host_site import HostSite, host_site
from tests.servers.scripted import Reply
from tests.webhooks.receiver import check, receiving

__all__ = ["host_site"]
pytestmark = pytest.mark.browser


def test_a_host_makes_a_webhook_tests_it_and_publishes_a_feed(
    host_site: HostSite, open_page: OpenPage
) -> None:
    page = open_page(viewport={"width": 320, "height": 900})
    host_site.sign_in(page)
    with receiving(Reply(500, b"out of order"), Reply(200, b"thanks")) as receiver:
        page.goto(f"{host_site.base_url}/settings/webhooks")
        assert faults_of(page) == []
        page.get_by_role("link", name="New webhook").click()
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_label("Name").fill("My program")
        assert faults_of(page) == []
        page.get_by_role("button", name="Make the webhook").click()
        secret = page.get_by_text(re.compile("^whsec_")).inner_text()
        for _ in range(2):
            page.get_by_role("button", name="Send a test").click()
            host_site.do_due_work()
            page.get_by_role("link", name="Refresh").click()
        assert page.get_by_text("It answered HTTP 500").is_visible()
        page.get_by_text("What was sent").first.click()
        assert page.get_by_text("Your webhook works.").first.is_visible()
        assert faults_of(page) == []
        assert sticks_out(page) == 0
        for message in receiver.messages:
            check(secret, message.request)

    page.goto(f"{host_site.base_url}/settings/feeds")
    page.get_by_role("button", name="Make an address").click()
    assert page.get_by_text(re.compile("calendar.ics.token=")).is_visible()
    assert faults_of(page) == []
    assert sticks_out(page) == 0
