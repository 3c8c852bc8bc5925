"""Where concrete things meet: settings become services."""

from __future__ import annotations

from dataclasses import dataclass

from booking.accounts.keys import ApiKeys
from booking.accounts.service import AccountService
from booking.accounts.signin import SignIn
from booking.availability.store import owns_schedule
from booking.core.clock import Clock, SystemClock
from booking.security.cipher import Cipher
from booking.security.passwords import Passwords
from booking.security.replay import Replays
from booking.security.throttle import Throttle
from booking.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything the doors may call."""

    settings: Settings
    clock: Clock
    cipher: Cipher
    throttle: Throttle
    replays: Replays
    accounts: AccountService
    sign_in: SignIn
    api_keys: ApiKeys


def build_services(settings: Settings, clock: Clock | None = None) -> Services:
    """Build every service once, for one process."""
    chosen = clock or SystemClock()
    cipher = Cipher(settings.credential_keys)
    passwords = Passwords()
    throttle = Throttle(chosen, settings.secret_key)
    return Services(
        settings=settings,
        clock=chosen,
        cipher=cipher,
        throttle=throttle,
        replays=Replays(chosen, cipher),
        accounts=AccountService(chosen, passwords, owns_schedule),
        sign_in=SignIn(chosen, passwords, throttle),
        api_keys=ApiKeys(chosen),
    )
