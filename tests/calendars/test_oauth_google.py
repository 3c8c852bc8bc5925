"""Connecting Google in a browser: consent, state, scopes, tokens, leaving."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask

from booking.calendars import store
from booking.calendars.oauth_models import TokenLease
from booking.calendars.oauth_ports import Grant
from booking.core.clock import FrozenClock
from booking.core.errors import ProviderError, ReconnectRequired, Unreachable
from booking.core.ids import encode_id
from booking.db import reading, writing
from booking.settings import Settings
from tests.calendars.google_site import START, GoogleSite
from tests.conftest import HostAccount, HostFactory
from tests.providersim.faults import Act
from tests.providersim.server import ProviderSim

GOOGLE = "host@example.org"
HOUR = timedelta(hours=1).total_seconds()


@pytest.fixture
def app(app_with_doors: Flask) -> Flask:
    """Consent comes back through a door."""
    return app_with_doors


@pytest.fixture
def sqlite_settings(sqlite_settings: Settings, sim: ProviderSim) -> Settings:
    """Settings whose Google is the simulator."""
    return replace(sqlite_settings, **sim.google_settings)  # type: ignore[arg-type]


@pytest.fixture
def site(sim: ProviderSim, app: Flask, clock: FrozenClock, host: HostAccount) -> GoogleSite:
    """A host who is signed in here and has an account there."""
    sim.google.user(GOOGLE)
    site = GoogleSite(sim, app, clock, host)
    site.sign_in()
    return site


def stored_grant(site: GoogleSite, connection_id: int) -> Grant:
    with reading() as session:
        row = store.connection_with_secret(session, connection_id)
        assert row.secret is not None
        return Grant.read(site.services.cipher.open(row.secret, f"connections|{row.id}|secret"))


def test_a_host_connects_and_sees_the_calendars(site: GoogleSite) -> None:
    site.sim.google.add_calendar(GOOGLE, "Team", role="reader")

    page = site.connect()

    assert f"Connected “{GOOGLE}”" in page.text
    (view,) = site.connections()
    listed = site.services.connections.calendars(site.host.id, view.id)
    assert {(one.name, one.primary, one.read_only) for one in listed} == {
        (GOOGLE, True, False),
        ("Team", False, True),
    }
    assert (view.provider, view.status) == ("google", "connected")
    assert not any(one.selected or one.destination for one in listed)


def test_no_more_is_asked_for_than_is_needed(site: GoogleSite) -> None:
    site.visit_consent()

    (asked,) = site.sim.google.oauth.asked
    scopes = {scope.rpartition("/")[2] for scope in asked["scope"].split()}
    assert scopes == {"calendar.events", "calendar.calendarlist.readonly", "calendar.freebusy"}
    assert (asked["access_type"], asked["code_challenge_method"]) == ("offline", "S256")
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/connections/google/callback"
    assert len(asked["state"]) >= 43


def test_calendars_are_made_once_that_was_allowed_as_well(site: GoogleSite) -> None:
    before = site.connected()
    assert not before.can_create_calendars

    after = site.connected(connection=encode_id(before.id), create="1")

    assert after.id == before.id
    assert after.can_create_calendars
    made = site.services.connections.create_calendar(site.host.id, after.id, "New", "#a47ae2")
    assert (made.name, made.color) == ("New", "#a47ae2")


def test_an_answer_counts_once(site: GoogleSite) -> None:
    back = site.visit_consent()
    site.come_back(back)

    again = site.come_back(back)

    assert "was used already" in again.text
    assert len(site.connections()) == 1


def test_an_answer_counts_for_ten_minutes(site: GoogleSite) -> None:
    back = site.visit_consent()
    site.clock.advance(seconds=601)

    page = site.come_back(back)

    assert "older than ten minutes" in page.text
    assert site.connections() == ()


def test_an_answer_counts_for_who_began(site: GoogleSite, make_host: HostFactory) -> None:
    back = site.visit_consent()
    other = GoogleSite(site.sim, site.app, site.clock, make_host(username="other"))
    other.sign_in()

    page = other.come_back(back)

    assert "another login" in page.text
    assert other.connections() == ()
    assert len(site.connections()) == 0


def test_an_answer_counts_for_its_provider(site: GoogleSite) -> None:
    back = site.visit_consent().replace("/google/", "/microsoft/")

    assert "no client at this provider yet" in site.come_back(back).text
    assert site.connections() == ()


@pytest.mark.parametrize("state", ["", "forged", "x" * 1000, "\ud800"])
def test_a_state_of_somebody_elses_making_is_refused(site: GoogleSite, state: str) -> None:
    query = urlencode({"code": "4/abc", "state": state.encode("utf-8", "replace")})

    page = site.come_back(f"http://x/connections/google/callback?{query}")

    assert "Connect once again" in page.text
    assert site.connections() == ()


def test_looking_at_the_addresses_changes_nothing(site: GoogleSite) -> None:
    back = site.visit_consent()
    path = f"{urlsplit(back).path}?{urlsplit(back).query}"

    assert site.host.client.head(path).status_code == 200
    assert site.host.client.head(START).status_code == 200

    assert site.connections() == ()
    assert "Connected" in site.come_back(back).text


def test_declined_consent_stores_nothing_and_says_so(site: GoogleSite) -> None:
    site.sim.google.person.denies = True

    page = site.connect()

    assert "access was declined" in page.text
    assert site.connections() == ()


@pytest.mark.parametrize(
    ("withheld", "said"),
    [
        ("calendar.events", "see and change events"),
        ("calendar.calendarlist.readonly", "see the list of your calendars"),
    ],
)
def test_consent_that_lacks_something_is_refused_with_the_reason(
    site: GoogleSite, withheld: str, said: str
) -> None:
    site.sim.google.person.withholds = frozenset({withheld})

    page = site.connect()

    assert said in page.text
    assert "every box" in page.text
    assert site.connections() == ()


def test_the_same_account_again_is_the_same_connection(site: GoogleSite) -> None:
    first = site.connected()
    site.sim.google.add_calendar(GOOGLE, "Later")

    second = site.connected()

    assert second.id == first.id
    assert site.calendar_of(second, "Later")


def test_the_pages_lead_to_google_and_ask_for_no_password(site: GoogleSite) -> None:
    assert f'href="{START}"' in site.host.client.get("/settings/calendars/connect").text
    view = site.connected()
    key = encode_id(view.id)

    page = site.host.client.get("/settings/calendars")
    reconnect = site.host.client.get(f"/settings/calendars/{key}/reconnect")

    assert "Google Calendar" in page.text
    assert f"{START}?connection={key}&amp;create=1" in page.text
    assert reconnect.headers["Location"] == f"{START}?connection={key}"


def test_several_accounts_are_several_connections(site: GoogleSite) -> None:
    site.connect()
    site.sim.google.user("second@example.org")
    site.sim.google.person.email = "second@example.org"

    site.connect()

    assert [view.account for view in site.connections()] == [GOOGLE, "second@example.org"]


def test_a_refresh_token_that_is_known_already_is_kept(site: GoogleSite) -> None:
    view = site.connected()
    kept = stored_grant(site, view.id).refresh_token
    site.sim.google.fail_next("oauth.token", Act.MEANWHILE, hook=lambda: None)
    address = site.visit_consent()
    code = parse_qs(urlsplit(address).query)["code"][0]
    codes = site.sim.google.oauth._codes
    codes[code] = replace(codes[code], with_refresh=False)

    site.come_back(address)

    assert stored_grant(site, view.id).refresh_token == kept


def test_reconnecting_keeps_what_was_chosen(site: GoogleSite) -> None:
    view = site.connected()
    calendar = site.calendar_of(view, GOOGLE)
    site.services.selection.select(site.host.id, calendar)
    site.sim.google.revoke(GOOGLE)
    with pytest.raises(ReconnectRequired):
        site.services.connections.relist(view.id)
    assert site.connections()[0].status == "reconnect_required"

    after = site.connected(connection=encode_id(view.id))

    assert (after.id, after.status) == (view.id, "connected")
    chosen = site.services.connections.calendars(site.host.id, view.id)
    assert [one.selected for one in chosen if one.id == calendar] == [True]


def test_reconnecting_never_leads_to_another_account(site: GoogleSite) -> None:
    view = site.connected()
    before = stored_grant(site, view.id)
    site.sim.google.user("second@example.org")
    site.sim.google.person.email = "second@example.org"

    page = site.connect(connection=encode_id(view.id))

    assert "open another account" in page.text
    assert [one.account for one in site.connections()] == [GOOGLE]
    assert stored_grant(site, view.id) == before


def test_a_connection_of_somebody_else_is_not_renewed(
    site: GoogleSite, make_host: HostFactory
) -> None:
    view = site.connected()
    other = GoogleSite(site.sim, site.app, site.clock, make_host(username="other"))
    other.sign_in()

    answer = other.host.client.get(START, query_string={"connection": encode_id(view.id)})

    assert answer.status_code == 404


def test_a_dead_grant_is_told_once_and_nothing_hammers(site: GoogleSite) -> None:
    view = site.connected()
    site.sim.google.revoke(GOOGLE)
    with pytest.raises(ReconnectRequired):
        site.services.connections.relist(view.id)
    calls = len(site.sim.calls)

    with pytest.raises(ReconnectRequired):
        site.services.connections.wait_until_allowed(view.id)

    assert len(site.sim.calls) == calls
    assert "Reconnect the account" in (site.connections()[0].error or "")


def test_many_at_once_renew_a_token_once(site: GoogleSite) -> None:
    view = site.connected()
    site.clock.advance(seconds=HOUR)
    site.sim.google.expire_access_tokens()
    site.sim.google.fail_next("oauth.token", Act.DELAY, seconds=0.2)
    problems: list[Exception] = []

    def list_calendars() -> None:
        with site.app.app_context():
            try:
                site.services.connections.open_provider(view.id).list_calendars()
            except ProviderError as error:
                problems.append(error)

    threads = [threading.Thread(target=list_calendars) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert site.sim.google.oauth.refreshes == 1


def test_another_process_that_renews_is_waited_for(site: GoogleSite) -> None:
    view = site.connected()
    site.sim.google.expire_access_tokens()
    until = site.clock.now() + timedelta(seconds=30)
    with writing() as session:
        session.add(TokenLease(connection_id=view.id, owner="another process", until=until))

    def let_go() -> None:
        with site.app.app_context(), writing() as session:
            session.delete(session.get_one(TokenLease, view.id))

    release = threading.Timer(0.4, let_go)
    release.start()
    site.services.connections.relist(view.id)
    release.join()

    assert site.sim.google.oauth.refreshes == 1
    assert site.connections()[0].status == "connected"


def test_a_process_that_died_while_renewing_holds_nobody_up(site: GoogleSite) -> None:
    view = site.connected()
    site.sim.google.expire_access_tokens()
    with writing() as session:
        session.add(TokenLease(connection_id=view.id, owner="dead process", until=site.clock.now()))

    site.services.connections.relist(view.id)

    assert site.connections()[0].status == "connected"


def test_a_token_that_is_refused_before_its_end_is_renewed(site: GoogleSite) -> None:
    view = site.connected()
    site.sim.google.expire_access_tokens()

    assert site.services.connections.open_provider(view.id).list_calendars()

    assert site.sim.google.oauth.refreshes == 1


def test_a_rotated_refresh_token_is_stored_before_it_is_needed(site: GoogleSite) -> None:
    view = site.connected()
    site.sim.google.oauth.rotates = True
    for _ in range(3):
        site.sim.google.expire_access_tokens()
        site.services.connections.relist(view.id)

    (grant,) = site.sim.google.live_grants
    assert stored_grant(site, view.id).refresh_token == grant.refresh_token
    assert site.connections()[0].status == "connected"


@pytest.mark.parametrize("act", [Act.STATUS, Act.RESET, Act.HTML, Act.EMPTY])
def test_a_token_endpoint_that_is_down_ends_no_connection(site: GoogleSite, act: Act) -> None:
    view = site.connected()
    site.sim.google.expire_access_tokens()
    site.sim.google.fail_next("oauth.token", act)

    with pytest.raises(ProviderError) as caught:
        site.services.connections.relist(view.id)

    assert not isinstance(caught.value, ReconnectRequired)
    assert site.connections()[0].status == "degraded"
    site.services.connections.relist(view.id)
    assert site.connections()[0].status == "connected"


def test_disconnecting_gives_the_access_back(site: GoogleSite) -> None:
    view = site.connected()

    site.services.connections.disconnect(site.host.id, view.id)

    assert site.connections() == ()
    assert site.sim.google.live_grants == []


def test_an_account_that_others_use_too_keeps_its_access(
    site: GoogleSite, make_host: HostFactory
) -> None:
    view = site.connected()
    other = GoogleSite(site.sim, site.app, site.clock, make_host(username="other"))
    other.sign_in()
    theirs = other.connected()

    site.services.connections.disconnect(site.host.id, view.id)

    other.services.connections.relist(theirs.id)
    assert other.connections()[0].status == "connected"


def test_disconnecting_does_not_depend_on_google(site: GoogleSite) -> None:
    view = site.connected()
    site.sim.google.fail_next("oauth.revoke", Act.STATUS, status=503)

    site.services.connections.disconnect(site.host.id, view.id)

    assert site.connections() == ()


def test_no_token_is_logged_or_kept_in_the_open(
    site: GoogleSite, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        view = site.connected()
        site.sim.google.expire_access_tokens()
        site.services.connections.relist(view.id)

    grant = stored_grant(site, view.id)
    ours = "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith("booking")
    )
    with reading() as session:
        row = store.find_connection(session, view.id)
        assert row is not None
        kept = f"{row.details} {row.url} {row.username} {row.account}"
    for secret in (grant.access_token, grant.refresh_token):
        assert secret not in ours
        assert secret not in kept
        assert secret not in repr(grant)


def test_without_a_client_the_host_is_told_whom_to_ask(site: GoogleSite) -> None:
    page = site.host.client.get("/connections/microsoft/start", follow_redirects=True)

    assert "BOOKING_MICROSOFT_CLIENT_ID" in page.text
    assert site.host.client.get("/connections/other/start").status_code == 404


def test_no_answer_is_unreachable_and_no_more(site: GoogleSite) -> None:
    view = site.connected()
    site.sim.google.fail_next("calendarList.list", Act.RESET, times=None)

    with pytest.raises(Unreachable):
        site.services.connections.relist(view.id)
