"""Which addresses a user-given name may lead to: public ones, and those the operator has listed.

Resolves and judges; opening the connection is left to `outbound_sockets`.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from queue import Empty, SimpleQueue

from booking.security.outbound_errors import AddressRefused, Step, unreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

Resolve = Callable[[str, int], tuple[str, ...]]

PUBLIC_PORTS = frozenset({80, 443, 8443})

_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")

# IANA special-purpose registries (RFC 6890 and its updates), beyond what `is_global` denies in
# every supported Python: relays and translators would carry a packet on to a private host.
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the open internet.

    IPv4-mapped, NAT64, ULA and link-local IPv6 lie outside 2000::/3 and so are never public.
    """
    if address.is_multicast or not address.is_global:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST_V6:
        return False
    return not any(address in network for network in _SPECIAL if network.version == address.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateHosts:
    """The operator's list of private places that may be reached, on any port or on one.

    Shapes: names are lower case without a final dot; a port of None means every port.
    """

    names: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[tuple[Network, int | None], ...] = ()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> PrivateHosts:
        """Read `nas.lan`, `nas.lan:5232`, `10.0.0.7`, `10.0.0.0/8`, `[fd00::1]:443`.

        Errors: ValueError naming the entry that cannot be read.
        """
        names: set[tuple[str, int | None]] = set()
        networks: list[tuple[Network, int | None]] = []
        for entry in entries:
            host, port = _split_port(entry.strip())
            network = _network(host)
            if network is not None:
                networks.append((network, port))
            else:
                names.add((_name(host, entry), port))
        return cls(names=frozenset(names), networks=tuple(networks))

    def lists(self, host: str, port: int, address: Address) -> bool:
        """Tell whether this address, reached under this name and port, was listed."""
        name = host.rstrip(".").lower()
        if (name, None) in self.names or (name, port) in self.names:
            return True
        return any(
            address.version == network.version and address in network and only in {None, port}
            for network, only in self.networks
        )


def _split_port(entry: str) -> tuple[str, int | None]:
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        return host, _port(rest[1:], entry) if rest.startswith(":") else None
    host, colon, rest = entry.partition(":")
    if colon and ":" not in rest:
        return host, _port(rest, entry)
    return entry, None


def _port(text: str, entry: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise ValueError(f"{entry!r} does not end in a port number")


def _network(host: str) -> Network | None:
    try:
        return ipaddress.ip_network(host, strict=False)
    except ValueError:
        return None


def _name(host: str, entry: str) -> str:
    name = host.rstrip(".").lower()
    if not name or any(letter in "/*@?#[] " for letter in name):
        raise ValueError(f"{entry!r} is neither a host name nor an address nor a network")
    return name


def system_resolve(host: str, port: int) -> tuple[str, ...]:
    """Ask the system for every address of a name, in its order of preference.

    Errors: OSError, UnicodeError for a name that cannot exist.
    """
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(row[4][0]) for row in rows))


def resolve_within(resolve: Resolve, host: str, port: int, seconds: float) -> tuple[str, ...]:
    """Resolve a name, giving up after `seconds`.

    The system's resolver knows no time-out, so it works in a thread of its own that is left behind.

    Errors: Unreachable at step `resolve`.
    """
    answers: SimpleQueue[tuple[str, ...]] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port))
        except (OSError, UnicodeError):
            answers.put(())

    threading.Thread(target=ask, daemon=True, name="resolve").start()
    try:
        addresses = answers.get(timeout=max(seconds, 0))
    except Empty:
        addresses = ()
    if not addresses:
        raise unreachable(Step.RESOLVE)
    return addresses


@lru_cache(maxsize=1024)
def _literal(host: str) -> tuple[str, ...]:
    """Return an address that stands for itself, nothing for a name; no resolver need be asked."""
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        return ()


@dataclass(frozen=True, slots=True)
class Target:
    """Addresses that were checked, and whether the operator's list was what allowed them."""

    addresses: tuple[str, ...]
    is_listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressGuard:
    """Turns a name and a port into addresses that may be connected to."""

    private: PrivateHosts = PrivateHosts()
    resolve: Resolve = system_resolve

    def target(self, host: str, port: int, seconds: float) -> Target:
        """Resolve once and judge every answer: one bad address refuses the name.

        Errors: AddressRefused; Unreachable at step `resolve`.
        """
        addresses = _literal(host) or resolve_within(self.resolve, host, port, seconds)
        return _judged(self.private, host, port, addresses)


@lru_cache(maxsize=1024)
def _judged(private: PrivateHosts, host: str, port: int, addresses: tuple[str, ...]) -> Target:
    """Judge what a name led to; the same of the same, so it is done once.

    Errors: AddressRefused.
    """
    parsed = [ipaddress.ip_address(address) for address in addresses]
    if all(private.lists(host, port, address) for address in parsed):
        return Target(addresses, is_listed=True)
    if port not in PUBLIC_PORTS:
        raise AddressRefused.port()
    for address in parsed:
        if not is_public(address) and not private.lists(host, port, address):
            raise AddressRefused.private()
    return Target(addresses, is_listed=False)
