"""Whatever a host types leads to the account, or to a message that says what is wrong."""

from __future__ import annotations

from contextlib import suppress

import pytest

from booking.calendars.providers.caldav.discovery import typed_url
from booking.core.errors import (
    BadAnswer,
    ItemGone,
    PermissionDenied,
    ProviderError,
    ReconnectRequired,
    Unreachable,
)
from booking.security.outbound import AddressRefused
from tests.calendars.providers.dav_scene import provider_for
from tests.calendars.providers.dav_xml import reply, row
from tests.servers.dav import DavAccount, DavServer
from tests.servers.faulty import Action, in_front_of
from tests.servers.radicale_server import Radicale
from tests.servers.scripted import Reply, Request, serving


@pytest.fixture(params=["radicale", "xandikos"])
def account(request: pytest.FixtureRequest) -> DavAccount:
    server = request.getfixturevalue(request.param)
    assert isinstance(server, DavServer)
    return server.new_account()


def dav_account(url: str) -> DavAccount:
    return DavAccount(base_url=url, user="some", password="secret", home_url=url)


def failure(account: DavAccount, **options: str) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        provider_for(account, **options).account()
    assert caught.value.provider == "caldav"
    assert caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("dav.example.org", "https://dav.example.org/"),
        ("  dav.example.org/dav ", "https://dav.example.org/dav"),
        ("caldavs://dav.example.org/", "https://dav.example.org/"),
        ("https://dav.example.org:8443/a?b#c", "https://dav.example.org:8443/a"),
        ("http://127.0.0.1:5232", "http://127.0.0.1:5232/"),
    ],
)
def test_a_typed_address_is_completed(typed: str, url: str) -> None:
    assert typed_url(typed) == url


@pytest.mark.parametrize("typed", ["https://[", "http://[::1"])
def test_what_cannot_be_an_address_is_refused(typed: str) -> None:
    with pytest.raises(AddressRefused):
        typed_url(typed)


def test_the_servers_root_leads_to_the_calendars(account: DavAccount) -> None:
    calendar = account.make_calendar()

    provider = provider_for(account)

    assert [row.key for row in provider.list_calendars()] == [calendar]


def test_every_address_of_an_account_leads_to_the_same_account(account: DavAccount) -> None:
    calendar = account.make_calendar()
    principal = f"{account.base_url}{account.user}/"

    keys = {
        provider_for(account, url=url).account().key
        for url in (account.base_url, principal, account.home_url, calendar)
    }

    assert keys == {principal}


def test_a_calendars_own_address_lists_it_with_the_others(account: DavAccount) -> None:
    first, second = account.make_calendar(), account.make_calendar()

    keys = [row.key for row in provider_for(account, url=first).list_calendars()]

    assert sorted(keys) == sorted([first, second])


def test_a_calendar_shared_by_somebody_else_is_reached_by_its_address(radicale: Radicale) -> None:
    calendar = radicale.new_account().make_calendar("readonly-shared")

    listed = provider_for(radicale.other, url=calendar).list_calendars()

    (shared,) = [row for row in listed if row.key == calendar]
    assert shared.read_only


def test_an_account_without_calendars_lists_none(account: DavAccount) -> None:
    assert provider_for(account).list_calendars() == ()


def test_the_well_known_address_is_followed(account: DavAccount) -> None:
    calendar = account.make_calendar()
    with in_front_of(account.base_url) as proxy:
        proxy.inject(Action.STATUS, path="/", times=1, status=404)
        listed = provider_for(account, url=proxy.url).list_calendars()

    assert [row.key for row in listed] == [proxy.through(calendar)]


def test_a_redirect_with_a_proxys_wrong_port_is_put_right(account: DavAccount) -> None:
    with in_front_of(account.base_url) as proxy:
        forward = proxy.script

        def script(request: Request) -> Reply:
            if request.path == "/.well-known/caldav":
                return Reply(301, headers={"Location": f"http://127.0.0.1:1/{account.user}/"})
            return Reply(404) if request.path == "/" else forward(request)

        proxy.script = script
        found = provider_for(account, url=proxy.url).account()

    assert found.key == f"{proxy.url}{account.user}/"


def test_the_presets_path_is_found_when_only_a_host_is_known(radicale: Radicale) -> None:
    account = radicale.new_account()
    calendar = account.make_calendar()
    with in_front_of(account.base_url) as proxy:
        forward = proxy.script

        def below_dav_php(request: Request) -> Reply:
            """Serve Radicale below a path, as its X-Script-Name header allows."""
            if not request.path.startswith("/dav.php/"):
                return Reply(404)
            request.headers["X-Script-Name"] = "/dav.php"
            inside = request.path.removeprefix("/dav.php")
            return forward(Request(request.method, inside, request.headers, request.body))

        proxy.script = below_dav_php
        listed = provider_for(account, url=proxy.url, preset="baikal").list_calendars()

    assert [row.key for row in listed] == [
        proxy.through(calendar).replace(proxy.url, f"{proxy.url}dav.php/")
    ]


def test_a_wrong_password_is_told_at_sign_in(account: DavAccount) -> None:
    error = failure(account, password="guess")

    assert isinstance(error, ReconnectRequired)
    assert error.step == "sign_in"


def test_a_wrong_password_is_sent_once(account: DavAccount) -> None:
    with in_front_of(account.base_url) as proxy:
        failure(account, url=proxy.url, password="guess")

    assert len(proxy.requests) == 1


@pytest.mark.parametrize("password", ["pässwörd", "пароль", "with:colon", "trailing "])
def test_a_password_in_any_script_reaches_the_server(password: str) -> None:
    with serving(Reply(401)) as server:
        error = failure(dav_account(server.url), password=password)

    assert isinstance(error, ReconnectRequired)


@pytest.mark.parametrize(
    "typed",
    [
        *("exa mple.org", "::::", "http://[::1", "http://[::1]:99999/", "https://h:x/", "//"),
        *("\x00", "\ud800", "a" * 5000, "https://a:b@c/", "https://a@b:\u2028c/"),
        *("file:///etc/passwd", "javascript:alert(1)", "https://{your server}"),
    ],
)
def test_nonsense_in_the_fields_is_an_error_of_ours(typed: str) -> None:
    nonsense = DavAccount(base_url=typed, user="\ud800:\r\n", password="\ud800", home_url="")

    with pytest.raises(ProviderError):
        provider_for(nonsense).account()


def test_a_name_that_does_not_exist_is_told(account: DavAccount) -> None:
    error = failure(account, url="https://no-such-host.invalid/")

    assert isinstance(error, Unreachable)
    assert error.step == "resolve"


def test_a_server_that_is_down_is_told(account: DavAccount) -> None:
    with serving(Reply()) as server:
        url = server.url

    error = failure(account, url=url)

    assert isinstance(error, Unreachable)
    assert error.step == "connect"


def test_a_certificate_that_is_not_there_is_told(account: DavAccount) -> None:
    error = failure(account, url=account.base_url.replace("http://", "https://"))

    assert isinstance(error, Unreachable)
    assert error.step == "tls"


def test_a_private_address_is_refused_with_the_way_out(account: DavAccount) -> None:
    error = failure(account, url="http://127.0.0.2/")

    assert isinstance(error, AddressRefused)
    assert "BOOKING_OUTBOUND_PRIVATE_HOSTS" in error.message


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}), BadAnswer),
        (Reply(200, b"", {"Content-Type": "application/xml"}), BadAnswer),
        (Reply(207, b"<D:multistatus xmlns:D='DAV:'/>"), BadAnswer),
        (Reply(207, b"<D:multistatus xmlns:D='DAV:'>"), BadAnswer),
        (Reply(207, b"<other/>"), BadAnswer),
        (Reply(405), BadAnswer),
        (Reply(501), BadAnswer),
        (Reply(404), ItemGone),
        (Reply(403), PermissionDenied),
    ],
)
def test_what_is_no_caldav_server_is_told_at_discovery(
    reply: Reply, error: type[ProviderError]
) -> None:
    with serving(reply) as server:
        found = failure(dav_account(server.url))

    assert type(found) is error
    assert found.step == "discovery"


def test_an_entity_bomb_is_not_expanded() -> None:
    bomb = b"""<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
    <D:multistatus xmlns:D="DAV:"><D:response><D:href>&b;</D:href></D:response></D:multistatus>"""
    with serving(Reply(207, bomb, {"Content-Type": "application/xml"})) as server:
        assert isinstance(failure(dav_account(server.url)), BadAnswer)


def principal_at(href: str) -> Reply:
    return reply(
        row("/", f"<D:current-user-principal><D:href>{href}</D:href></D:current-user-principal>")
    )


def test_a_principal_on_another_host_is_not_given_the_password() -> None:
    with serving(principal_at("https://elsewhere.example/me/")) as server:
        error = failure(dav_account(server.url))

    assert isinstance(error, AddressRefused)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "href",
    [
        *("http://[", "http://h:x/", "https://127.0.0.1:99999/", "https://a:b@127.0.0.1:1/"),
        *("mailto:me", "ftp://127.0.0.1/", "//", "\u2028", "http://169.254.169.254/", "%00%ff"),
    ],
)
def test_nonsense_in_an_answer_is_an_error_or_no_calendars(href: str) -> None:
    with serving(principal_at(href)) as server:
        provider = provider_for(dav_account(server.url))
        with suppress(ProviderError):
            assert provider.list_calendars() == ()

    assert {request.headers["Host"] for request in server.requests} == {f"127.0.0.1:{server.port}"}
