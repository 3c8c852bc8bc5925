"""Pages for guests: no login cookie, rate limited.

Everything works with links and forms alone; the script asks the same views for fragments of the
same pages by the header `X-Fragment`.
"""

from __future__ import annotations

from booking.web.public import (
    cancelling,
    details,
    event,
    feeds,
    manage,
    moving,
    profile,
    wishing,
)
from booking.web.public.door import door

__all__ = [
    "cancelling",
    "details",
    "door",
    "event",
    "feeds",
    "manage",
    "moving",
    "profile",
    "wishing",
]
