"""Over TLS the certificate is checked against the name, though the address is what is called."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from booking.core.errors import Unreachable
from booking.security.outbound import OutboundClient
from tests.servers.scripted import Manner, Reply, ScriptedServer, serving


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def context_for(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[ScriptedServer]:
    with serving(Reply(body=b"sealed"), tls=context_for(authority, "dav.example")) as server:
        yield server


def client_for(name: str, bundle: str | None) -> OutboundClient:
    return OutboundClient([name], ca_bundle=bundle, resolve=lambda _host, _port: ("127.0.0.1",))


def test_the_name_is_what_the_certificate_is_checked_against(
    server: ScriptedServer, bundle: str
) -> None:
    client = client_for("dav.example", bundle)

    answer = client.session("test").get(f"https://dav.example:{server.port}/")
    client.close()

    assert answer.content == b"sealed"


@pytest.mark.parametrize(("name", "is_known"), [("other.example", True), ("dav.example", False)])
def test_a_wrong_name_or_an_unknown_authority_is_refused(
    server: ScriptedServer, bundle: str, name: str, is_known: bool
) -> None:
    client = client_for(name, bundle if is_known else None)

    with pytest.raises(Unreachable) as caught:
        client.session("test").get(f"https://{name}:{server.port}/")

    assert caught.value.step == "tls"
    assert server.requests == []


def test_verification_cannot_be_switched_off_by_a_library(server: ScriptedServer) -> None:
    client = client_for("dav.example", None)

    with pytest.raises(Unreachable):
        client.session("test").get(f"https://dav.example:{server.port}/", verify=False)


def test_the_deadline_holds_over_tls(authority: trustme.CA, bundle: str) -> None:
    reply = Reply(body=b"x" * 1000, manner=Manner.DRIP)
    session = client_for("dav.example", bundle).session("test", seconds=0.5)
    with (
        serving(reply, tls=context_for(authority, "dav.example")) as server,
        pytest.raises(Unreachable) as caught,
    ):
        session.get(f"https://dav.example:{server.port}/")

    assert caught.value.step == "answer"
