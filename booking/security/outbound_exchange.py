"""The exchange under way in this thread: for whom, and until when.

Sockets ask here how long they may still wait, since no library carries a deadline down to them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from booking.db import commit_kept

_PROVIDER: ContextVar[str] = ContextVar("outbound_provider", default="")
_ENDS_AT: ContextVar[float | None] = ContextVar("outbound_ends_at", default=None)


def current_provider() -> str:
    """Name the provider that the current exchange is with, or nothing."""
    return _PROVIDER.get()


def seconds_left(at_most: float) -> float:
    """Say how long to wait: `at_most`, or less when the deadline is nearer; never below zero."""
    ends_at = _ENDS_AT.get()
    if ends_at is None:
        return at_most
    return max(0.0, min(at_most, ends_at - time.monotonic()))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Bound everything sent inside by one deadline; an outer, nearer one still holds.

    Units: seconds of wall clock, for all requests together.
    """
    ends_at = time.monotonic() + seconds
    outer = _ENDS_AT.get()
    token = _ENDS_AT.set(ends_at if outer is None else min(outer, ends_at))
    try:
        yield
    finally:
        _ENDS_AT.reset(token)


@contextmanager
def exchange(provider: str, seconds: float) -> Iterator[None]:
    """Mark one request with its redirects as being under way; no unit waits for its end."""
    commit_kept()
    token = _PROVIDER.set(provider)
    try:
        with within(seconds):
            yield
    finally:
        _PROVIDER.reset(token)
