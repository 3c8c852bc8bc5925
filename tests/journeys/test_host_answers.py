"""A host moved a booking's event in their own calendar, and answers in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from booking.bookings.models import Booking
from booking.bookings.values import BookingView
from booking.core.clock import SystemClock
from booking.core.instants import Instant, to_instant
from booking.db import reading
from tests.bookings.by_hand import DavHand
from tests.bookings.desk import Desk
from tests.journeys.chromium import OpenPage, faults_of, sticks_out
from tests.journeys.host_site import HostSite, host_site
from tests.servers.dav import DavAccount

__all__ = ["host_site"]
pytestmark = pytest.mark.browser


def _booked_and_deleted(site: HostSite, account: DavAccount) -> BookingView:
    """Book a time of next week's, write it, and delete its event by hand."""
    services = site.services
    host = services.accounts.find_by_username("some")
    assert host is not None
    desk = Desk(services=services, clock=SystemClock(), host_id=host.id)  # type: ignore[arg-type]
    hand = DavHand(account=account)
    calendar = hand.connect(desk)
    services.selection.set_destination(host.id, calendar)
    offered = services.slots.next_available(
        desk.offer(title="Advice"), Instant(to_instant(desk.clock.now()) + 7 * 86_400), "UTC"
    )
    assert offered is not None
    booking = desk.book(services.event_types.list(host.id)[0].id, offered.start)
    services.booking_writer.write(calendar)
    hand.delete(booking)
    with reading() as session:
        ids = list(session.scalars(select(Booking.id)))
    services.booking_writer.look(calendar, ids)
    return booking


def test_a_host_has_a_deleted_event_put_back(
    host_site: HostSite, open_page: OpenPage, radicale_account: DavAccount
) -> None:
    with host_site.app.app_context():
        booking = _booked_and_deleted(host_site, radicale_account)
    page = open_page(viewport={"width": 1280, "height": 900})
    host_site.sign_in(page)

    expect(page.get_by_text("Changed in your calendar")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("link", name="Advice").first.click()
    page.wait_for_url(f"**/bookings/{booking.uid}")
    assert faults_of(page) == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert not sticks_out(page)
    page.get_by_role("button", name="Put the event back").press("Enter")

    expect(page.get_by_role("status")).to_contain_text("the guest hears nothing")
    expect(page.get_by_text("The event is being put back")).to_be_visible()
    host_site.do_due_work()
    page.reload()
    expect(page.get_by_text("put back")).to_have_count(0)
