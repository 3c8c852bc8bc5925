"""How long a server that is busy asks us to wait: the header Retry-After (RFC 9110, 10.2.3)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_PATIENCE = 3600


def patience(header: str | None, usual: int, now: datetime | None = None) -> int:
    """Return the seconds to wait, from one to an hour; `usual` where the header does not tell.

    A date counts from `now` (aware UTC); who has no clock waits as usual.
    """
    return min(max(_seconds((header or "").strip(), usual, now), 1), LONGEST_PATIENCE)


def _seconds(text: str, usual: int, now: datetime | None) -> int:
    if text.isascii() and text.isdigit():
        return int(text[:9])
    with suppress(ValueError, TypeError):
        moment = parsedate_to_datetime(text)
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return usual if now is None else int((aware - now).total_seconds()) + 1
    return usual
