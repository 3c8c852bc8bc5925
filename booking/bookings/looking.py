"""The short look at a host's calendars just before a booking: what they cannot tell is doubted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from booking.bookings.choosing import choose
from booking.bookings.slots import SlotFinder
from booking.bookings.store import find_by_uid
from booking.bookings.subjects import Known, find_stamp
from booking.bookings.values import SlotQuery
from booking.core.clock import Clock
from booking.core.errors import SlotUnavailable
from booking.core.instants import to_instant
from booking.db import glancing, reading

Look = Callable[[Sequence[int]], frozenset[int]]
"""Brings calendars up to date within two seconds; returns those that now are."""
FRESH_ENOUGH_SECONDS = 60


class Looker:
    """Looks at the calendars of those hosts who would get a booking."""

    def __init__(self, *, clock: Clock, slots: SlotFinder, look: Look) -> None:
        self._clock = clock
        self._slots = slots
        self._look = look

    def doubted(self, query: SlotQuery, seed: int, count: int = 1) -> frozenset[int]:
        """Return the calendars that gave no answer just now, though theirs is a minute old.

        `seed` draws the same lot as the booking will. A slot that is not free anyway is not worth
        a look. No database unit is open meanwhile.
        Errors: NotFound, InvalidInput.
        """
        now = self._clock.now()
        with glancing() as connection:
            stamp = find_stamp(connection, query.event_type_id)
        if not any(_is_old(row[4], now) for row in stamp.rows if row[3] is not None):
            return frozenset()
        return self.doubted_of(self._behind(query, seed, count))

    def doubted_of(self, calendars: Iterable[Known]) -> frozenset[int]:
        """Look at those of these calendars that need it; return those that gave no answer."""
        now = self._clock.now()
        old = [known.calendar_id for known in calendars if _is_old(known.synced_at, now)]
        return frozenset(old) - self._look(old) if old else frozenset()

    def _behind(self, query: SlotQuery, seed: int, count: int) -> Iterable[Known]:
        """Return the calendars of whoever would be chosen, as far as is known now."""
        with reading() as session:
            try:
                checked = self._slots.check(session, query, query.start, count=count)
            except SlotUnavailable:
                return ()
            moving = find_by_uid(session, query.reschedule_uid) if query.reschedule_uid else None
            now = self._clock.now()
            chosen = choose(session, checked, now=now, seed=seed, moving=moving)
            return checked.subject.calendars_of(chosen.hosts)


def _is_old(synced_at: datetime | None, now: datetime) -> bool:
    return synced_at is None or to_instant(now) - to_instant(synced_at) > FRESH_ENOUGH_SECONDS
