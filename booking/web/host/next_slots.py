"""The next times that a guest would get, grouped by day, for a host to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from booking.bookings.slots import SlotFinder
from booking.bookings.values import OfferedSlot, SlotQuery
from booking.core.instants import DAY, Instant, to_instant
from booking.web.host import words

_DAYS = 28
_DAYS_SHOWN = 4
_TIMES_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfSlots:
    """A date with its first times; `more` counts those left out."""

    day: str
    times: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The nearest days with times; none where nothing is offered within four weeks."""

    days: tuple[DayOfSlots, ...]
    zone: str
    freshness: str


def of(slots: SlotFinder, event_type_id: int, zone_name: str, now: datetime) -> Preview:
    """Return what a guest would be offered next, on the host's own clocks."""
    start = to_instant(now)
    answer = slots.find(
        SlotQuery(
            event_type_id=event_type_id,
            start=start,
            end=Instant(start + _DAYS * DAY),
            time_zone=zone_name,
        )
    )
    return Preview(
        days=grouped(answer.slots, zone_name)[:_DAYS_SHOWN],
        zone=words.zone_label(zone_name, now),
        freshness=answer.freshness.state,
    )


def grouped(slots: Sequence[OfferedSlot], zone_name: str) -> tuple[DayOfSlots, ...]:
    """Return slots by local date, the first few of each."""
    days = []
    for on, group in groupby(slots, lambda slot: words.local(slot.start, zone_name).date()):
        times = [words.clock(words.local(slot.start, zone_name)) for slot in group]
        days.append(
            DayOfSlots(
                day=words.day(on),
                times=tuple(times[:_TIMES_SHOWN]),
                more=max(0, len(times) - _TIMES_SHOWN),
            )
        )
    return tuple(days)
