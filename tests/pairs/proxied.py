"""A pair whose two real servers stand behind proxies that count and can misbehave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from flask import Flask

from booking.core.clock import FrozenClock
from booking.wiring import Services
from tests.calendars.accounts import make_user
from tests.pairs.place import Place, hands_on, hour
from tests.servers.dav import DavAccount
from tests.servers.faulty import FaultyProxy, in_front_of


@contextmanager
def proxied(
    app: Flask, clock: FrozenClock, accounts: tuple[DavAccount, DavAccount], titles: Sequence[str]
) -> Iterator[tuple[Place, FaultyProxy, FaultyProxy]]:
    """Pair a calendar that has an event of each title with an empty one; nothing is synced yet."""
    services: Services = app.extensions["booking"]
    user = make_user()
    first, second = accounts
    with in_front_of(first.base_url) as one, in_front_of(second.base_url) as two:
        left = hands_on(services, user, first, one.through(first.base_url))
        right = hands_on(services, user, second, two.through(second.base_url))
        place = Place(services=services, clock=clock, user=user, left=left, right=right)
        for number, title in enumerate(titles):
            left.put(f"e{number}", *hour(f"202612{10 + number}T100000", title))
        place.join()
        yield place, one, two
