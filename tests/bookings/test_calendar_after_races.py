"""Twenty clients change one booking at once; the host's calendar ends as the booking does."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask

from booking.bookings.values import Actor
from booking.core.errors import Conflict
from booking.db import db
from tests.bookings.desk import Desk
from tests.bookings.mirrored import Mirrored, connect
from tests.servers.dav import DavAccount
from tests.servers.faulty import in_front_of


def _storm(app: Flask, place: Mirrored, lot: int) -> tuple[str, int]:
    """Let twenty act while the calendar is written; return the booking's status and start."""
    desk = place.desk
    booking = desk.book(desk.offer(requires_confirmation=True), "10:00")
    acts: list[Callable[[], object]] = [lambda: desk.confirm(booking)] * 6
    acts += [lambda: desk.move(booking, "14:00", Actor.HOST)] * 4
    acts += [lambda: desk.move(booking, "15:00", Actor.GUEST)] * 4
    acts += [lambda: desk.decline(booking)] * 2 + [lambda: desk.cancel(booking)] * (lot % 3)
    acts += [place.write] * (20 - len(acts))
    random.Random(lot).shuffle(acts)
    gate = Barrier(len(acts))

    def client(number: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                acts[number]()
            except Conflict:
                return

    with ThreadPoolExecutor(len(acts)) as crowd:
        list(crowd.map(client, range(len(acts))))
    db.session.remove()
    view = desk.now(booking)
    return view.status, view.start


@pytest.mark.parametrize("lot", [1, 2, 3, 4])
def test_the_calendar_shows_what_the_booking_became(
    app: Flask, desk: Desk, radicale_account: DavAccount, lot: int
) -> None:
    with in_front_of(radicale_account.base_url) as proxy:
        place = connect(desk, radicale_account, proxy)
        status, start = _storm(app, place, lot)
        place.write()

        shown = place.texts()

    if status in {"declined", "cancelled"}:
        assert shown == []
    elif status == "confirmed":
        (text,) = shown
        assert f"DTSTART:{datetime.fromtimestamp(start, UTC):%Y%m%dT%H%M%SZ}" in text
    else:
        assert len(shown) <= 1
