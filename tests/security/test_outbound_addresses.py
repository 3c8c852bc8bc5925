"""Only public addresses and listed private ones are reached, whatever name leads there."""

from __future__ import annotations

import ipaddress

import pytest

from booking.core.errors import Unreachable
from booking.security.outbound import AddressRefused, PrivateHosts
from booking.security.outbound_addresses import AddressGuard, is_public


def guard(*answers: str, listed: tuple[str, ...] = ()) -> AddressGuard:
    return AddressGuard(private=PrivateHosts.parse(listed), resolve=lambda _host, _port: answers)


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_outside_the_open_internet_is_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "17.248.1.1", "2606:4700::1111", "2a00:1450::5"])
def test_an_address_of_the_open_internet_is_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


def test_one_private_answer_refuses_the_whole_name() -> None:
    with pytest.raises(AddressRefused) as caught:
        guard("8.8.8.8", "10.0.0.1").target("dav.example.org", 443, 5)

    assert caught.value.step == "address"


@pytest.mark.parametrize("port", [22, 25, 5232, 6379, 8080])
def test_an_odd_port_is_refused_at_a_public_address(port: int) -> None:
    with pytest.raises(AddressRefused, match="ports 80, 443 and 8443"):
        guard("8.8.8.8").target("dav.example.org", port, 5)


@pytest.mark.parametrize("port", [80, 443, 8443])
def test_the_ports_of_the_web_are_reached(port: int) -> None:
    target = guard("8.8.8.8").target("dav.example.org", port, 5)

    assert target.addresses == ("8.8.8.8",)
    assert not target.is_listed


@pytest.mark.parametrize(
    ("entry", "host", "port", "address"),
    [
        ("nas.lan", "NAS.lan.", 5232, "192.168.1.5"),
        ("nas.lan:5232", "nas.lan", 5232, "192.168.1.5"),
        ("192.168.1.5", "nas.lan", 8080, "192.168.1.5"),
        ("192.168.1.5:8080", "nas.lan", 8080, "192.168.1.5"),
        ("192.168.0.0/16", "nas.lan", 22, "192.168.1.5"),
        ("[fd00::5]:443", "nas.lan", 443, "fd00::5"),
        ("fd00::/8", "nas.lan", 5232, "fd00::5"),
        ("::1", "localhost", 5232, "::1"),
    ],
)
def test_what_the_operator_listed_is_reached(
    entry: str, host: str, port: int, address: str
) -> None:
    assert guard(address, listed=(entry,)).target(host, port, 5).is_listed


@pytest.mark.parametrize(
    ("entry", "host", "port", "address"),
    [
        ("nas.lan", "other.lan", 443, "192.168.1.5"),
        ("nas.lan", "evil.nas.lan", 443, "192.168.1.5"),
        ("nas.lan:5232", "nas.lan", 443, "192.168.1.5"),
        ("192.168.1.5", "nas.lan", 443, "192.168.1.6"),
        ("10.0.0.0/8", "nas.lan", 443, "192.168.1.5"),
    ],
)
def test_what_stands_beside_the_list_is_refused(
    entry: str, host: str, port: int, address: str
) -> None:
    with pytest.raises(AddressRefused):
        guard(address, listed=(entry,)).target(host, port, 5)


@pytest.mark.parametrize("entry", ["", "nas.lan:", "nas.lan:0", "nas.lan:99999", "*.lan", "a/b"])
def test_a_list_entry_that_cannot_be_read_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="'"):
        PrivateHosts.parse([entry])


def test_a_name_without_addresses_is_told_as_such() -> None:
    with pytest.raises(Unreachable) as caught:
        guard().target("nowhere.example", 443, 5)

    assert caught.value.step == "resolve"
