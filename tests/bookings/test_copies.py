"""A booking of several hosts stands in each of their calendars, and leaves those of who left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from booking.bookings.models import Booking, BookingCopy
from booking.bookings.values import BookingView
from booking.core.errors import ProviderError
from booking.db import reading
from tests.bookings.desk import Desk, hosts_of
from tests.bookings.mirrored import Mirrored, connect
from tests.servers.faulty import Action, in_front_of
from tests.servers.radicale_server import Radicale


@pytest.fixture
def mirrors(either_desk: Desk, radicale: Radicale) -> Iterator[tuple[Mirrored, Mirrored]]:
    """Two hosts, each with an account and a calendar that receives bookings."""
    one, two = either_desk.colleagues(2)
    with in_front_of(radicale.new_account().base_url) as proxy:
        yield (
            connect(one, radicale.new_account(), proxy),
            connect(two, radicale.new_account(), proxy),
        )


def _copies(booking: BookingView) -> dict[int, tuple[bool, str]]:
    """Return a booking's copies by calendar: whether each is wanted, and how it stands."""
    with reading() as session:
        query = (
            select(BookingCopy)
            .join(Booking, Booking.id == BookingCopy.booking_id)
            .where(Booking.uid == booking.uid)
        )
        return {copy.calendar_id: (copy.is_wanted, copy.state) for copy in session.scalars(query)}


def _uids(mirrors: tuple[Mirrored, ...]) -> list[list[str]]:
    """Return the UIDs of the events in each calendar."""
    return [
        sorted(
            line.removeprefix("UID:")
            for text in mirror.texts()
            for line in text.splitlines()
            if line.startswith("UID:")
        )
        for mirror in mirrors
    ]


def _write(mirrors: tuple[Mirrored, ...]) -> None:
    for mirror in mirrors:
        mirror.write()


def _turns(mirrors: tuple[Mirrored, Mirrored], **fields: object) -> int:
    """Make a round robin that goes to the first host as long as that one is free."""
    one, two = mirrors[0].desk, mirrors[1].desk
    talk = one.offer(slug="turns", **fields)
    one.share(talk, "round_robin", [one, two], {"priority": 3}, {"priority": 1})
    return talk


def test_each_host_of_a_booking_has_a_copy_of_it(mirrors: tuple[Mirrored, Mirrored]) -> None:
    one, two = (mirror.desk for mirror in mirrors)
    booking = one.book(one.shared("collective", [one, two]), "10:00")
    assert one.now(booking).calendar_state == "pending"

    mirrors[0].write()
    assert one.now(booking).calendar_state == "pending"
    mirrors[1].write()

    assert _uids(mirrors) == [[booking.ical_uid]] * 2
    assert one.now(booking).calendar_state == "written"


def test_a_booking_shows_the_copy_that_stands_worst(mirrors: tuple[Mirrored, Mirrored]) -> None:
    one, two = (mirror.desk for mirror in mirrors)
    booking = one.book(one.shared("collective", [one, two]), "10:00")
    mirrors[0].write()
    mirrors[1].proxy.inject(Action.STATUS, "PUT", status=503)

    with pytest.raises(ProviderError):
        mirrors[1].write()

    view = one.now(booking)
    assert view.calendar_state == "failing"
    assert view.calendar_error
    assert _uids(mirrors) == [[booking.ical_uid], []]


def test_a_copy_goes_to_the_host_who_was_chosen_and_to_no_other(
    mirrors: tuple[Mirrored, Mirrored],
) -> None:
    booking = mirrors[0].desk.book(_turns(mirrors), "10:00")

    _write(mirrors)

    assert _uids(mirrors) == [[booking.ical_uid], []]


def test_a_copy_moves_along_to_the_calendar_of_the_host_who_takes_over(
    mirrors: tuple[Mirrored, Mirrored],
) -> None:
    one, two = (mirror.desk for mirror in mirrors)
    booking = one.book(_turns(mirrors), "10:00")
    _write(mirrors)
    barrier = one.book(one.offer(slug="own"), "14:00")

    moved = one.move(booking, "14:00")
    assert _copies(moved) == {
        mirrors[0].calendar: (False, "pending"),
        mirrors[1].calendar: (True, "pending"),
    }
    _write(mirrors)

    assert hosts_of(moved) == [two.host_id]
    assert _uids(mirrors) == [[barrier.ical_uid], [booking.ical_uid]]
    assert _copies(moved) == {mirrors[1].calendar: (True, "written")}


def test_a_copy_that_was_never_written_is_simply_forgotten(
    mirrors: tuple[Mirrored, Mirrored],
) -> None:
    one = mirrors[0].desk
    request = one.book(_turns(mirrors, requires_confirmation=True), "10:00")
    one.book(one.offer(slug="own"), "14:00")

    moved = one.move(request, "14:00")

    assert _copies(moved) == {mirrors[1].calendar: (True, "none")}


def test_a_booking_that_comes_back_is_written_again(mirrors: tuple[Mirrored, Mirrored]) -> None:
    one, two = (mirror.desk for mirror in mirrors)
    booking = one.book(_turns(mirrors), "10:00")
    _write(mirrors)
    one.cancel(one.book(one.offer(slug="own"), "14:00"))
    barrier = one.book(one.offer(slug="more"), "14:00")
    moved = one.move(booking, "14:00")
    one.cancel(barrier)
    two.book(two.offer(slug="own"), "15:00")

    back = one.move(moved, "15:00")
    _write(mirrors)

    assert hosts_of(back) == [one.host_id]
    assert booking.ical_uid in _uids(mirrors)[0]
    assert booking.ical_uid not in _uids(mirrors)[1]


def test_a_cancelled_booking_leaves_all_calendars(mirrors: tuple[Mirrored, Mirrored]) -> None:
    one, two = (mirror.desk for mirror in mirrors)
    booking = one.book(one.shared("collective", [one, two]), "10:00")
    _write(mirrors)

    one.cancel(booking)
    _write(mirrors)

    assert _uids(mirrors) == [[], []]


def test_the_event_types_calendar_receives_every_booking_and_other_hosts_a_copy(
    mirrors: tuple[Mirrored, Mirrored],
) -> None:
    one, two = (mirror.desk for mirror in mirrors)
    talk = _turns(mirrors)
    one.set(talk, destination_calendar_id=mirrors[0].calendar)
    one.book(one.offer(slug="own"), "14:00")

    first, second = one.book(talk, "10:00"), one.book(talk, "14:00")

    assert (hosts_of(first), hosts_of(second)) == ([one.host_id], [two.host_id])
    assert set(_copies(first)) == {mirrors[0].calendar}
    assert set(_copies(second)) == {mirrors[0].calendar, mirrors[1].calendar}


def test_a_copy_blocks_nobody_beside_the_booking_itself(
    mirrors: tuple[Mirrored, Mirrored],
) -> None:
    one, two = (mirror.desk for mirror in mirrors)
    talk, own = _turns(mirrors), one.offer(slug="own")
    one.set(talk, destination_calendar_id=mirrors[0].calendar)
    for mirror in mirrors:
        mirror.services.selection.select(mirror.desk.host_id, mirror.calendar)
    barrier = one.book(own, "14:00")
    booking = one.book(talk, "14:00")
    assert hosts_of(booking) == [two.host_id]
    _write(mirrors)
    one.cancel(barrier)

    # The calendar of the first host receives what the second one does, which leaves them free.
    for mirror in mirrors:
        mirror.services.refresher.refresh(mirror.calendar)

    assert "14:00" in one.starts(own)
    assert "14:00" in one.starts(talk)
    assert "14:00" not in two.starts(two.offer(slug="own"))


def test_a_copy_that_is_still_to_be_removed_does_not_block_who_gave_the_booking_up(
    mirrors: tuple[Mirrored, Mirrored],
) -> None:
    one = mirrors[0].desk
    talk, own = _turns(mirrors), one.offer(slug="own")
    one.services.selection.select(one.host_id, mirrors[0].calendar)
    booking = one.book(talk, "10:00")
    mirrors[0].write()
    one.book(own, "14:00")

    one.move(booking, "14:00")
    mirrors[0].services.refresher.refresh(mirrors[0].calendar)

    assert "10:00" in one.starts(own)
