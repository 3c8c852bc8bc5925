"""How often and how many at once we ask one account, and one provider as a whole.

Providers count requests by account and by application. We stay below what they allow, so that
their refusals stay rare and one busy account leaves the others their share. Counted in this
process; between processes the queue lets few jobs of one connection run at once.
Source: https://developers.google.com/workspace/calendar/api/guides/quota,
https://learn.microsoft.com/en-us/graph/throttling-limits
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Final

from booking.core.clock import monotonic
from booking.core.errors import BreakerOpen, Unreachable
from booking.security.outbound_exchange import seconds_left

LONGEST_WAIT: Final = 10.0
_MOST_ACCOUNTS: Final = 10_000
_PATIENCE = "This account is asked as often as its provider allows. We go on in a moment."


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What may be asked: requests under way, on average per second, and in one go."""

    at_once: int
    per_second: float
    burst: int


ACCOUNTS: Final[Mapping[str, Allowance]] = {
    "google": Allowance(at_once=8, per_second=5, burst=300),
    "microsoft": Allowance(at_once=2, per_second=11, burst=1000),
}
"""Per account: half of Google's 600 a minute; of Graph's 10,000 in ten minutes, and half of its
four at once, as a second process may ask as well."""

PROVIDERS: Final[Mapping[str, Allowance]] = {
    "google": Allowance(at_once=64, per_second=116, burst=7000),
}
"""Per application: of Google's 10,000 a minute."""


class Budget:
    """The allowance of one account. Thread-safe."""

    def __init__(self, allowance: Allowance, seconds: Callable[[], float]) -> None:
        self._allowance = allowance
        self._seconds = seconds
        self._room = threading.BoundedSemaphore(allowance.at_once)
        self._lock = threading.Lock()
        self._left = float(allowance.burst)
        self._since = seconds()

    def reserve(self) -> float:
        """Take one request; return in how many seconds it may be sent."""
        with self._lock:
            now = self._seconds()
            gained = (now - self._since) * self._allowance.per_second
            self._left = min(float(self._allowance.burst), self._left + gained) - 1
            self._since = now
            return max(0.0, -self._left / self._allowance.per_second)

    def give_back(self) -> None:
        """Take back a request that was not sent."""
        with self._lock:
            self._left += 1

    def enter(self, seconds: float) -> bool:
        """Wait until fewer requests are under way than may be, at most so long."""
        return self._room.acquire(timeout=max(0.0, seconds))

    def leave(self) -> None:
        """End a request."""
        self._room.release()


class Budgets:
    """The budgets of all accounts, the least recently used forgotten. One per process."""

    def __init__(
        self,
        accounts: Mapping[str, Allowance] = ACCOUNTS,
        providers: Mapping[str, Allowance] = PROVIDERS,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._accounts = accounts
        self._seconds = seconds
        self._wholes = {name: Budget(one, seconds) for name, one in providers.items()}
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], Budget] = OrderedDict()
        self._pause = threading.Event()

    @contextmanager
    def turn(self, provider: str, account: str) -> Iterator[None]:
        """Wait for our turn, then let one request be under way.

        Errors: BreakerOpen with the seconds to wait where that is long; Unreachable where the
        caller's own deadline comes first.
        """
        found = (self._of(provider, account), self._wholes.get(provider))
        entered: list[Budget] = []
        try:
            for budget in found:
                if budget is not None:
                    self._enter(budget, provider)
                    entered.append(budget)
            yield
        finally:
            for budget in entered:
                budget.leave()

    def _enter(self, budget: Budget, provider: str) -> None:
        wait = budget.reserve()
        longest = seconds_left(LONGEST_WAIT)
        if wait > longest:
            budget.give_back()
            raise _too_long(provider, wait)
        if wait > 0:
            self._pause.wait(wait)
        if not budget.enter(seconds_left(LONGEST_WAIT)):
            budget.give_back()
            raise _too_long(provider, 1.0)

    def _of(self, provider: str, account: str) -> Budget | None:
        allowance = self._accounts.get(provider)
        if allowance is None or not account:
            return None
        with self._lock:
            budget = self._known.pop((provider, account), None)
            if budget is None:
                budget = Budget(allowance, self._seconds)
            self._known[provider, account] = budget
            if len(self._known) > _MOST_ACCOUNTS:
                self._known.popitem(last=False)
            return budget


def _too_long(provider: str, wait: float) -> BreakerOpen | Unreachable:
    if seconds_left(LONGEST_WAIT) < LONGEST_WAIT:
        return Unreachable(_PATIENCE, provider=provider)
    return BreakerOpen(ceil(wait), _PATIENCE, provider=provider)
