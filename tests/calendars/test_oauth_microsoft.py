"""Connecting Microsoft in a browser, by msal over TLS, and tokens that rotate."""

from __future__ import annotations

import logging
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from werkzeug.test import TestResponse

from booking.calendars import store
from booking.calendars.oauth_ports import Grant
from booking.calendars.values import ConnectionView
from booking.core.clock import FrozenClock
from booking.core.errors import ProviderError, ReconnectRequired
from booking.core.ids import encode_id
from booking.db import reading
from booking.settings import Settings
from booking.wiring import Services
from tests.conftest import HostAccount
from tests.providersim.faults import Act
from tests.providersim.graph_server import GraphSim
from tests.web.browser import sign_in

START = "/connections/microsoft/start"


@pytest.fixture
def app(app_with_doors: Flask) -> Flask:
    """Consent comes back through a door."""
    return app_with_doors


@pytest.fixture
def sqlite_settings(sqlite_settings: Settings, graph: GraphSim) -> Settings:
    """Settings whose Microsoft is the simulator."""
    return replace(sqlite_settings, **graph.microsoft_settings)  # type: ignore[arg-type]


class Site:
    """A host who is signed in here and has an account there."""

    def __init__(self, graph: GraphSim, app: Flask, host: HostAccount) -> None:
        self.graph = graph
        self.host = host
        self.services: Services = app.extensions["booking"]

    def connect(self, **query: str) -> TestResponse:
        away = self.host.client.get(START, query_string=query)
        assert away.status_code == 303
        back = requests.get(
            away.headers["Location"], verify=self.graph.ca_file, allow_redirects=False, timeout=5
        )
        parts = urlsplit(back.headers["Location"])
        return self.host.client.get(f"{parts.path}?{parts.query}", follow_redirects=True)

    def connections(self) -> tuple[ConnectionView, ...]:
        return self.services.connections.list(self.host.id)

    def connected(self, **query: str) -> ConnectionView:
        self.connect(**query)
        return self.connections()[-1]

    def grant(self, connection_id: int) -> Grant:
        with reading() as session:
            row = store.connection_with_secret(session, connection_id)
            assert row.secret is not None
            place = f"connections|{row.id}|secret"
            return Grant.read(self.services.cipher.open(row.secret, place))


@pytest.fixture
def site(graph: GraphSim, app: Flask, clock: FrozenClock, host: HostAccount) -> Site:
    del clock
    sign_in(host.client, host.email, host.password)
    return Site(graph, app, host)


def test_a_host_connects_and_sees_the_calendars(site: Site) -> None:
    site.graph.add_calendar("host@example.org", "Team", can_edit=False)

    page = site.connect()

    assert "Connected “host@example.org”" in page.text
    (view,) = site.connections()
    listed = site.services.connections.calendars(site.host.id, view.id)
    assert {(one.name, one.primary, one.read_only) for one in listed} == {
        ("Calendar", True, False),
        ("Team", False, True),
    }


def test_no_more_is_asked_for_than_is_needed(site: Site) -> None:
    site.connect()

    (asked,) = site.graph.oauth.asked
    scopes = set(asked["scope"].split()) - {"openid", "profile"}
    assert scopes == {"Calendars.ReadWrite", "User.Read", "offline_access"}
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_mode"] == "query"


def test_declined_and_narrow_consent_store_nothing(site: Site) -> None:
    site.graph.oauth.person.denies = True
    assert "access was declined" in site.connect().text
    site.graph.oauth.person.denies = False
    site.graph.oauth.person.withholds = frozenset({"Calendars.ReadWrite"})
    assert "see and change events" in site.connect().text

    assert site.connections() == ()


def test_tokens_rotate_and_the_newest_is_stored(site: Site) -> None:
    view = site.connected()
    for _ in range(3):
        site.graph.expire_access_tokens()
        site.services.connections.relist(view.id)

    assert site.graph.oauth.refreshes == 3
    (grant,) = site.graph.world.grants
    assert site.grant(view.id).refresh_token == grant.refresh_token


def test_a_dead_grant_asks_for_reconnection_which_keeps_the_connection(site: Site) -> None:
    view = site.connected()
    site.graph.revoke("host@example.org")
    with pytest.raises(ReconnectRequired):
        site.services.connections.relist(view.id)
    assert site.connections()[0].status == "reconnect_required"

    after = site.connected(connection=encode_id(view.id))

    assert (after.id, after.status) == (view.id, "connected")


def test_another_account_never_takes_a_connections_place(site: Site) -> None:
    view = site.connected()
    site.graph.oauth.person.email = "second@example.org"

    page = site.connect(connection=encode_id(view.id))

    assert "open another account" in page.text
    assert [one.account for one in site.connections()] == ["host@example.org"]


def test_half_an_answer_with_tokens_in_it_is_logged_by_nobody(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    view = site.connected()
    site.graph.expire_access_tokens()
    site.graph.fail_next("oauth.token", Act.CUT_JSON)

    with caplog.at_level(logging.DEBUG), pytest.raises(ProviderError):
        site.services.connections.relist(view.id)

    issued = {grant.refresh_token for grant in site.graph.world.grants} | set(
        site.graph.world.tokens
    )
    assert issued
    assert [token for token in issued if token[:20] in caplog.text] == []


@pytest.mark.parametrize("act", [Act.STATUS, Act.RESET, Act.HTML])
def test_a_token_endpoint_that_is_down_ends_no_connection(site: Site, act: Act) -> None:
    view = site.connected()
    site.graph.expire_access_tokens()
    site.graph.fail_next("oauth.token", act, reason="temporarily_unavailable")

    with pytest.raises(ProviderError) as caught:
        site.services.connections.relist(view.id)

    assert not isinstance(caught.value, ReconnectRequired)
    assert site.connections()[0].status == "degraded"
