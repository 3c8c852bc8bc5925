"""What an answer means, and when a delivery or its endpoint is tried again. Pure.

Source: docs/webhooks.md, "When your server does not answer".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

GONE = 410
LASTS = timedelta(hours=28)
DISABLED_AFTER = timedelta(days=3)
OUTAGE = 3
_DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
)
_FIRST_REST = timedelta(seconds=5)
_LONGEST_REST = timedelta(minutes=5)
_MOST_RETRY_AFTER = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one try: a status, or `error` in words for the host where none came.

    `excerpt` is the beginning of the answer's body; `retry_after` in seconds.
    """

    status: int | None = None
    error: str = ""
    excerpt: str = ""
    retry_after: int = 0

    @property
    def is_success(self) -> bool:
        """Tell whether the receiver took the delivery."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def fault(self) -> str:
        """Say in a sentence what went wrong, "" where nothing did."""
        if self.status is None or self.is_success:
            return self.error
        if 300 <= self.status < 400:
            return (
                f"It redirects (HTTP {self.status}), and redirects are not followed. "
                "Enter the final address."
            )
        if self.status == GONE:
            return "It answered HTTP 410: it does not want to hear from us any more."
        return f"It answered HTTP {self.status}; only 2xx counts as received."


def next_try(tries: int, asked_at: datetime, now: datetime, retry_after: int) -> datetime | None:
    """Return when a delivery is tried again after `tries` failures; None: it is given up.

    A delivery is given up when its next try would come more than 28 hours after it was asked for,
    which is after the eighth.
    """
    delay = _DELAYS[min(tries, len(_DELAYS)) - 1]
    due_at = now + max(delay, _asked(retry_after))
    return due_at if due_at - asked_at <= LASTS else None


def rested_until(failures: int, now: datetime, retry_after: int) -> datetime:
    """Return until when an endpoint is left alone after this many failures in a row.

    5, 10, 20 seconds, up to 5 minutes: one try tells whether it is back, so that a long queue
    costs no more than a short one.
    """
    rest = min(_LONGEST_REST, _FIRST_REST * (1 << min(failures - 1, 10)))
    return now + max(rest, _asked(retry_after))


def is_hopeless(failing_since: datetime, now: datetime) -> bool:
    """Tell whether an endpoint has failed for so long that it is switched off."""
    return now - failing_since >= DISABLED_AFTER


def _asked(retry_after: int) -> timedelta:
    return timedelta(seconds=min(max(retry_after, 0), _MOST_RETRY_AFTER))
