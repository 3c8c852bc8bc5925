"""When a channel is renewed or tried again, and where pushes can reach us at all. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from booking.core.errors import (
    BreakerOpen,
    ItemGone,
    PermissionDenied,
    ProviderError,
    Throttled,
    Unsupported,
)

MOST_ATTEMPTS: Final = 3
LONGEST_LIFE: Final = timedelta(minutes=10_070)
"""Graph takes at most 10,080 minutes from its own present moment."""

_ANOTHER_ROUND = timedelta(days=1)
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
_HOPELESS = (ItemGone, PermissionDenied, Unsupported)
_SUFFIXES = (".local", ".localhost", ".internal", ".lan", ".test", ".home.arpa")


def hook_addresses(base_url: str, providers: Mapping[str, str]) -> Mapping[str, str]:
    """Return where each provider can push to; one that cannot reach us is left out.

    `providers` are the addresses of their APIs by name. Providers call public https addresses;
    one that runs on this machine can reach this machine.
    """
    return {
        name: f"{base_url}/hooks/{name}"
        for name, api in providers.items()
        if _is_public(base_url) or _is_this_machine(urlsplit(api).hostname or "")
    }


def renewal_of(made_at: datetime, expires_at: datetime) -> datetime:
    """Return when a channel is renewed: after two thirds of its life."""
    return made_at + (expires_at - made_at) * 2 / 3


def after_failure(attempts: int, error: ProviderError, now: datetime) -> tuple[int, datetime]:
    """Return how many attempts have failed by now, and when the next one is due.

    After three, or at once where the refusal is final, it is left to polling for a day.
    """
    count = attempts + 1
    if isinstance(error, _HOPELESS) or count >= MOST_ATTEMPTS:
        return count, now + _ANOTHER_ROUND
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * (1 << (count - 1)))
    if isinstance(error, Throttled):
        wait = max(wait, timedelta(seconds=error.retry_after))
    return count, now + wait


def is_attempt(error: ProviderError) -> bool:
    """Tell whether an error counts: where our own breaker refused, nothing was asked."""
    return not isinstance(error, BreakerOpen)


def is_new_round(attempts: int, error: str | None) -> bool:
    """Tell whether the tries that failed are over, so that the next one is a first one again."""
    return attempts >= MOST_ATTEMPTS or error is None


def _is_public(base_url: str) -> bool:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme != "https" or host.endswith(_SUFFIXES):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
