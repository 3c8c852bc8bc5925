"""A host with a calendar on Radicale and one on Xandikos."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.settings import Settings
from booking.wiring import Services
from tests.calendars.accounts import make_user
from tests.pairs.couples import Couple, World
from tests.pairs.place import Place, hands_on
from tests.providersim.graph_server import GraphSim
from tests.providersim.server import ProviderSim
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


@pytest.fixture
def sqlite_settings(request: pytest.FixtureRequest, sqlite_settings: Settings) -> Settings:
    """Settings; where a couple is wanted, those whose clouds are the simulators."""
    if "couple" not in request.fixturenames:
        return sqlite_settings
    sim: ProviderSim = request.getfixturevalue("sim")
    graph: GraphSim = request.getfixturevalue("graph")
    clouds = {**sim.google_settings, **graph.microsoft_settings}
    return replace(sqlite_settings, **clouds)  # type: ignore[arg-type]


@pytest.fixture
def couple(
    request: pytest.FixtureRequest,
    app: Flask,
    clock: FrozenClock,
    sim: ProviderSim,
    graph: GraphSim,
) -> Couple:
    """The two kinds of provider that the parameter names, each with a fresh calendar."""
    world = World(
        services=app.extensions["booking"],
        clock=clock,
        user=make_user(),
        sim=sim,
        graph=graph,
        account=lambda: request.getfixturevalue("radicale_account"),
    )
    left, right = request.param.split("-")
    return Couple(world=world, left=world.person(left), right=world.person(right))
