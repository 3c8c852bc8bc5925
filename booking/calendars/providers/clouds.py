"""From settings to the clouds: their OAuth endpoints, and the client that may reach them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from urllib.parse import urlsplit

from booking.calendars.oauth_ports import Authority, Grant, Wish
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
    microsoft = LateAuthority("microsoft", partial(_microsoft, settings, outbound, clock))
    configured = bool(settings.microsoft_client_id and settings.microsoft_client_secret)
    microsoft.is_configured = configured
    return {google.provider: google, microsoft.provider: microsoft}


class LateAuthority:
    """An authority whose library is loaded with its first use: msal takes half a second."""

    def __init__(self, provider: str, build: Callable[[], Authority]) -> None:
        self.provider = provider
        self.is_configured = False
        self._build = build

    @cached_property
    def _authority(self) -> Authority:
        return self._build()

    def address(self, wish: Wish) -> str:
        """Return the consent page's address for a wish."""
        return self._authority.address(wish)

    def redeem(self, code: str, wish: Wish) -> Grant:
        """Exchange the code that came back."""
        return self._authority.redeem(code, wish)

    def refresh(self, grant: Grant) -> Grant:
        """Return the grant renewed."""
        return self._authority.refresh(grant)

    def revoke(self, grant: Grant) -> None:
        """Give the grant back."""
        self._authority.revoke(grant)


def _microsoft(settings: Settings, outbound: OutboundClient, clock: Clock) -> Authority:
    from booking.calendars.providers.microsoft.oauth import (  # noqa: PLC0415 - see LateAuthority
        MicrosoftAuthority,
    )

    return MicrosoftAuthority(
        outbound,
        client=(settings.microsoft_client_id, settings.microsoft_client_secret),
        authority=settings.microsoft_authority,
        clock=clock,
    )


def _port(scheme: str, port: int | None) -> int:
    return port or (443 if scheme == "https" else 80)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
