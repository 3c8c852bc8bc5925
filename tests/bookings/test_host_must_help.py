"""A calendar that only its host can mend: the fault is shown, and work goes on once it is gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from booking.bookings.jobs import WRITE
from booking.jobs.bookings import catch_up
from booking.jobs.build import handlers
from tests.bookings.desk import Desk
from tests.bookings.mirrored import Mirrored, connect
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, in_front_of


@pytest.fixture
def mirrored(desk: Desk, radicale_account: DavAccount) -> Iterator[Mirrored]:
    with in_front_of(radicale_account.base_url) as proxy:
        yield connect(desk, radicale_account, proxy)


def _work(mirrored: Mirrored) -> None:
    """Run the handler as a worker does."""
    handlers(mirrored.services)[WRITE]({"calendar_id": mirrored.calendar})


def _reconnect(mirrored: Mirrored) -> None:
    connections = mirrored.services.connections
    (connection,) = connections.list(mirrored.desk.host_id)
    connections.reconnect(mirrored.desk.host_id, connection.id, mirrored.account.password)


def test_a_refused_password_is_shown_at_the_booking_and_ends_the_job(mirrored: Mirrored) -> None:
    booking = mirrored.desk.book(mirrored.desk.offer(), "10:00")
    mirrored.proxy.inject(Action.STATUS, status=401)

    _work(mirrored)

    state, error = mirrored.state(booking)
    assert state == "failing"
    assert error is not None
    assert "password" in error.lower()


def test_nothing_is_tried_until_the_host_reconnects(mirrored: Mirrored) -> None:
    mirrored.desk.book(mirrored.desk.offer(), "10:00")
    mirrored.proxy.inject(Action.STATUS, status=401)
    _work(mirrored)
    before = len(mirrored.proxy.requests)

    _work(mirrored)
    _work(mirrored)

    assert len(mirrored.proxy.requests) == before


def test_after_reconnecting_the_bookings_are_written(mirrored: Mirrored) -> None:
    booking = mirrored.desk.book(mirrored.desk.offer(), "10:00")
    mirrored.proxy.inject(Action.STATUS, status=401)
    _work(mirrored)

    mirrored.proxy.clear()
    _reconnect(mirrored)
    catch_up(mirrored.services)()
    _work(mirrored)

    assert len(mirrored.texts()) == 1
    assert mirrored.state(booking) == ("written", None)


def test_a_booking_that_was_not_written_for_three_days_is_given_up(mirrored: Mirrored) -> None:
    booking = mirrored.desk.book(mirrored.desk.offer(), "10:00")
    mirrored.proxy.inject(Action.STATUS, status=401)
    mirrored.desk.clock.advance(hours=72, seconds=1)

    _work(mirrored)

    assert mirrored.state(booking)[0] == "dead"
