"""From settings to the clouds: their OAuth endpoints, and the client that may reach them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from booking.calendars.oauth_ports import Authority
from booking.calendars.providers.google.oauth import GoogleAuthority
from booking.core.clock import Clock
from booking.security.outbound import OutboundClient
from booking.settings import Settings


def cloud_client(settings: Settings) -> OutboundClient:
    """Return a client that reaches providers, wherever the operator says that they are.

    Addresses that hosts type go through another one, which these places are not listed for.
    """
    places = [urlsplit(url) for url in settings.provider_addresses]
    hosts = {
        f"{_bracketed(place.hostname or '')}:{_port(place.scheme, place.port)}" for place in places
    }
    return OutboundClient(sorted(hosts), ca_bundle=settings.provider_ca_bundle)


def authorities(
    settings: Settings, outbound: OutboundClient, clock: Clock
) -> Mapping[str, Authority]:
    """Return the OAuth endpoints of every provider that has some, by provider."""
    google = GoogleAuthority(
        outbound,
        client=(settings.google_client_id, settings.google_client_secret),
        auth_uri=settings.google_auth_uri,
        token_uri=settings.google_token_uri,
        revoke_uri=settings.google_revoke_uri,
        clock=clock,
    )
    return {google.provider: google}


def _port(scheme: str, port: int | None) -> int:
    return port or (443 if scheme == "https" else 80)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
