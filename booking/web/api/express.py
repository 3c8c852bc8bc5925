"""Which spellings of a question for slots were understood before, and what they ask.

Only questions that name the event type by its id are kept: an id is for ever, while a public
address may come to mean another event type. Answering them stands in `slots_lane`.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from booking.bookings.values import SlotQuery

_MOST = 1024
_known: OrderedDict[bytes, SlotQuery] = OrderedDict()
_lock = Lock()


def learn(raw: bytes, query: SlotQuery) -> None:
    """Keep what a raw query string asks."""
    with _lock:
        _known[raw] = query
        _known.move_to_end(raw)
        while len(_known) > _MOST:
            _known.popitem(last=False)


def meaning(raw: bytes) -> SlotQuery | None:
    """Return what a raw query string asks, None where it was not met before."""
    return _known.get(raw)
