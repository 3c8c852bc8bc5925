"""The way to the mail server: TLS, sign-in, and what a bad one is called."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from booking.mail.errors import MailServerAway
from booking.mail.smtp import Relay, opened, relay_of
from booking.settings import BadSettings, load_settings
from tests.servers.process import free_port
from tests.servers.smtp_sink import Sink, running_sink

_MESSAGE = b"Subject: x\r\n\r\n.begins with a dot\r\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def context(authority: trustme.CA) -> ssl.SSLContext:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    return server


def _relay(sink: Sink, tls: str, bundle: str | None = None, **more: str) -> Relay:
    return Relay(host="localhost", port=sink.port, tls=tls, ca_bundle=bundle, **more)  # type: ignore[arg-type]


def _send(relay: Relay) -> None:
    with opened(relay) as line:
        line.send("booking@book.example", "guest@example.org", _MESSAGE)


def test_tls_from_the_start(context: ssl.SSLContext, bundle: str) -> None:
    with running_sink(context, wrapped=True) as sink:
        _send(_relay(sink, "always", bundle))

        assert sink.secured == 1
        assert [one.raw for one in sink.received] == [_MESSAGE]


def test_tls_by_upgrade_and_a_sign_in_inside_it(context: ssl.SSLContext, bundle: str) -> None:
    with running_sink(context) as sink:
        sink.script.offers_starttls = True
        sink.script.password = "p@ss word"
        _send(_relay(sink, "upgrade", bundle, username="booking", password="p@ss word"))

        assert (sink.secured, len(sink.received)) == (1, 1)


def test_a_server_without_starttls_is_told_nothing(bundle: str) -> None:
    with running_sink() as sink:
        with pytest.raises(MailServerAway, match="lacks STARTTLS"):
            _send(_relay(sink, "upgrade", bundle, username="booking", password="secret"))

        assert sink.received == []


def test_a_server_that_cannot_prove_itself_is_told_nothing(context: ssl.SSLContext) -> None:
    with running_sink(context, wrapped=True) as sink, pytest.raises(MailServerAway):
        _send(_relay(sink, "always"))


def test_a_refused_sign_in_is_the_servers_matter_and_its_words_stay_there() -> None:
    with running_sink() as sink:
        sink.script.password = "right"
        with pytest.raises(MailServerAway) as caught:
            _send(_relay(sink, "none", username="booking", password="wrong"))

        assert caught.value.message == "The mail server refuses the sign-in (535)."


def test_a_missing_sign_in_kills_no_mail() -> None:
    with running_sink() as sink:
        sink.script.password = "right"
        with pytest.raises(MailServerAway, match="wants another sign-in"):
            _send(_relay(sink, "none"))


def test_a_server_that_is_not_there_is_away() -> None:
    with pytest.raises(MailServerAway):
        _send(Relay(host="127.0.0.1", port=free_port(), tls="none"))


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtps://u:p%40ss@mail.example", ("mail.example", 465, "always", "u", "p@ss")),
        ("smtp://mail.example", ("mail.example", 587, "upgrade", "", "")),
        ("smtp://mail.example:25?tls=none", ("mail.example", 25, "none", "", "")),
        ("smtp://127.0.0.1:1025", ("127.0.0.1", 1025, "none", "", "")),
    ],
)
def test_an_address_says_how_the_server_is_reached(
    url: str, relay: tuple[str, int, str, str, str]
) -> None:
    found = relay_of(url)

    assert (found.host, found.port, found.tls, found.username, found.password) == relay


_NEEDED = {
    "BOOKING_SECRET_KEY": "s" * 40,
    "BOOKING_CREDENTIAL_KEYS": "A" * 43 + "=",
    "BOOKING_DATABASE_URL": "sqlite:////tmp/booking.sqlite3",
}


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("mail.example:25", "booking@example.org"),
        ("https://mail.example", "booking@example.org"),
        ("smtp://mail.example:99999", "booking@example.org"),
        ("smtp://u:p@mail.example?tls=none", "booking@example.org"),
        ("smtps://u:p%C3%A4ss@mail.example", "booking@example.org"),
        ("smtp://mail.example?tls=maybe", "booking@example.org"),
        ("smtp://mail.example", ""),
        ("smtp://mail.example", "a@example.org, b@example.org"),
        ("smtp://mail.example", "nobody"),
    ],
)
def test_bad_mail_settings_stop_the_start(url: str, sender: str) -> None:
    given = {"BOOKING_SMTP_URL": url, "BOOKING_MAIL_FROM": sender}

    with pytest.raises(BadSettings) as caught:
        load_settings({**_NEEDED, **given})

    assert all("SMTP_URL" in line or "MAIL_FROM" in line for line in caught.value.problems)


def test_good_mail_settings_are_taken() -> None:
    given = {
        "BOOKING_SMTP_URL": "smtps://u:p@mail.example",
        "BOOKING_MAIL_FROM": "Booking Team <booking@example.org>",
    }

    settings = load_settings({**_NEEDED, **given})

    assert settings.mail_from == "Booking Team <booking@example.org>"
    assert "u:p" not in repr(settings)
