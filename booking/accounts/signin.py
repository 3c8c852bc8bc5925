"""Signing in with a password, without telling which accounts exist.

A wrong password, an unknown address and a disabled account cost the same and answer the same.
Tries are counted before the password is looked at, so racing them gains nothing.
"""

from __future__ import annotations

from typing import Final

from booking.accounts import store
from booking.accounts.models import User
from booking.accounts.values import UserView
from booking.core.clock import Clock
from booking.core.errors import Unauthorized
from booking.core.text import clean_line
from booking.db import reading, writing
from booking.security import audit
from booking.security.passwords import Passwords
from booking.security.throttle import Limit, Throttle, is_shared, network_of

PER_ACCOUNT_AND_ADDRESS: Final = Limit(hits=10, seconds=15 * 60)
PER_ADDRESS: Final = Limit(hits=10, seconds=15 * 60)
# Bounds guessing from many places, yet high enough that a stranger cannot lock a host out.
PER_ACCOUNT: Final = Limit(hits=100, seconds=15 * 60)
_LONGEST_EMAIL = 320


class SignIn:
    """Checks an address and a password."""

    def __init__(self, clock: Clock, passwords: Passwords, throttle: Throttle) -> None:
        self._clock = clock
        self._passwords = passwords
        self._throttle = throttle

    def authenticate(self, email: str, password: str, address: str) -> UserView:
        """Return who signed in from network `address`.

        Errors: Unauthorized (one message for every reason), RateLimited.
        """
        account = clean_line(email).lower()[:_LONGEST_EMAIL]
        network = network_of(address)
        limits = _limits(account, network, shared=is_shared(address))
        self._throttle.hit_all(limits)
        with reading() as session:
            user = store.find_login(session, account)
        is_right = self._passwords.verify(user.password_hash if user else None, password)
        self._note(user, succeeded=is_right)
        if user is None or not is_right:
            raise Unauthorized("The e-mail address or the password is not right.")
        self._pardon(tuple(limits))
        self._renew_hash(user, password)
        return store.user_view(user)

    def _note(self, user: User | None, *, succeeded: bool) -> None:
        subject = f"user:{user.id}" if user else "user:unknown"
        action = "login.succeeded" if succeeded else "login.failed"
        with writing() as session:
            audit.record(session, self._clock.now(), subject, action, subject)

    def _pardon(self, buckets: tuple[str, ...]) -> None:
        mine, *wider = buckets
        self._throttle.forget(mine)
        for bucket in wider:
            # Only this try: a stranger with an account of their own must not wipe the rest.
            self._throttle.pardon(bucket)

    def _renew_hash(self, user: User, password: str) -> None:
        if user.password_hash is None or not self._passwords.needs_rehash(user.password_hash):
            return
        hashed = self._passwords.hash(password)
        with writing() as session:
            row = store.find_user_with_password(session, user.id)
            if row is not None and row.password_hash == user.password_hash:
                row.password_hash = hashed


def _limits(account: str, network: str, *, shared: bool) -> dict[str, Limit]:
    """Return the buckets of one try, the narrowest first."""
    limits = {
        f"login|{account}|{network}": PER_ACCOUNT_AND_ADDRESS,
        f"login|account|{account}": PER_ACCOUNT,
    }
    if not shared:
        limits[f"login|address|{network}"] = PER_ADDRESS
    return limits
