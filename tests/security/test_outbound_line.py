"""The short way of the guarded client: the same guards as the long one, on real servers."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from hypothesis import example, given
from hypothesis import strategies as st
from requests import PreparedRequest

from booking.core.errors import BadAnswer, ProviderError, Unreachable
from booking.security.outbound import (
    AddressRefused,
    CredentialScope,
    OutboundClient,
    OutboundSession,
    RedirectRefused,
    within,
)
from booking.security.outbound_origins import parted
from tests.security.in_public import public_session
from tests.security.test_outbound_tls import client_for, context_for
from tests.servers.scripted import Manner, Reply, Request, serving

LOOPBACK = ("127.0.0.1",)
OK = "HTTP/1.1 200 OK\r\n"
SECRET = {"Authorization": "Basic c29tZTpzZWNyZXQ="}


@pytest.fixture
def session() -> Iterator[OutboundSession]:
    """A session whose operator allows loopback."""
    client = OutboundClient(LOOPBACK)
    yield client.session("test", seconds=5, max_bytes=1000)
    client.close()


@contextmanager
def saying(answer: bytes) -> Iterator[str]:
    """Answer every connection's first request with these bytes, and close it; give the address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.close()


def redirect(location: str) -> Reply:
    return Reply(302, headers={"Location": location})


def test_what_is_asked_reaches_the_server_and_its_answer_comes_back(
    session: OutboundSession,
) -> None:
    with serving(Reply(201, b"kept", {"ETag": '"7"'})) as server:
        reply = session.ask("PUT", f"{server.url}a%20b.ics", {"If-Match": '"6"'}, b"new")

    assert (reply.status, reply.headers["etag"], reply.body) == (201, '"7"', b"kept")
    (request,) = server.requests
    assert (request.path, request.body) == ("/a%20b.ics", b"new")
    assert request.headers["Host"] == f"127.0.0.1:{server.port}"
    assert request.headers["User-Agent"] == "Booking (calendar client)"


def test_an_unlisted_private_server_is_refused_before_a_byte_is_sent() -> None:
    with serving(Reply()) as server:
        with pytest.raises(AddressRefused):
            OutboundClient().session("test").ask("GET", server.url, {})
        assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]/",
        "https://user:secret@example.org/",
        "file:///etc/passwd",
        "https://example.org:0/",
        "https://exa mple.org/",
        "https://" + "a" * 300 + ".org/",
        "",
    ],
)
def test_an_address_that_must_not_be_called_is_refused(url: str) -> None:
    with pytest.raises(ProviderError) as caught:
        OutboundClient().session("test").ask("GET", url, {})

    assert caught.value.step in {"address", "resolve"}


@pytest.mark.parametrize("value", ["a\r\nX-More: b", "a\nb", "a\x00b"])
def test_a_header_cannot_break_out_of_its_line(session: OutboundSession, value: str) -> None:
    with serving(Reply()) as server:
        with pytest.raises(AddressRefused):
            session.ask("GET", server.url, {"If-Match": value})
        assert server.requests == []


def test_a_path_is_quoted_and_cannot_break_out_of_its_line(session: OutboundSession) -> None:
    with serving(Reply()) as server:
        session.ask("GET", f"{server.url}ü/../b c\r\nX-More: d", {})

    assert server.requests[0].path == "/b%20c%0D%0AX-More:%20d"
    assert "X-More" not in server.requests[0].headers


def test_a_name_that_turns_private_is_refused_at_the_next_connection() -> None:
    answers = iter([("127.0.0.1",), ("10.0.0.1",)])
    with serving(Reply(manner=Manner.CLOSE)) as server:
        client = OutboundClient(LOOPBACK, resolve=lambda _host, _port: next(answers))
        with pytest.raises(AddressRefused):
            client.session("test").ask("GET", f"http://dav.example:{server.port}/", {})


def test_connections_are_kept_and_reused() -> None:
    asked = list[str]()

    def resolve(host: str, _port: int) -> tuple[str, ...]:
        asked.append(host)
        return LOOPBACK

    with serving(Reply(body=b"x")) as server:
        client = OutboundClient(LOOPBACK, resolve=resolve)
        session = client.session("test")
        for _ in range(3):
            session.ask("GET", f"http://dav.example:{server.port}/", {})
        client.close()

    assert asked == ["dav.example"]


def test_the_method_and_body_survive_a_redirect(session: OutboundSession) -> None:
    def script(request: Request) -> Reply:
        return redirect("/there") if request.path == "/" else Reply(body=request.body)

    with serving(script) as server:
        assert session.ask("REPORT", server.url, {}, b"<who/>").body == b"<who/>"

    assert server.methods() == ["REPORT", "REPORT"]


def test_a_fourth_redirect_is_not_followed(session: OutboundSession) -> None:
    with serving(redirect("/again")) as server, pytest.raises(RedirectRefused):
        session.ask("GET", server.url, {})

    assert len(server.requests) == 4


@pytest.mark.parametrize("location", ["http://169.254.169.254/", "file:///etc/passwd", "http://["])
def test_a_redirect_out_of_bounds_is_not_followed(session: OutboundSession, location: str) -> None:
    with serving(redirect(location)) as server, pytest.raises(RedirectRefused):
        session.ask("GET", server.url, SECRET)

    assert len(server.requests) == 1


def test_a_password_is_not_sent_outside_its_scope() -> None:
    with serving(Reply()) as home, serving(Reply()) as other:
        client = OutboundClient(LOOPBACK)
        session = client.session("test", scope=CredentialScope(home.url))
        session.ask("GET", home.url, SECRET)
        session.ask("GET", other.url, {})
        with pytest.raises(AddressRefused, match="another host"):
            session.ask("GET", other.url, SECRET)

    assert len(other.requests) == 1


def test_a_password_is_not_sent_in_the_clear_to_a_public_host() -> None:
    session = public_session()
    with serving(Reply(body=b"a feed")) as server:
        assert session.ask("GET", server.url, {}).body == b"a feed"
        with pytest.raises(AddressRefused, match="https://"):
            session.ask("GET", server.url, SECRET)

    assert len(server.requests) == 1


def test_a_read_is_repeated_once_when_the_connection_drops(session: OutboundSession) -> None:
    first = iter([Reply(manner=Manner.RESET)])
    with serving(lambda _: next(first, Reply(body=b"x"))) as server:
        assert session.ask("REPORT", server.url, {}).body == b"x"


@pytest.mark.parametrize(("method", "times"), [("PUT", 1), ("DELETE", 1), ("GET", 2)])
def test_a_write_is_never_repeated_and_a_read_once(
    session: OutboundSession, method: str, times: int
) -> None:
    with serving(Reply(manner=Manner.CLOSE)) as server, pytest.raises(Unreachable) as caught:
        session.ask(method, server.url, {}, b"x")

    assert server.methods() == [method] * times
    assert caught.value.step == "answer"


@pytest.mark.parametrize("length", ["9" * 18, "9" * 5_000])
def test_a_length_beyond_all_limits_is_too_large(session: OutboundSession, length: str) -> None:
    told = f"{OK}Content-Length: {length}\r\n\r\nab"
    with saying(told.encode()) as url, pytest.raises(BadAnswer, match="too large"):
        session.ask("GET", url, {})


def test_a_bomb_of_compression_is_cut_off_at_the_decoded_limit(session: OutboundSession) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    packed = Reply(body=bomb[:900], headers={"Content-Encoding": "gzip"})
    with serving(packed) as server, pytest.raises(BadAnswer) as caught:
        session.ask("GET", server.url, {})

    assert caught.value.step == "size"


def test_a_packed_answer_is_unpacked(session: OutboundSession) -> None:
    packed = Reply(body=gzip.compress(b"x" * 900), headers={"Content-Encoding": "gzip"})
    with serving(packed) as server:
        assert session.ask("GET", server.url, {}).body == b"x" * 900


def test_an_answer_at_the_limit_is_read_and_one_above_it_is_not(session: OutboundSession) -> None:
    with serving(lambda request: Reply(body=b"x" * int(request.path[1:]))) as server:
        assert len(session.ask("GET", f"{server.url}1000", {}).body) == 1000
        with pytest.raises(BadAnswer) as caught:
            session.ask("GET", f"{server.url}1001", {})

    assert caught.value.step == "size"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"x" * 1000, manner=Manner.HALF),
        Reply(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
    ],
)
def test_a_body_that_is_cut_or_garbled_is_a_bad_answer(
    session: OutboundSession, reply: Reply
) -> None:
    with serving(reply) as server, pytest.raises(BadAnswer):
        session.ask("GET", server.url, {})


@pytest.mark.parametrize("manner", [Manner.HANG, Manner.DRIP])
def test_the_deadline_ends_a_server_that_hangs_or_drips(manner: Manner) -> None:
    session = OutboundClient(LOOPBACK).session("test", seconds=0.4)
    with serving(Reply(body=b"x" * 1000, manner=manner)) as server:
        started = time.monotonic()
        with pytest.raises(Unreachable) as caught:
            session.ask("GET", server.url, {})
        took = time.monotonic() - started

    assert caught.value.step == "answer"
    assert took < 2


def test_a_shared_deadline_bounds_several_requests(session: OutboundSession) -> None:
    def script(_: Request) -> Reply:
        time.sleep(0.2)
        return Reply()

    with serving(script) as server, within(0.3):
        session.ask("GET", server.url, {})
        with pytest.raises(Unreachable):
            session.ask("GET", server.url, {})


def test_nobody_listening_is_told_as_no_connection(session: OutboundSession) -> None:
    with serving(Reply()) as server:
        url = server.url

    with pytest.raises(Unreachable) as caught:
        session.ask("GET", url, {})

    assert (caught.value.step, caught.value.provider) == ("connect", "test")


def test_a_connection_with_more_than_was_asked_for_is_not_used_again(
    session: OutboundSession,
) -> None:
    answer, opened = f"{OK}Content-Length: 1\r\n\r\n", list[socket.socket]()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for text in (f"{answer}a{answer}b", f"{answer}c"):
            opened.append(listener.accept()[0])
            opened[-1].recv(65536)
            opened[-1].sendall(text.encode())

    threading.Thread(target=serve, daemon=True).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    bodies = [session.ask("GET", url, {}).body for _ in range(2)]
    for one in (listener, *opened):
        one.close()

    assert bodies == [b"a", b"c"]


def test_a_long_body_is_read_in_pieces() -> None:
    client = OutboundClient(LOOPBACK)
    with serving(Reply(body=b"x" * 900_000)) as server:
        assert client.session("test").ask("GET", server.url, {}).body == b"x" * 900_000
    client.close()


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (f"{OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"),
        (f"HTTP/1.1 100 Continue\r\n\r\n{OK}Content-Length: 1\r\n\r\nx", "x"),
        (f"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n{OK}\r\nto the end", "to the end"),
        ("HTTP/1.0 200 OK\nContent-Type: text/plain\n\nold", "old"),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", ""),
        (f"{OK}Content-Length: 2\r\n\r\nab", "ab"),
    ],
)
def test_every_form_of_an_answer_is_read(session: OutboundSession, answer: str, body: str) -> None:
    with saying(answer.encode()) as url:
        assert session.ask("GET", url, {}).body == body.encode()


@pytest.mark.parametrize(
    "answer",
    [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        f"{OK}" + "A: b\r\n" * 200,
        f"{OK}A: {'b' * 70_000}\r\n\r\n",
        f"{OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        f"{OK}Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        f"{OK}Content-Length: 5\r\n\r\nab",
        f"{OK}Content-Len",
        "",
    ],
)
def test_what_is_no_whole_answer_is_refused(session: OutboundSession, answer: str) -> None:
    with saying(answer.encode()) as url, pytest.raises(ProviderError) as caught:
        session.ask("GET", url, {})

    assert caught.value.step == "answer"


@pytest.mark.parametrize(
    ("name", "is_known", "is_reached"),
    [
        ("dav.example", True, True),
        ("other.example", True, False),
        ("dav.example", False, False),
    ],
)
def test_over_tls_the_certificate_is_checked_against_the_name(
    tmp_path: Path, name: str, *, is_known: bool, is_reached: bool
) -> None:
    authority, bundle = trustme.CA(), tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    session = client_for(name, str(bundle) if is_known else None).session("test")
    with serving(Reply(body=b"sealed"), tls=context_for(authority, "dav.example")) as server:
        url = f"https://{name}:{server.port}/"
        if is_reached:
            assert session.ask("GET", url, SECRET).body == b"sealed"
        else:
            with pytest.raises(Unreachable) as caught:
                session.ask("GET", url, SECRET)
            assert caught.value.step == "tls"
            assert server.requests == []


@example("http://127.0.0.1:80/a/.well-known/../b")
@example("https://dav.example/%c3%a9")
@given(st.text("ab.%2F~/@:;&=+,'-_", max_size=12).map(lambda path: f"https://dav.example/{path}"))
def test_an_address_is_spelled_as_the_library_spells_it(url: str) -> None:
    prepared = PreparedRequest()
    prepared.prepare_url(url, None)

    origin, target = parted(url)

    assert f"{origin}{target}" == prepared.url
