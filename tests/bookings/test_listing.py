"""A host's bookings, page by page."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.bookings.listing import Listed
from booking.bookings.values import BookingView
from tests.bookings.desk import Desk, open_desk


def _pages(desk: Desk, listed: Listed, limit: int = 2) -> list[list[BookingView]]:
    """Follow the pages to their end."""
    pages, after = [], None
    while True:
        views, after = desk.services.booking_list.page(
            desk.host_id, listed, limit=limit, after=after
        )
        pages.append(list(views))
        if after is None:
            return pages


def _uids(desk: Desk, listed: Listed) -> list[str]:
    return [view.uid for page in _pages(desk, listed) for view in page]


@pytest.fixture
def four(either_desk: Desk) -> dict[str, str]:
    """One booking that was, one that is asked for, one that stands, one that was cancelled."""
    past = either_desk.book(either_desk.offer(slug="a"), "2026-11-23 09:00")
    asked = either_desk.book(
        either_desk.offer(slug="b", requires_confirmation=True), "2026-11-26 10:00"
    )
    comes = either_desk.book(either_desk.offer(slug="c"), "2026-11-25 10:00")
    gone = either_desk.cancel(either_desk.book(either_desk.offer(slug="d"), "2026-11-27 10:00"))
    either_desk.clock.advance(hours=4)
    return {"past": past.uid, "asked": asked.uid, "comes": comes.uid, "gone": gone.uid}


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        (Listed.UPCOMING, ["comes", "asked"]),
        (Listed.UNCONFIRMED, ["asked"]),
        (Listed.PAST, ["past"]),
        (Listed.CANCELLED, ["gone"]),
        (Listed.ALL, ["gone", "asked", "comes", "past"]),
    ],
)
def test_each_list_holds_its_own_in_order(
    either_desk: Desk, four: dict[str, str], listed: Listed, names: list[str]
) -> None:
    assert _uids(either_desk, listed) == [four[name] for name in names]


@pytest.mark.parametrize("listed", [Listed.UPCOMING, Listed.ALL])
def test_pages_show_each_booking_once_even_where_times_are_equal(
    desk: Desk, listed: Listed
) -> None:
    talk = desk.offer(requires_confirmation=True, pending_blocks=False)
    made = {desk.book(talk, start).uid for start in ["10:00"] * 3 + ["11:00"] * 2}

    pages = _pages(desk, listed)

    assert [len(page) for page in pages] == [2, 2, 1]
    assert {view.uid for page in pages for view in page} == made


def test_a_meeting_that_goes_on_is_still_upcoming(desk: Desk) -> None:
    booking = desk.book(desk.offer(), "2026-11-23 09:00")
    desk.clock.advance(hours=2, minutes=30)

    assert _uids(desk, Listed.UPCOMING) == [booking.uid]


def test_another_hosts_bookings_are_not_in_it(desk: Desk, app: Flask) -> None:
    desk.book(desk.offer(), "10:00")
    other = open_desk(app, desk.clock, "edsger")

    assert _uids(other, Listed.ALL) == []
