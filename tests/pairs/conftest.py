"""A host with a calendar on Radicale and one on Xandikos."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.wiring import Services
from tests.calendars.accounts import make_user
from tests.pairs.place import Place, hands_on
from tests.servers.dav import DavAccount


@pytest.fixture
def place(
    app: Flask, clock: FrozenClock, radicale_account: DavAccount, xandikos_account: DavAccount
) -> Place:
    return place_of(app, clock, radicale_account, xandikos_account)


@pytest.fixture
def either_place(
    either_app: Flask,
    clock: FrozenClock,
    radicale_account: DavAccount,
    xandikos_account: DavAccount,
) -> Place:
    return place_of(either_app, clock, radicale_account, xandikos_account)


def place_of(app: Flask, clock: FrozenClock, left: DavAccount, right: DavAccount) -> Place:
    services: Services = app.extensions["booking"]
    user = make_user()
    return Place(
        services=services,
        clock=clock,
        user=user,
        left=hands_on(services, user, left),
        right=hands_on(services, user, right),
    )
