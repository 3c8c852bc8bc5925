"""The right to work on a pair and on its calendars, one worker at a time each.

A calendar is leased while it is written to, so that nobody reads an old state of it into the
replica meanwhile. Whoever waits, waits in the foreground and not for long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from booking.calendars import pair_store, replica_store
from booking.core.clock import Clock, monotonic
from booking.core.errors import Conflict
from booking.db import writing
from booking.pairs.sides import Target
from booking.sync.ports import Side
from booking.sync.rows import Lease

_ASK_AGAIN_SECONDS = 0.05
_Take = Callable[[Session, int, str, datetime], Lease | None]
_Release = Callable[[Session, int, Lease], None]


class PairBusy(Conflict):
    """Another worker has the pair, or one of its calendars, right now."""

    default_message = "This pair is being synced already. Try again in a moment."


@dataclass(frozen=True, slots=True, kw_only=True)
class Leases:
    """Takes leases for one run. `patience_until` (monotonic seconds): how long it may wait."""

    owner: str
    clock: Clock
    patience_until: float

    @contextmanager
    def of_pair(self, pair_id: int) -> Iterator[Lease]:
        """Have the pair for a while. Errors: PairBusy."""
        take, release = pair_store.take_lease, pair_store.release_lease
        with self._leased(take, release, [pair_id]) as leases:
            yield leases[pair_id]

    @contextmanager
    def of_calendars(self, target: Target) -> Iterator[Mapping[Side, Lease]]:
        """Have both calendars for a while, or neither. Errors: PairBusy."""
        take, release = replica_store.take_lease, replica_store.release_lease
        ids = {side: end.calendar_id for side, end in target.ends.items()}
        with self._leased(take, release, sorted(ids.values())) as leases:
            yield {side: leases[calendar_id] for side, calendar_id in ids.items()}

    def wait_or_give_up(self) -> None:
        """Wait a moment before the next try. Errors: PairBusy once the time is over."""
        if monotonic() >= self.patience_until:
            raise PairBusy
        # The other worker may be another process, so its end is only seen in the database.
        time.sleep(_ASK_AGAIN_SECONDS)

    @contextmanager
    def _leased(
        self, take: _Take, release: _Release, keys: Sequence[int]
    ) -> Iterator[Mapping[int, Lease]]:
        leases = self._try(take, keys)
        while leases is None:
            self.wait_or_give_up()
            leases = self._try(take, keys)
        try:
            yield leases
        finally:
            with writing() as session:
                for key, lease in leases.items():
                    release(session, key, lease)

    def _try(self, take: _Take, keys: Sequence[int]) -> dict[int, Lease] | None:
        """Take all in one unit; none is kept where one is taken already."""
        leases = dict[int, Lease]()
        with writing() as session:
            for key in keys:
                lease = take(session, key, self.owner, self.clock.now())
                if lease is None:
                    session.rollback()
                    return None
                leases[key] = lease
        return leases
