"""The guarded client against real servers on loopback."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import urllib3

from booking.core.errors import BadAnswer, ProviderError, Unreachable
from booking.security.outbound import (
    AddressRefused,
    CredentialScope,
    OutboundClient,
    RedirectRefused,
    within,
)
from tests.security.in_public import public_session
from tests.servers.scripted import Manner, Reply, Request, ScriptedServer, serving

LOOPBACK = ("127.0.0.1",)


@pytest.fixture
def client() -> Iterator[OutboundClient]:
    """A client whose operator allows loopback."""
    client = OutboundClient(LOOPBACK)
    yield client
    client.close()


def redirect(location: str, status: int = 302) -> Reply:
    return Reply(status, headers={"Location": location})


def test_the_real_urllib3_is_installed() -> None:
    assert not hasattr(urllib3, "AsyncPoolManager")
    assert version("urllib3").startswith("2.")
    with pytest.raises(PackageNotFoundError):
        version("urllib3-future")


def test_a_listed_private_server_is_reached(client: OutboundClient) -> None:
    with serving(Reply(body=b"hello")) as server:
        answer = client.session("test").get(server.url)

    assert answer.content == b"hello"


def test_an_unlisted_private_server_is_refused_before_a_byte_is_sent() -> None:
    with serving(Reply()) as server:
        with pytest.raises(AddressRefused):
            OutboundClient().session("test").get(server.url)
        assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
        "https://user:secret@example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https:///nowhere",
        "https://example.org:0/",
        "https://exa mple.org/",
        "https://" + "a" * 300 + ".org/",
        "//example.org/",
        "",
    ],
)
def test_an_address_that_must_not_be_called_is_refused(url: str) -> None:
    with pytest.raises(ProviderError) as caught:
        OutboundClient().session("test").get(url)

    assert caught.value.step in {"address", "resolve"}


def test_a_name_is_resolved_once_and_the_answer_is_what_is_connected_to() -> None:
    answers = iter([("127.0.0.1",)])
    with serving(Reply(body=b"checked")) as server:
        client = OutboundClient(["dav.example"], resolve=lambda _host, _port: next(answers))
        url = f"http://dav.example:{server.port}/"
        answer = client.session("test").get(url)
        client.close()

    assert answer.content == b"checked"
    assert server.requests[0].headers["Host"] == f"dav.example:{server.port}"


def test_a_name_that_turns_private_is_refused_at_the_next_connection() -> None:
    answers = iter([("127.0.0.1",), ("10.0.0.1",)])
    with serving(Reply(manner=Manner.CLOSE)) as server:
        client = OutboundClient(LOOPBACK, resolve=lambda _host, _port: next(answers))
        with pytest.raises(AddressRefused):
            client.session("test").get(f"http://dav.example:{server.port}/")


def test_the_method_and_body_survive_a_redirect(client: OutboundClient) -> None:
    def script(request: Request) -> Reply:
        return redirect("/there", 301) if request.path == "/" else Reply(body=request.body)

    with serving(script) as server:
        answer = client.session("test").request("PROPFIND", server.url, data=b"<who/>")

    assert answer.content == b"<who/>"
    assert server.methods() == ["PROPFIND", "PROPFIND"]


def test_a_fourth_redirect_is_not_followed(client: OutboundClient) -> None:
    with serving(redirect("/again")) as server, pytest.raises(RedirectRefused):
        client.session("test").get(server.url)

    assert len(server.requests) == 4


def test_a_redirect_to_another_origin_is_not_followed(client: OutboundClient) -> None:
    with (
        serving(Reply()) as other,
        serving(redirect(other.url)) as server,
        pytest.raises(RedirectRefused) as caught,
    ):
        client.session("test").get(server.url, auth=("some", "secret"))

    assert other.requests == []
    assert caught.value.location == other.url


@pytest.mark.parametrize("location", ["http://169.254.169.254/", "file:///etc/passwd", "http://["])
def test_a_redirect_out_of_bounds_is_not_followed(client: OutboundClient, location: str) -> None:
    with serving(redirect(location)) as server, pytest.raises(BadAnswer):
        client.session("test").get(server.url)


def test_a_password_is_not_sent_outside_its_scope(client: OutboundClient) -> None:
    with serving(Reply()) as home, serving(Reply()) as other:
        session = client.session("test", scope=CredentialScope(home.url))
        session.get(home.url, auth=("some", "secret"))
        with pytest.raises(AddressRefused, match="another host"):
            session.get(other.url, auth=("some", "secret"))

    assert other.requests == []


def test_a_scope_covers_https_on_the_hosts_of_its_provider() -> None:
    scope = CredentialScope("https://caldav.icloud.com", ("*.icloud.com",))

    assert scope.covers("https://p42-caldav.icloud.com/1/")
    assert scope.covers("https://p42-caldav.icloud.com:443/1/")
    assert not scope.covers("http://p42-caldav.icloud.com/1/")
    assert not scope.covers("https://p42-caldav.icloud.com:8443/1/")
    assert not scope.covers("https://icloud.com.example.org/1/")


def test_a_password_is_not_sent_in_the_clear_to_a_public_host() -> None:
    session = public_session()
    with serving(Reply(body=b"a feed")) as server:
        assert session.get(server.url).content == b"a feed"
        with pytest.raises(AddressRefused, match="https://"):
            session.get(server.url, auth=("some", "secret"))

    assert len(server.requests) == 1


def test_neither_cookies_nor_netrc_nor_proxies_are_used(
    client: OutboundClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login some password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serving(Reply(headers={"Set-Cookie": "a=b"})) as server:
        session = client.session("test")
        session.get(server.url)
        session.get(server.url)

    assert all("Cookie" not in request.headers for request in server.requests)
    assert all("Authorization" not in request.headers for request in server.requests)


def test_connections_are_kept_and_reused(client: OutboundClient) -> None:
    ports = []

    def resolve(_host: str, port: int) -> tuple[str, ...]:
        ports.append(port)
        return LOOPBACK

    with serving(Reply(body=b"x")) as server:
        pooled = OutboundClient(LOOPBACK, resolve=resolve)
        for _ in range(3):
            pooled.session("test").get(f"http://dav.example:{server.port}/")
        pooled.close()

    assert len(ports) == 1


def test_a_read_is_repeated_once_when_the_connection_drops(client: OutboundClient) -> None:
    first = iter([Reply(manner=Manner.RESET)])
    with serving(lambda _: next(first, Reply(body=b"x"))) as server:
        assert client.session("test").get(server.url).content == b"x"


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "MKCALENDAR"])
def test_a_write_is_never_repeated(client: OutboundClient, method: str) -> None:
    with serving(Reply(manner=Manner.CLOSE)) as server, pytest.raises(Unreachable) as caught:
        client.session("test").request(method, server.url, data=b"x")

    assert server.methods() == [method]
    assert caught.value.step == "answer"


def test_a_bomb_of_compression_is_cut_off_at_the_decoded_limit(client: OutboundClient) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    packed = Reply(body=bomb, headers={"Content-Encoding": "gzip"})
    with serving(packed) as server, pytest.raises(BadAnswer) as caught:
        client.session("test").get(server.url)

    assert caught.value.step == "size"


@pytest.mark.parametrize(
    ("reply", "beginning"),
    [
        (Reply(body=b"x" * 5000), b"x" * 1000),
        (Reply(body=b"y" * 1200, manner=Manner.HALF), b"y" * 512),
        (Reply(201, b"z" * 100, manner=Manner.DRIP), b""),
    ],
)
def test_where_the_status_is_what_counts_the_rest_may_be_long_cut_or_slow(
    client: OutboundClient, reply: Reply, beginning: bytes
) -> None:
    with serving(reply) as server:
        session = client.session("test", max_bytes=1000, seconds=0.5, cut=True)
        answer = session.post(server.url)

    assert answer.status_code == reply.status
    assert answer.content.startswith(beginning)
    assert len(answer.content) <= 1000


def test_an_answer_at_the_limit_is_read(client: OutboundClient) -> None:
    with serving(Reply(body=b"x" * 1000)) as server:
        assert len(client.session("test", max_bytes=1000).get(server.url).content) == 1000
        with pytest.raises(BadAnswer):
            client.session("test", max_bytes=999).get(server.url)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"x" * 1000, manner=Manner.HALF),
        Reply(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
    ],
)
def test_a_body_that_is_cut_or_garbled_is_a_bad_answer(
    client: OutboundClient, reply: Reply
) -> None:
    with serving(reply) as server, pytest.raises(BadAnswer):
        client.session("test").get(server.url)


@pytest.mark.parametrize("manner", [Manner.HANG, Manner.DRIP])
def test_the_deadline_ends_a_server_that_hangs_or_drips(
    client: OutboundClient, manner: Manner
) -> None:
    with serving(Reply(body=b"x" * 1000, manner=manner)) as server:
        started = time.monotonic()
        with pytest.raises(Unreachable) as caught:
            client.session("test", seconds=0.4).get(server.url)
        took = time.monotonic() - started

    assert caught.value.step == "answer"
    assert took < 2


def test_a_shared_deadline_bounds_several_requests(client: OutboundClient) -> None:
    def script(_: Request) -> Reply:
        time.sleep(0.2)
        return Reply()

    with serving(script) as server, within(0.3):
        session = client.session("test")
        session.get(server.url)
        with pytest.raises(Unreachable):
            session.get(server.url)


def test_a_name_server_that_hangs_does_not_outlast_the_deadline() -> None:
    def resolve(_host: str, _port: int) -> tuple[str, ...]:
        time.sleep(3)
        return LOOPBACK

    started = time.monotonic()
    with pytest.raises(Unreachable) as caught:
        OutboundClient(resolve=resolve).session("test", seconds=0.2).get("https://dav.example/")

    assert caught.value.step == "resolve"
    assert time.monotonic() - started < 2


def test_nobody_listening_is_told_as_no_connection(client: OutboundClient) -> None:
    with serving(Reply()) as server:
        url = server.url

    with pytest.raises(Unreachable) as caught:
        client.session("caldav").get(url)

    assert caught.value.step == "connect"
    assert caught.value.provider == "caldav"


def test_the_server_is_told_nothing_but_the_name_of_the_program(client: OutboundClient) -> None:
    with serving(Reply()) as server:
        client.session("test").get(server.url)

    sent: ScriptedServer = server
    assert sent.requests[0].headers["User-Agent"] == "Booking (calendar client)"
